"""Text as it may leave the program: for a terminal without anything that commands it, for other programs as JSON.

Names of files and of classes, and what libraries say, come from anywhere. A terminal obeys what it is sent: escape
characters move its cursor and set its title, a newline begins a line that looks like the program's own, and marks of
direction show letters in another order than they stand in.
"""

import json
import math
import re
import unicodedata
from typing import Any

JOINERS = "\u200c\u200d"
"""Invisible, and harmless: Persian, the scripts of India and many emoji are written with them."""
_ODD = re.compile(r"[^\x20-\x7e]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that show what follows them in another order than it stands in."""


def printable(text: object) -> str:
    r"""`text` in one line that a terminal only shows: all else is written as Python writes it, \x1b or \n or \u202e.

    A byte of a file's name that is no UTF-8 is written \xff.
    """
    return _ODD.sub(lambda found: found[0] if _harmless(found[0]) else _escaped(found[0]), str(text))


def in_order(text: str) -> str:
    r"""`text`, of any number of lines, in the order in which it stands: what would turn it is written out, \u202e.

    Code with such a mark in a comment reads otherwise than it runs.

    Source: https://trojansource.codes
    """
    return _TURNING.sub(lambda found: _escaped(found[0]), text)


def in_order_as_json(text: str) -> str:
    """JSON whose texts are `in_order` once they are read."""
    return _TURNING.sub(lambda found: "\\" + _escaped(found[0]), text)


def to_json(document: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    r"""`document` as JSON that every program reads: numbers that are none (NaN, ±∞) are null.

    What `printable` would not let through is escaped, \u001b, so that the text may be printed and comes back as it was.
    """
    text = json.dumps(_with_null(document), indent=indent, ensure_ascii=ascii_only, allow_nan=False)
    return _ODD.sub(lambda found: found[0] if found[0] == "\n" or _harmless(found[0]) else _unit(found[0]), text)


def _harmless(character: str) -> bool:
    return character.isprintable() or character in JOINERS or unicodedata.category(character) == "Zs"


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # how Python holds a byte that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _unit(character: str) -> str:
    return json.dumps(character)[1:-1]


def _with_null(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _with_null(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_null(item) for item in value]
    return value
