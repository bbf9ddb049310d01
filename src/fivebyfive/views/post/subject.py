"""What an article is written of: a trace, its lesson by subject, its telling places, and where code stands."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from fivebyfive.explain.source import split_lines
from fivebyfive.explain.telling import telling
from fivebyfive.lesson import filled, lesson
from fivebyfive.portable import network_name
from fivebyfive.views.post.article import Block, Code, Formulas, Question, said

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Source, Step
    from fivebyfive.explain.trace import Trace
    from fivebyfive.lesson import Ask, Stop


MOST_SENTENCES = 5
"""Of a paragraph."""


class Subject:
    """A trace, and what chapters ask about it."""

    def __init__(self, trace: "Trace") -> None:
        self.trace = trace
        self.name = network_name(trace.network)

    @cached_property
    def stops(self) -> "dict[str, Stop]":
        """The stops of the tour by their names."""
        return {stop.id: stop for stop in lesson(self.trace)}

    @cached_property
    def places(self) -> "list[Position]":
        """The most telling place of each step."""
        return telling(self.trace)

    def place(self, step: "Step") -> "Position":
        """Of one step."""
        return self.places[step.index]

    def told(self, name: str, shown: Sequence[Block] = ()) -> list[Block]:
        """What the tour says at a stop, if this network has it, what is shown there, and what it asks."""
        stop = self.stops.get(name)
        if stop is None:
            return list(shown)
        blocks = [*_paragraphs([filled(self.trace, sentence) for sentence in stop.says]), *shown]
        return blocks if stop.ask is None else [*blocks, self._asked(stop.ask)]

    def _asked(self, ask: "Ask") -> Question:
        return Question(
            filled(self.trace, ask.question),
            ask.answers if len(ask.answers) > 1 else (),
            ask.answers[ask.right],
            filled(self.trace, ask.because),
        )

    def code(self, step: "Step") -> list[Block]:
        """The statement that a step stands in, and the line inside of a helper function that calls the operation."""
        inner = step.chain[step.chain.index(step.source) :] if step.source in step.chain else step.chain
        lines = [line for line in inner or (step.source,) if line and line.file in self.trace.source_files]
        shown: dict[tuple[str, int], Source] = {}
        for line in (*lines[:1], *lines[-1:]):
            shown.setdefault((line.file, line.first or line.line), line)
        return [Code(self.text(line), f"{PurePath(line.file).name}, line {line.line}") for line in shown.values()]

    def text(self, line: "Source") -> str:
        """The whole statement at a line."""
        lines = split_lines(self.trace.source_files[line.file])
        return dedented(lines[(line.first or line.line) - 1 : line.last or line.line])


def _paragraphs(sentences: Sequence[str]) -> list[Block]:
    """Sentences as paragraphs of a few each, and a formula among them on a line of its own."""
    blocks: list[Block] = []
    lines: list[str] = []
    for text in sentences:
        formula = text.removeprefix("As a formula: ")
        if formula == text and len(lines) < MOST_SENTENCES:
            lines.append(text)
            continue
        blocks += [said(" ".join(lines))] if lines else []
        lines = [] if formula != text else [text]
        blocks += [Formulas((formula.removesuffix("."),))] if formula != text else []
    return [*blocks, *([said(" ".join(lines))] if lines else [])]


def dedented(lines: Sequence[str]) -> str:
    """Lines as far to the left as they go together."""
    import textwrap

    return textwrap.dedent("\n".join(lines)).strip("\n")
