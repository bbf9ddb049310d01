"""What a picture says: the digits on it in reading order, or its class, each with how sure the model is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.decision import is_sure, ranking
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import Picture, decode, from_pillow
from fivebyfive.pictures.preparation import DIGITS, NONE
from fivebyfive.pictures.prepare import Prepared, prepare
from fivebyfive.prediction.engine import Engine

Pixels = npt.NDArray[np.uint8]

UNLIKELY = 0.2
"""Below it, one of several shapes is taken for no digit."""
CLUTTER = 4
"""From so many shapes on, a picture of which the model is mostly unsure is no writing at all."""


@dataclass(frozen=True)
class Answer:
    """One digit (or, for other classes, the whole picture).

    Attributes:
        box: left, top, width and height in the file's picture, upright, in pixels.
        row: which row of digits it is in, from 0.
    """

    label: str
    probability: float
    box: tuple[int, int, int, int]
    row: int

    @property
    def sure(self) -> bool:
        """Whether it can be taken without looking."""
        return is_sure(self.label, self.probability)


@dataclass(frozen=True)
class Reading:
    """A picture's answers, in reading order; none where there is no digit.

    Attributes:
        note: why nothing was read of a picture that holds too much, in one sentence; else empty.
    """

    digits: tuple[Answer, ...]
    note: str = ""

    @property
    def text(self) -> str:
        """The labels in reading order, one line a row."""
        rows = sorted({a.row for a in self.digits})
        return "\n".join("".join(a.label for a in self.digits if a.row == row) for row in rows)

    def as_json(self) -> dict[str, Any]:
        """``text`` and ``digits``, as ``5x5 predict --json`` has them; ``note`` where there is one."""
        digits = [{"label": a.label, "probability": round(a.probability, 6), "box": list(a.box)} for a in self.digits]
        return {"text": self.text, "digits": digits} | ({"note": self.note} if self.note else {})


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
    prepared = prepare(picture, engine.preparation, engine.shape, raw)
    return answered(prepared, engine.probabilities(prepared.images) if prepared.rows else None, engine)


def answered(prepared: Prepared, probabilities: npt.NDArray[np.float32] | None, engine: Engine) -> Reading:
    """What `probabilities` [N, classes] of `prepared` mean; shapes that are no digit to the model are left out.

    Raises:
        InputError: one of them is no number.
    """
    if probabilities is None:
        return Reading((), prepared.note)
    if not np.isfinite(probabilities).all():
        raise InputError("the network's answer is no number (NaN or infinite); its weights are damaged")
    answers = [
        _answer(p, box, row, engine.classes)
        for p, box, row in zip(probabilities, prepared.boxes, prepared.rows, strict=True)
    ]
    if engine.preparation != DIGITS:
        return Reading(tuple(answers))
    unsure = sum(not a.sure for a in answers)
    if len(answers) >= CLUTTER and unsure > len(answers) / 2:
        return Reading(())
    lowest = UNLIKELY if len(answers) > 1 else 0.0
    return Reading(tuple(a for a in answers if a.label != NONE and a.probability >= lowest))


def _answer(
    probabilities: npt.NDArray[np.float32], box: tuple[int, int, int, int], row: int, classes: tuple[str, ...]
) -> Answer:
    first = ranking(probabilities.tolist(), classes)[0]
    return Answer(classes[first], float(probabilities[first]), box, row)
