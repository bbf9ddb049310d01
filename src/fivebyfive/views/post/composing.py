"""A trace as an article, in the order of the post: code, the whole, each kind of layer, the answer, its limits."""

from dataclasses import replace
from typing import TYPE_CHECKING

from fivebyfive.views.post.article import Article, Block, Figure, Fold, Section, said
from fivebyfive.views.post.chapters import code, ends, kinds, reading, whole
from fivebyfive.views.post.subject import Subject

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace


def article(trace: "Trace", picture: str = "") -> Article:
    """The whole article.

    Args:
        picture: what the picture is, in words: "MNIST test image 0 (a 7)".
    """
    subject = Subject(trace)
    shown = picture or "one picture"
    lead: list[Block] = [
        said(
            f"This is an article about {subject.name}, written by machine. Every number in it was taken from one run "
            f"of the network on {shown}."
        ),
        *(said(warning) for warning in trace.warnings),
    ]
    sections = [
        Section("", 2, tuple(lead)),
        code.section(subject),
        *whole.sections(subject),
        *kinds.sections(subject),
        ends.answered(subject),
        *ends.learned(subject),
        ends.limits(subject),
        reading.section(subject),
    ]
    return Article(f"How {subject.name} works", _named_apart(_numbered(sections)))


def _numbered(sections: list[Section]) -> list[Section]:
    """Chapters with their numbers, and the sections of a chapter with theirs."""
    found, chapter, part = [], 0, 0
    for section in sections:
        if section.level == 2 and section.title:
            chapter, part = chapter + 1, 0
        part += section.level == 3
        number = f"{chapter}." if section.level == 2 else f"{chapter}.{part}"
        found.append(replace(section, title=f"{number} {section.title}" if section.title else ""))
    return found


def _named_apart(sections: list[Section]) -> tuple[Section, ...]:
    """Figures of the same name get a number each."""
    taken: dict[str, int] = {}

    def named(block: Block) -> Block:
        if isinstance(block, Fold):
            return replace(block, blocks=tuple(map(named, block.blocks)))
        if not isinstance(block, Figure):
            return block
        taken[block.name] = taken.get(block.name, 0) + 1
        return block if taken[block.name] == 1 else replace(block, name=f"{block.name}-{taken[block.name]}")

    return tuple(replace(section, blocks=tuple(map(named, section.blocks))) for section in sections)
