"""A formula as the explanations write it, O[n,k] = Σ_q I[n,q] · W[q,k], as a tree that each way of typesetting reads.

Nothing is refused: what is no mathematics becomes words, for an explanation may say "if it is kept" in the middle of a
formula.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Sort = Literal["number", "letter", "sign", "words", "space"]


@dataclass(frozen=True)
class Leaf:
    """A number, a letter, a sign or words."""

    sort: Sort
    text: str


@dataclass(frozen=True)
class Row:
    """Parts that follow each other."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True)
class Script:
    """A base with what stands below it and above it."""

    base: "Node"
    below: "Row | None" = None
    above: "Row | None" = None


@dataclass(frozen=True)
class Root:
    """A square root."""

    inside: Row


Node = Leaf | Row | Script | Root

_TOKEN = re.compile(
    r"(?P<number>\d[\d,]*\d(?:\.\d+)?(?:e[+−]?\d+)?|\d+(?:\.\d+)?(?:e[+−]?\d+)?)"
    r"|(?P<word>[^\W\d_Σ√²³¹⁰⁻ˣ₀-₉]+[₀-₉'′]*)"
    r"|(?P<space>\s+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_RAISED = {"²": "2", "³": "3", "ˣ": "x", "⁻": "−", "⁰": "0", "¹": "1"}
_LETTERS = frozenset(["di", "dj", "dy", "dx"])
"""Names of several letters that are one sign each."""
FUNCTIONS = frozenset(["max", "min", "ln", "log", "exp", "tanh", "cos", "sin", "floor", "ceil", "softmax"])
_OPENS = {"(": ")", "[": "]", "{": "}"}
WIDEST = 58
"""Characters of a line, which a column of a page holds."""


def parsed(text: str) -> Row:
    """The tree of `text`."""
    return _Reader(_tokens(text)).row("")


def _tokens(text: str) -> list[tuple[str, str]]:
    found = [(match.lastgroup or "other", match[0]) for match in _TOKEN.finditer(text.replace("-", "−"))]
    return [(sort, text.replace("e−", "e-") if sort == "number" else text) for sort, text in found]


class _Reader:
    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    def row(self, end: str) -> Row:
        """Everything up to `end`, which is taken too."""
        parts: list[Node] = []
        while self.at < len(self.tokens):
            if self.tokens[self.at][1] == end:
                self.at += 1
                break
            self._add(parts)
        return Row(_with_words(parts))

    def _add(self, parts: list[Node]) -> None:
        sort, text = self._next()
        if text == "_" and parts:
            parts[-1] = _below(parts[-1], self._argument(places=False))
        elif text == "^" and parts:
            parts[-1] = _above(parts[-1], self._argument())
        elif text in _RAISED and parts:
            while self._peek() in _RAISED:
                text += self._next()[1]
            parts[-1] = _above(parts[-1], parsed("".join(_RAISED[c] for c in text)))
        elif text == "−" and _is_operator(_last(parts)) and self._is_number():
            parts.append(Row((Leaf("sign", "("), Leaf("number", f"−{self._next()[1]}"), Leaf("sign", ")"))))
        elif text == "−" and _is_beginning(_last(parts)) and self._is_number():
            parts.append(Leaf("number", f"−{self._next()[1]}"))
        elif text == "√":
            parts.append(Root(self._argument()))
        elif text == "[" and parts and _takes_places(parts[-1]):
            parts[-1] = _below(parts[-1], self.row("]"))
        elif text in _OPENS:
            parts.append(_bracketed(text, self.row(_OPENS[text])))
        else:
            parts.append(_leaf(sort, text))

    def _argument(self, *, places: bool = True) -> Row:
        """What a script or a root holds: what stands in brackets, or one sign, with its minus and its places."""
        if self._peek() in ("{", "("):
            return self.row(_OPENS[self._next()[1]])
        minus: list[Node] = [_leaf(*self._next())] if self._peek() == "−" else []
        parts: list[Node] = []
        if self.at < len(self.tokens):
            self._add(parts)
        while places and self._peek() == "[":
            self._add(parts)
        return Row((*minus, *parts))

    def _is_number(self) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at][0] == "number"

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _next(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]


def _bracketed(opens: str, inside: Row) -> Node:
    if len(inside.parts) == 1 and isinstance(inside.parts[0], Leaf) and inside.parts[0].sort == "words":
        return Leaf("words", f"{opens}{inside.parts[0].text}{_OPENS[opens]}")
    return Row((Leaf("sign", opens), *inside.parts, Leaf("sign", _OPENS[opens])))


def _leaf(sort: str, text: str) -> Leaf:
    if sort == "number":
        return Leaf("number", text)
    if sort == "space":
        return Leaf("space", " ")
    if sort == "word":
        short = len(text.rstrip("₀₁₂₃₄₅₆₇₈₉'′")) == 1
        return Leaf("letter", text) if short or text in _LETTERS or text in FUNCTIONS else Leaf("words", text)
    return Leaf("sign", text)


def _last(parts: Sequence[Node]) -> Node | None:
    """The last of `parts` that is no space."""
    shown = [part for part in parts if not (isinstance(part, Leaf) and part.sort == "space")]
    return shown[-1] if shown else None


def _is_operator(node: Node | None) -> bool:
    return isinstance(node, Leaf) and node.text in ("+", "−", "·", "/")


def _is_beginning(node: Node | None) -> bool:
    return node is None or (isinstance(node, Leaf) and node.text in ("=", ",", ":"))


def _takes_places(node: Node) -> bool:
    if isinstance(node, Script):
        return node.below is not None
    return isinstance(node, Leaf) and node.sort == "letter" and node.text not in FUNCTIONS


def _below(node: Node, row: Row) -> Script:
    if not isinstance(node, Script):
        return Script(node, row)
    before = (*node.below.parts, Leaf("sign", ",")) if node.below is not None else ()
    return Script(node.base, Row((*before, *row.parts)), node.above)


def _above(node: Node, row: Row) -> Script:
    return Script(node.base, node.below, row) if isinstance(node, Script) else Script(node, None, row)


def _with_words(parts: Sequence[Node]) -> tuple[Node, ...]:
    """`parts` with words that follow each other in one, and spaces kept only beside words."""
    found: list[Node] = []
    for n, part in enumerate(parts):
        beside = [other for other in (found[-1:] and found[-1], parts[n + 1] if n + 1 < len(parts) else None) if other]
        if isinstance(part, Leaf) and part.sort == "space":
            if any(isinstance(other, Leaf) and other.sort == "words" for other in beside):
                found.append(Leaf("words", " "))
            continue
        found.append(part)
    return tuple(_together(found))


def _together(parts: Sequence[Node]) -> list[Node]:
    found: list[Node] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, Leaf) and isinstance(last, Leaf) and part.sort == last.sort == "words":
            found[-1] = Leaf("words", last.text + part.text)
        else:
            found.append(part)
    return found


def lines(row: Row) -> list[Row]:
    """`row` in lines of about `WIDEST` characters, broken where no bracket is torn apart and no first = moved down."""
    found: list[list[Node]] = [[]]
    width = 0.0
    for chunk in _chunks(row):
        size = sum(_width(part) for part in chunk)
        if found[-1] and width + size > WIDEST:
            found.append([])
            width = 0.0
        found[-1] += chunk
        width += size
    return [Row(tuple(parts)) for parts in found]


def _chunks(row: Row) -> list[list[Node]]:
    """Parts that stay together: from one + or = to the next, and up to a comma or semicolon."""
    chunks: list[list[Node]] = [[]]
    ahead = True
    for part in row.parts:
        text = part.text if isinstance(part, Leaf) else ""
        if text == "+" or (text == "=" and not ahead):
            chunks.append([])
        ahead = ahead and text != "="
        chunks[-1].append(part)
        if text in (",", ";"):
            chunks.append([])
            ahead = True
    return [chunk for chunk in chunks if chunk]


def _width(node: Node) -> float:
    if isinstance(node, Leaf):
        return len(node.text)
    if isinstance(node, Row):
        return sum(_width(part) for part in node.parts)
    if isinstance(node, Root):
        return 1 + _width(node.inside)
    return _width(node.base) + 0.7 * max((_width(row) for row in (node.below, node.above) if row), default=0)
