"""An article as Markdown, as GitHub shows it: figures as files beside it, formulas as LaTeX between dollars."""

import re
from collections.abc import Callable, Iterable
from html import escape

from fivebyfive.text import printable
from fivebyfive.views.post import latex
from fivebyfive.views.post.article import (
    Article,
    Block,
    Bullets,
    Code,
    Figure,
    Fold,
    Formulas,
    Link,
    Maths,
    Mono,
    Paragraph,
    Question,
    Section,
    Table,
    Words,
)
from fivebyfive.views.post.formula import parsed

Placed = Callable[[Figure], str]
"""From a figure to the Markdown that shows it."""
_SIGNS = re.compile(r"([\\`*_\[\]<>$~|])")
_ESCAPED = r"\\\1"
_BEGINNING = re.compile(r"^(\s*\d*)([#+=.)-])(?=\s)")


def markdown(article: Article, placed: Placed) -> str:
    """The whole text."""
    sections = "\n".join(section_of(section, placed) for section in article.sections)
    return f"# {plain(article.title)}\n\n{sections}"


def heading(section: Section) -> str:
    """A section's heading; "" for what stands before the first."""
    return f"{'#' * section.level} {_SIGNS.sub(_ESCAPED, section.title)}\n\n" if section.title else ""


def section_of(section: Section, placed: Placed) -> str:
    """One section with its heading."""
    return heading(section) + blocks_of(section.blocks, placed)


def blocks_of(blocks: Iterable[Block], placed: Placed) -> str:
    """Blocks with an empty line behind each."""
    return "".join(f"{_block(block, placed)}\n\n" for block in blocks)


def _block(block: Block, placed: Placed) -> str:
    match block:
        case Paragraph(words):
            return _words(words)
        case Bullets(items):
            return "\n".join(f"- {_words(item)}" for item in items)
        case Code(text, where):
            fence = _fence(text, 3)
            return f"*{plain(where)}*\n\n{fence}python\n{text}\n{fence}"
        case Figure():
            return placed(block)
        case Formulas(rows):
            return f"$$\n{latex.block([parsed(row) for row in rows])}\n$$"
        case Table(head, rows):
            return _table(head, rows)
        case Question():
            return _question(block)
        case Fold(summary, inside):
            return f"<details><summary>{_escaped(summary)}</summary>\n\n{blocks_of(inside, placed)}</details>"


def plain(text: str) -> str:
    """Words that Markdown takes as they are."""
    return _BEGINNING.sub(r"\1\\\2", _SIGNS.sub(_ESCAPED, printable(text).replace("&", "&amp;")))


def _escaped(text: str) -> str:
    """Words within HTML."""
    return escape(printable(text), quote=False)


def _words(words: Words) -> str:
    return "".join(_part(part) for part in words)


def _part(part: str | Mono | Link | Maths) -> str:
    if isinstance(part, Mono):
        return _mono(part.text)
    if isinstance(part, Link):
        return f"[{plain(part.text)}](<{part.url}>)"
    return f"${latex.latex(parsed(part.text))}$" if isinstance(part, Maths) else plain(part)


def _mono(text: str) -> str:
    """A name of the code; one with backticks stands between more of them."""
    name = printable(text)
    fence = _fence(name, 1)
    return f"{fence}{name}{fence}" if fence == "`" else f"{fence} {name} {fence}"


def _fence(text: str, least: int) -> str:
    """More backticks than the text has in a row."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    lines = [head, ("---", *("---:" for _ in head[1:]))]
    said = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([*said, *(f"| {' | '.join(map(plain, row))} |" for row in rows)])


def _question(question: Question) -> str:
    choices = "\n".join(f"> {n}. {plain(answer)}" for n, answer in enumerate(question.answers, 1))
    listed = f">\n{choices}\n" if choices else ""
    answer = f"**{plain(question.right)}**\n\n{plain(question.because)}"
    folded = f"<details><summary>The answer</summary>\n\n{answer}\n\n</details>"
    return f"> **{plain(question.question)}**\n{listed}\n{folded}"
