"""What a picture says: the digits on it in reading order, or its class, each with how sure the model is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.decision import NONE, is_sure, ranking
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import Picture, decode, from_pillow
from fivebyfive.pictures.preparation import DIGITS, are_digits
from fivebyfive.pictures.prepare import Part, Prepared, prepare
from fivebyfive.pictures.sheet import Box, Unread
from fivebyfive.prediction.engine import Engine

Pixels = npt.NDArray[np.uint8]

UNLIKELY = 0.2
"""Below it, one of several shapes is taken for no digit."""
DOUBTED = "the model takes it for no digit"


@dataclass(frozen=True)
class Answer:
    """One digit or mark (or, for other classes, the whole picture).

    Attributes:
        box: left, top, width and height in the file's picture, upright, in pixels.
        space: a gap is before it.
    """

    label: str
    probability: float
    box: Box
    space: bool = False

    @property
    def sure(self) -> bool:
        """Whether it can be taken without looking."""
        return is_sure(self.label, self.probability)


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

    def as_json(self) -> dict[str, Any]:
        """``text``, ``box``, ``row`` and ``column``; ``cell`` in a table."""
        left, top = (min(a.box[i] for a in self.answers) for i in (0, 1))
        right, bottom = (max(a.box[i] + a.box[i + 2] for a in self.answers) for i in (0, 1))
        box = [left, top, right - left, bottom - top]
        cell = {"cell": list(self.cell)} if self.cell is not None else {}
        return {"text": self.text, "box": box, "row": self.row, "column": self.column} | cell


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
    """A path, a file's bytes, a PIL image, or an array of bytes, as a picture.

    Raises:
        InputError: it is none of these, or damaged.
    """
    if isinstance(image, str | Path):
        return decode(Path(image))
    if isinstance(image, bytes):
        return decode(image, name=name)
    if isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim in (2, 3) and image.size:
        pixels = image.reshape(*image.shape[:2], -1)
        if pixels.shape[2] in (1, 3):
            return Picture(pixels, pixels.shape[1], pixels.shape[0])
    if hasattr(image, "save") and hasattr(image, "mode"):
        return from_pillow(image)
    raise InputError("a path, a PIL image, or an array of bytes [h, w] or [h, w, 1 or 3] was expected as picture")


def read(picture: Picture, engine: Engine, *, raw: bool = False) -> Reading:
    """Prepare `picture` for `engine` and ask it; `raw` as in `predict`."""
    prepared = prepare(picture, engine.preparation, engine.shape, raw, digits=are_digits(engine.classes))
    return answered(prepared, engine.probabilities(prepared.images) if len(prepared.images) else None, engine)


def answered(prepared: Prepared, probabilities: npt.NDArray[np.float32] | None, engine: Engine) -> Reading:
    """What `probabilities` [N, classes] of `prepared` mean; shapes that are no digit to the model are left out.

    Raises:
        InputError: one of them is no number.
    """
    if probabilities is not None and not np.isfinite(probabilities).all():
        raise InputError("the network's answer is no number (NaN or infinite); its weights are damaged")
    rows = iter(probabilities if probabilities is not None else ())
    whole, lowest = engine.preparation != DIGITS, UNLIKELY if len(prepared.images) > 1 else 0.0
    lines, left_out = [], list(prepared.unread)
    for line in prepared.lines:
        answers = [_answer(part, None if part.mark else next(rows), engine.classes) for part in line.parts]
        taken = [a for a in answers if whole or (a.label != NONE and a.probability >= lowest)]
        left_out += [Unread(a.box, DOUBTED) for a in answers if a not in taken]
        if taken:
            lines.append(ReadLine(tuple(taken), line.row, line.column, line.cell))
    return Reading(tuple(lines), tuple(left_out), prepared.note)


def _answer(part: Part, probabilities: npt.NDArray[np.float32] | None, classes: tuple[str, ...]) -> Answer:
    if probabilities is None:
        return Answer(part.mark, part.probability, part.box, part.space)
    first = ranking(probabilities.tolist(), classes)[0]
    return Answer(classes[first], float(probabilities[first]), part.box, part.space)
