"""What a picture says: the digits on it in reading order, or its class, each with how sure the model is."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fivebyfive.decision import NONE, SURE, is_sure, ranking
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import Picture, decode, from_pillow
from fivebyfive.pictures.preparation import DIGITS, are_digits
from fivebyfive.pictures.prepare import Prepared, prepare
from fivebyfive.pictures.sheet import Box, Unread
from fivebyfive.prediction import arrays
from fivebyfive.prediction.engine import Engine, Floats
from fivebyfive.prediction.reader_engine import ReaderEngine

UNLIKELY = 0.2
"""Below it, one of several shapes is taken for no digit."""
DOUBTED = "the model takes it for no digit"


@dataclass(frozen=True)
class Answer:
    """One digit or mark (or, for other classes, the whole picture).

    Attributes:
        box: left, top, width and height in the file's picture, upright, in pixels.
        sure: it can be taken without looking.
        space: a gap is before it.
    """

    label: str
    probability: float
    box: Box
    sure: bool
    space: bool = False


@dataclass(frozen=True)
class ReadLine:
    """What stands beside one another.

    Attributes:
        row, column: where it stands on the page, from 0; columns of one row stand beside one another.
        cell: the row and the column of the table's cell that it is in.
    """

    answers: tuple[Answer, ...]
    row: int
    column: int = 0
    cell: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """The labels, with a space for a gap."""
        return "".join(" " * a.space + a.label for a in self.answers).strip()

    @property
    def box(self) -> Box:
        """Around all of it, as an answer's."""
        left, top = (min(a.box[i] for a in self.answers) for i in (0, 1))
        right, bottom = (max(a.box[i] + a.box[i + 2] for a in self.answers) for i in (0, 1))
        return left, top, right - left, bottom - top

    @property
    def lowest(self) -> float:
        """The probability of its least probable answer."""
        return min(a.probability for a in self.answers)

    @property
    def sure(self) -> bool:
        """Whether all of it can be taken without looking."""
        return all(a.sure for a in self.answers)

    def as_json(self) -> dict[str, Any]:
        """``text``, ``lowest`` probability, ``sure``, ``box``, ``row`` and ``column``; ``cell`` in a table."""
        place = {"box": list(self.box), "row": self.row, "column": self.column}
        cell = {"cell": list(self.cell)} if self.cell is not None else {}
        return {"text": self.text, "lowest": round(self.lowest, 6), "sure": self.sure} | place | cell


@dataclass(frozen=True)
class Reading:
    """A picture's lines, in reading order; none where there is no digit.

    Attributes:
        unread: what was found and not read, and why.
        note: why nothing was read of a picture that holds too much, in one sentence; else empty.
    """

    lines: tuple[ReadLine, ...]
    unread: tuple[Unread, ...] = ()
    note: str = ""

    @property
    def digits(self) -> tuple[Answer, ...]:
        """All answers, in reading order; marks too."""
        return tuple(answer for line in self.lines for answer in line.answers)

    @property
    def text(self) -> str:
        """The labels in reading order, one line a row; lines beside one another with a space between them."""
        rows = dict.fromkeys(line.row for line in self.lines)
        return "\n".join(" ".join(line.text for line in self.lines if line.row == row) for row in rows)

    def as_json(self) -> dict[str, Any]:
        """``text``, ``digits``, ``lines``, ``unread``, and ``note`` where there is one, as ``5x5 predict --json``."""
        digits = [
            {"label": a.label, "probability": round(a.probability, 6), "sure": a.sure, "box": list(a.box)}
            for a in self.digits
        ]
        unread = [{"box": list(one.box), "reason": one.reason} for one in self.unread]
        lines = [line.as_json() for line in self.lines]
        found = {"text": self.text, "digits": digits, "lines": lines, "unread": unread}
        return found | ({"note": self.note} if self.note else {})


def picture_of(image: Any, name: str = "") -> Picture:
    """A path, a file's bytes, a PIL image, an array or a tensor, or one of `pages`, as a picture.

    Raises:
        InputError: it is none of these, or damaged.
    """
    if isinstance(image, Picture):
        return image
    if isinstance(image, str | Path):
        return decode(Path(image))
    if isinstance(image, bytes):
        return decode(image, name=name)
    if hasattr(image, "save") and hasattr(image, "mode"):
        return from_pillow(image)
    (picture,) = arrays.pictures_of(image, most=1)
    return picture


def read(picture: Picture, engine: Engine, *, raw: bool = False, threshold: float = SURE) -> Reading:
    """Prepare `picture` for `engine` and ask it; `raw` and `threshold` as in `predict`."""
    prepared = prepare(
        picture, engine.preparation, engine.shape, raw, digits=are_digits(engine.classes), fit=engine.fit
    )
    return answered(prepared, asked(prepared, engine), engine, threshold)


def asked(prepared: Prepared, engine: Engine) -> Floats | None:
    """Of each class for each image of `prepared`, [N, classes]; None where all is known without asking `engine`."""
    known = isinstance(engine, ReaderEngine) and all(part.label for line in prepared.lines for part in line.parts)
    return None if known or not len(prepared.images) else engine.probabilities(prepared.images)


def asked_together(prepared: Sequence[Prepared], engine: Engine) -> list[Floats | None]:
    """Of each what `asked` gives, with one question to `engine` about all of them."""
    if isinstance(engine, ReaderEngine):  # which has been asked about them one by one already
        return [asked(one, engine) for one in prepared]
    images = [one.images for one in prepared if len(one.images)]
    if not images:
        return [None] * len(prepared)
    ends = np.cumsum([len(one.images) for one in prepared])
    return list(np.split(engine.probabilities(np.concatenate(images)), ends[:-1]))


def answered(prepared: Prepared, probabilities: Floats | None, engine: Engine, threshold: float = SURE) -> Reading:
    """What `probabilities` [N, classes] of `prepared` mean; shapes that are no digit to the model are left out.

    Args:
        probabilities: None for what the shipped reader said already.

    Raises:
        InputError: one of them is no number.
    """
    if probabilities is not None and not np.isfinite(probabilities).all():
        raise InputError("the network's answer is no number (NaN or infinite); its weights are damaged")
    rows = iter(probabilities if probabilities is not None else ())
    whole = engine.preparation != DIGITS
    lowest = UNLIKELY if len(prepared.images) > 1 and probabilities is not None else 0.0
    lines, left_out = [], list(prepared.unread)
    for line in prepared.lines:
        labels = [
            (part.label, part.probability)
            if part.is_mark or probabilities is None
            else _first(next(rows), engine.classes)
            for part in line.parts
        ]
        answers = [
            Answer(label, probability, part.box, is_sure(label, probability, threshold), part.space)
            for part, (label, probability) in zip(line.parts, labels, strict=True)
        ]
        is_taken = [whole or (a.label != NONE and a.probability >= lowest) for a in answers]
        taken = tuple(itertools.compress(answers, is_taken))
        left_out += [Unread(a.box, DOUBTED) for a, one in zip(answers, is_taken, strict=True) if not one]
        if taken:
            lines.append(ReadLine(taken, line.row, line.column, line.cell))
    return Reading(tuple(lines), tuple(left_out), prepared.note)


def _first(probabilities: Floats, classes: tuple[str, ...]) -> tuple[str, float]:
    first = ranking(probabilities.tolist(), classes)[0]
    return classes[first], float(probabilities[first])
