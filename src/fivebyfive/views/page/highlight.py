"""Source text as the page shows it: lines of parts, each with what it is, so that the page only has to paint it.

The whole file is read by Pygments, because a string of several lines is one even where only its middle is shown.
"""

from functools import lru_cache
from typing import Any

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Operator, String

from fivebyfive.explain.source import split_lines

Part = tuple[str, str]
"""A piece of a line, and what it is: "keyword", "string", "comment", "definition", or "" for all else."""

CLASSES = {
    Keyword: "keyword",
    Operator.Word: "keyword",
    Name.Builtin.Pseudo: "keyword",
    Name.Decorator: "keyword",
    Name.Function: "definition",
    Name.Class: "definition",
    String: "string",
    Comment: "comment",
}
"""What the tokens of Pygments, and those beneath them, are to us: https://pygments.org/docs/tokens/"""


@lru_cache(maxsize=64)
def lines(text: str) -> tuple[tuple[Part, ...], ...]:
    """The lines of a Python file, as `split_lines` counts them; the parts of a line, put together, are the line."""
    found: list[list[Part]] = [[]]
    for _, token, piece in PythonLexer().get_tokens_unprocessed("\n".join(split_lines(text))):
        first, *others = piece.split("\n")
        _add(found[-1], first, _class(token))
        for other in others:
            found.append([])
            _add(found[-1], other, _class(token))
    return tuple(tuple(line) for line in found)


def _class(token: Any) -> str:
    """By the nearest of a token and those above it."""
    return next((CLASSES[above] for above in reversed(token.split()) if above in CLASSES), "")


def _add(line: list[Part], piece: str, name: str) -> None:
    """Put `piece` to the end of `line`, into the last part if that is the same."""
    if line and line[-1][1] == name:
        line[-1] = (line[-1][0] + piece, name)
    elif piece:
        line.append((piece, name))
