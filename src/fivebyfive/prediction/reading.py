"""What a picture says: the digits on it in reading order, or its class, each with how sure the model is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import picture as pictures
from fivebyfive.datasets.picture import Picture
from fivebyfive.errors import InputError
from fivebyfive.prediction.engine import DIGITS, NONE, Engine

Pixels = npt.NDArray[np.uint8]

SURE = 0.8
"""From this probability on, an answer is given without a question mark."""
UNLIKELY = 0.2
"""Below it, one of several shapes is taken for no digit."""
NOTHING = 0.9
"""From this probability of "none" on, a shape is taken for no digit."""
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
        return self.probability >= SURE


@dataclass(frozen=True)
class Reading:
    """A picture's answers, in reading order; none where there is no digit."""

    digits: tuple[Answer, ...]

    @property
    def text(self) -> str:
        """The labels in reading order, one line a row."""
        rows = sorted({a.row for a in self.digits})
        return "\n".join("".join(a.label for a in self.digits if a.row == row) for row in rows)

    def as_json(self) -> dict[str, Any]:
        """``text`` and ``digits``, as ``5x5 predict --json`` has them."""
        return {
            "text": self.text,
            "digits": [
                {"label": a.label, "probability": round(a.probability, 6), "box": list(a.box)} for a in self.digits
            ],
        }


@dataclass(frozen=True)
class Prepared:
    """A picture as the model takes it.

    Attributes:
        images: uint8 [N, H, W, C], one for each digit, or one for the whole picture.
        boxes: of each, in the file's picture; `rows`, of each, which row it is in.
    """

    images: Pixels
    boxes: tuple[tuple[int, int, int, int], ...]
    rows: tuple[int, ...]


def picture_of(image: Any, name: str = "") -> Picture:
    """A path, a file's bytes, a PIL image, or an array of bytes, as a picture.

    Raises:
        InputError: it is none of these, or damaged.
    """
    if isinstance(image, str | Path):
        return pictures.decode(Path(image))
    if isinstance(image, bytes):
        return pictures.decode(image, name=name)
    if isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim in (2, 3) and image.size:
        pixels = image.reshape(*image.shape[:2], -1)
        if pixels.shape[2] in (1, 3):
            return Picture(pixels, pixels.shape[1], pixels.shape[0])
    if hasattr(image, "save") and hasattr(image, "mode"):
        return pictures.from_pillow(image)
    raise InputError("a path, a PIL image, or an array of bytes [h, w] or [h, w, 1 or 3] was expected as picture")


def read(picture: Picture, engine: Engine, *, raw: bool = False) -> Reading:
    """Prepare `picture` for `engine` and ask it; `raw` as in `predict`."""
    prepared = prepare(picture, engine.preparation, engine.shape, raw)
    return answered(prepared, engine.probabilities(prepared.images) if prepared.rows else None, engine)


def prepare(picture: Picture, preparation: str, shape: tuple[int, int, int], raw: bool = False) -> Prepared:
    """`picture` as a model of this `preparation` and `shape` takes it.

    Raises:
        InputError: `raw`, and the picture has another size.
    """
    whole = ((0, 0, picture.width, picture.height),)
    if raw and (picture.height, picture.width) != shape[:2]:
        raise InputError(
            f"with --raw the picture must be {shape[1]}×{shape[0]} pixels; this one is "
            f"{picture.width}×{picture.height} (without --raw it is prepared)"
        )
    if raw or preparation != DIGITS or _is_prepared(picture.pixels):
        return Prepared(pictures.fitted(picture.pixels, shape)[None], whole, (0,))
    from fivebyfive.datasets.prepare import digits

    found = digits(picture.pixels)
    images = np.stack([d.pixels for d in found])[..., None] if found else np.zeros((0, *shape), np.uint8)
    boxes = tuple(_enlarged(d.box, picture.reduction) for d in found)
    return Prepared(images, boxes, tuple(d.row for d in found))


def _is_prepared(pixels: Pixels) -> bool:
    """Whether it is already a digit as MNIST has them: 28×28, light on black, with a black margin."""
    if pixels.shape != (28, 28, 1):
        return False
    inner = pixels[2:-2, 2:-2]
    return int(pixels.sum(dtype=np.int64)) == int(inner.sum(dtype=np.int64)) and bool(inner.any())


def _enlarged(box: tuple[int, int, int, int], factor: float) -> tuple[int, int, int, int]:
    x, y, w, h = (round(n * factor) for n in box)
    return x, y, w, h


def answered(prepared: Prepared, probabilities: npt.NDArray[np.float32] | None, engine: Engine) -> Reading:
    """What `probabilities` [N, classes] of `prepared` mean; shapes that are no digit to the model are left out.

    Raises:
        InputError: one of them is no number.
    """
    if probabilities is None:
        return Reading(())
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
    """The most probable class; "none" only where the model is rather sure of it, for a doubtful digit is shown as such.

    "none" itself is never a sure answer.
    """
    none = classes.index(NONE) if NONE in classes else None
    if none is not None and probabilities[none] >= NOTHING:
        return Answer(NONE, 0.0, box, row)
    ranked = [i for i in np.argsort(-probabilities, kind="stable") if i != none]
    return Answer(classes[int(ranked[0])], float(probabilities[ranked[0]]), box, row)
