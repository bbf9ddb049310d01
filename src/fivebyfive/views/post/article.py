"""An article as plain data: sections of paragraphs, code, figures, formulas and questions, which each format draws."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fivebyfive.views.post.panel import Panel


@dataclass(frozen=True)
class Mono:
    """A name of the code, in a sentence."""

    text: str


@dataclass(frozen=True)
class Link:
    """Words that lead somewhere."""

    text: str
    url: str


@dataclass(frozen=True)
class Maths:
    """A formula in a sentence, as explanations write it."""

    text: str


Words = tuple[str | Mono | Link | Maths, ...]


@dataclass(frozen=True)
class Paragraph:
    words: Words


@dataclass(frozen=True)
class Bullets:
    items: tuple[Words, ...]


@dataclass(frozen=True)
class Code:
    """Lines of the network's own source, and where they stand."""

    text: str
    where: str


@dataclass(frozen=True)
class Figure:
    """A drawing of panels, or one that is drawn already.

    Attributes:
        name: of its file, without the ending; each figure of an article has one of its own.
        caption: what it shows, in a sentence.
        again: the Python that draws it anew from `trace`, for a notebook.
    """

    name: str
    caption: str
    panels: tuple[Panel, ...] = ()
    svg: str = ""
    again: str = ""


@dataclass(frozen=True)
class Formulas:
    """Formulas as explanations write them, one under the other."""

    rows: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Question:
    """A question with answers to choose from, if there are several; the right one, and why, are folded away."""

    question: str
    answers: tuple[str, ...]
    right: str
    because: str


@dataclass(frozen=True)
class Fold:
    """Blocks that are opened by who wants them."""

    summary: str
    blocks: "tuple[Block, ...]"


Block = Paragraph | Bullets | Code | Figure | Formulas | Table | Question | Fold


@dataclass(frozen=True)
class Section:
    """A heading, how deep it is (2 for a chapter, 3 for a section of one), and what stands below it."""

    title: str
    level: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Article:
    title: str
    sections: tuple[Section, ...]

    @property
    def figures(self) -> dict[str, Figure]:
        """Its figures by name."""
        return {block.name: block for block in self.blocks() if isinstance(block, Figure)}

    def blocks(self) -> Iterator[Block]:
        """All blocks, those that are folded away too."""
        for section in self.sections:
            yield from _all(section.blocks)


def _all(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Fold):
            yield from _all(block.blocks)


def said(*parts: str | Mono | Link | Maths) -> Paragraph:
    """A paragraph of these parts."""
    return Paragraph(parts)


_FORMULA = re.compile(r"(?P<before>[^:]*: )(?P<formula>O\[.*)(?P<after>\.)")


def sentence(text: str) -> Words:
    """A sentence with the formula in it as one."""
    found = _FORMULA.fullmatch(text)
    return (text,) if found is None else (found["before"], Maths(found["formula"]), found["after"])
