"""All that a command prints goes through here: lines that command no terminal, JSON, and errors.

Outputs that cannot take a letter get the nearest one or its number, so that printing never fails for its text.
"""

import codecs
import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

from fivebyfive.text import printable, to_json

if TYPE_CHECKING:
    from rich.console import Console

NEAREST = {"×": "x", "−": "-", "–": "-", "…": "...", "·": "-", "→": "->", "⋮": ":", "’": "'", "│": "|", "─": "-"}
"""What stands for the letters of our own words where they cannot be written."""


def prepare() -> None:
    """Make standard output and error fit to be printed on.

    One that was closed by the caller (``>&-``) is like /dev/null: left closed, the next file that is opened would be
    written into by whatever prints.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            _onto_null(number)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))
    codecs.register_error("nearest", _nearest)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="nearest")


_errors: TextIO | None = None
"""Where errors go in a process that prints nothing else."""


def follow() -> None:
    """Print nothing from now on but errors: this process works for another one, which prints."""
    global _errors
    sys.stdout.flush()
    with contextlib.suppress(OSError, ValueError):
        _errors = os.fdopen(os.dup(2), "w", encoding=sys.stderr.encoding, errors="nearest")
        for number in (1, 2):
            _onto_null(number)


def say(line: object, *, error: bool = False) -> None:
    """Print one line; on standard error if it is no part of the result, and then nobody has to be there to read it."""
    if not error:
        print(printable(line))
        return
    with contextlib.suppress(OSError, ValueError):
        print(printable(line), file=sys.stderr, flush=True)


def say_document(document: Any) -> None:
    """Print one JSON document on standard output."""
    print(as_json(document))


def as_json(document: Any) -> str:
    """`document` as JSON that standard output can take."""
    return to_json(document, ascii_only=not _takes_all_letters(sys.stdout))


def say_trace(line: str) -> None:
    """Print one line of a traceback."""
    with contextlib.suppress(OSError, ValueError):
        print(printable(line), file=_errors or sys.stderr, flush=True)


def say_error(message: str) -> None:
    """Print ``error: message``; it may go on with lines of the user's own code, indented as in a traceback."""
    first, *more = _lines(message)
    with contextlib.suppress(OSError, ValueError):  # nobody is there to be told
        text = "\n".join([f"error: {printable(first)}", *map(printable, more)])
        print(text, file=_errors or sys.stderr, flush=True)


def give_up_output() -> None:
    """Let what is still to be printed go nowhere: standard output is full, or its reader is gone."""
    with contextlib.suppress(OSError, ValueError):
        _onto_null(sys.stdout.fileno())


def console(*, error: bool = False) -> "Console":
    """A console of rich's for tables and bars; text is shown as it is, brackets are no markup."""
    from rich.console import Console

    return Console(stderr=error, highlight=False, markup=False, emoji=False)


def _lines(message: str) -> list[str]:
    """The message, and the lines of code at its end. Any other newline in it is part of a name."""
    lines: list[str] = []
    for line in message.split("\n"):
        if lines and not line.startswith("  "):
            lines[-1] += f"\n{line}"
        else:
            lines.append(line)
    return lines


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(NEAREST.get(c) or c.encode("ascii", "backslashreplace").decode() for c in letters), error.end


def _takes_all_letters(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().startswith("utf")


def _onto_null(number: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != number:
        os.dup2(null, number)
        os.close(null)
