"""A stop of the tour, as plain data: what it shows, what it says, what it asks.

What follows from the network alone stands in a sentence as text. What hangs on the picture stands there as a `Value`,
which is filled in when the sentence is read: from a trace in Python, from the page's document in JavaScript.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Value:
    """A number, or a word, that hangs on the picture.

    Attributes:
        step: the index of the step that it belongs to.
        what: its name in `filling.py`: "value", "place", "probability" …; of a step, at the step's telling place.
    """

    step: int
    what: str


Sentence = tuple[str | Value, ...]
"""Its parts, one after the other."""


@dataclass(frozen=True)
class Ask:
    """A small question with an answer that can be checked.

    Attributes:
        answers: to choose from; a single one is a number to be typed.
        right: which of them.
        because: said with the answer, right or wrong.
    """

    question: Sentence
    answers: tuple[str, ...]
    right: int
    because: Sentence


@dataclass(frozen=True)
class Stop:
    """One stop of the tour.

    Attributes:
        id: stays the same for every network: a link names it, and so does the table in docs/lesson.md.
        title: a few words.
        question: what it answers, as a newcomer asks.
        step: the index of the step that it is about; None for the network as a whole.
        shows: where to look: "picture", "overview", "layer", "number", "filters", "weights", "strides", "padding",
            "answer", "back".
        says: one sentence each.
        ask: what to find out for oneself.
        channel: the map to look at, where it is not the telling one.
        figure: plain values for a small figure of `shows`: "padding" has rows, columns, kernel and dilation; "weights"
            and "strides" numbers, their names, and the tensor's name; "filters" what each of some maps answers to
            each stroke.
    """

    id: str
    title: str
    question: str
    step: int | None
    shows: str
    says: tuple[Sentence, ...]
    ask: Ask | None = None
    channel: int | None = None
    figure: Mapping[str, Any] = field(default_factory=dict)
