"""The name of a network, taken apart: one of this package, or FILE.py:NAME, a user's own; ``*3`` behind it makes three.

Constructor arguments are written ``FILE.py:NAME(32, depth=4)``, literals only: they are read, never run. What is
checked and what is used is the `Spec` that comes of it, never the text again.
"""

import ast
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError

MOST_COPIES = 99
LONGEST = 4096
"""Characters of a whole name: as many as a path may have."""
CONTROLS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Kinds of characters that no name has: they would only hide what it says."""


NAMED = re.compile(r"(.*?\.py):([^\W\d]\w*\s*(?:\(.*)?)", re.DOTALL)
"""FILE.py:NAME, or FILE.py:NAME(…."""


@dataclass(frozen=True)
class Spec:
    """A network's name in its parts; ``str`` gives it in its one canonical form.

    Attributes:
        name: of a network of this package; or of a class, function or module in `file`.
        file: the user's own; None for a network of this package.
        arguments, keywords: of the call; `arguments` is None where there are no brackets.
        copies: so many networks that answer together.
    """

    name: str
    file: Path | None = None
    arguments: tuple[Any, ...] | None = field(default=None, compare=False)
    keywords: Mapping[str, Any] = field(default_factory=dict, compare=False)
    call: str = ""
    """The brackets and what is in them, in one form: numbers and text as Python writes them."""
    copies: int = 1

    def __str__(self) -> str:
        network = self.name if self.file is None else f"{self.file}:{self.name}{self.call}"
        return network if self.copies == 1 else f"{network}*{self.copies}"

    def absolute(self) -> "Spec":
        """The same with the file's whole path, links followed, so that it means the same from any folder.

        Raises:
            InputError: that path cannot be part of a network's name.
        """
        if self.file is None:
            folder = self.name.removeprefix("hf:")
            is_folder = folder != self.name and Path(folder).is_dir()
            return replace(self, name=f"hf:{Path(folder).resolve()}") if is_folder else self
        try:
            whole = replace(self, file=self.file.resolve())
        except (OSError, RuntimeError):  # links in a circle, or a path that is too long
            raise InputError(f"the network's file {self.file} cannot be found; check the path") from None
        expect_plain(str(whole))
        return whole

    def times(self, copies: int) -> "Spec":
        """So many times as many networks that answer together.

        Raises:
            InputError: they are too many.
        """
        if self.copies * copies > MOST_COPIES:
            raise InputError(f"{self}, {copies} times, is more than {MOST_COPIES} networks; choose fewer")
        return replace(self, copies=self.copies * copies)


def parse(text: str) -> Spec:
    """Take a network's name apart.

    Raises:
        InputError: it is not written as a name is, or an argument is no literal.
    """
    expect_plain(text)
    network, copies = split_copies(text)
    file, expression = split(network)
    understood = "write FILE.py:NAME, or FILE.py:NAME(literals)"
    if not expression and not file:
        if network.endswith(".py"):
            raise InputError(f"network '{text}' is not understood; {understood}")
        if "*" in network:
            raise InputError(f"network '{text}' is not known; one * with a number from 1 to {MOST_COPIES} may end it")
        return Spec(network, copies=copies)
    if Path(file).name in ("", ".py"):
        raise InputError(f"network '{text}' is not understood; {understood}")
    name, arguments, keywords, call = _call(expression)
    return Spec(name, Path(file), arguments, keywords, call, copies)


def split(network: str) -> tuple[str, str]:
    """FILE.py:EXPRESSION in its two parts: at the first ``.py:`` with a name behind it, for a folder's name, a drive's
    and a text in the brackets may hold colons too. Both are empty where there is no ``.py:``.
    """
    if found := NAMED.fullmatch(network):
        return found[1], found[2]
    file, colon, expression = network.partition(".py:")
    return (f"{file}.py", expression) if colon else ("", "")


def split_copies(text: str) -> tuple[str, int]:
    """NETWORK*3 in its two parts."""
    match = re.fullmatch(r"(.+)\*([1-9][0-9]?)", text, re.DOTALL)
    return (match[1], int(match[2])) if match else (text, 1)


def expect_plain(text: object) -> None:
    """Raise an InputError unless `text` is one, of a length and of characters that a name may have."""
    if not isinstance(text, str):
        raise InputError(f"a network's name is text; this one is a {type(text).__name__}")
    if len(text) > LONGEST:
        raise InputError(f"network '{text[:60]}…' is not understood: its name has {len(text):,} characters")
    if any(unicodedata.category(character) in CONTROLS for character in text):
        raise InputError(f"network {ascii(text)[:200]} is not understood: its name holds invisible characters")


def _call(expression: str) -> tuple[str, tuple[Any, ...] | None, dict[str, Any], str]:
    """NAME or NAME(literals): the name, the arguments, the keywords, and the brackets in their one form."""
    wrong = InputError(f"'{expression}' is not understood; write a name, or NAME(literals)")
    try:
        node = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise wrong from None
    if isinstance(node, ast.Name):
        return _plain_name(node, wrong), None, {}, ""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise wrong
    if any(keyword.arg is None for keyword in node.keywords):
        raise wrong
    arguments = tuple(_literal(argument) for argument in node.args)
    keywords = {str(keyword.arg): _literal(keyword.value) for keyword in node.keywords}
    name = _plain_name(node.func, wrong)
    return name, arguments, keywords, ast.unparse(node)[len(name) :]


def _plain_name(node: ast.Name, wrong: InputError) -> str:
    if node.id.startswith("__"):  # Python's own, as __loader__, which no author has written
        raise wrong
    return node.id


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise InputError(
            f"argument {_shown(node)} is no literal; numbers, text, True, False, None, tuples, lists and "
            "dictionaries of them can be given"
        ) from None


def _shown(node: ast.expr) -> str:
    try:
        return ast.unparse(node)
    except RecursionError:
        return "(…)"
