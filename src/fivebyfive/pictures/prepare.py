"""A picture as a model takes it: its digits found and made like MNIST's, or the whole of it scaled."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import Picture, fitted
from fivebyfive.pictures.preparation import DIGITS, is_prepared

Pixels = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Prepared:
    """A picture as the model takes it.

    Attributes:
        images: uint8 [N, H, W, C], one for each digit, or one for the whole picture.
        boxes: of each, left, top, width and height in the file's picture; `rows`, of each, which row it is in.
        stages: of each, what was done to it on the way, where that was asked for: names and pictures, uint8 [h, w] or
            [h, w, 3].
        note: why there is none, where the picture holds too much.
    """

    images: Pixels
    boxes: tuple[Box, ...]
    rows: tuple[int, ...]
    stages: tuple[tuple[tuple[str, Pixels], ...], ...] = ()
    note: str = ""


def prepare(
    picture: Picture, preparation: str, shape: tuple[int, int, int], raw: bool = False, stages: bool = False
) -> Prepared:
    """`picture` as a model of this `preparation` and `shape` takes it.

    Args:
        raw: the picture is as the model was taught already.
        stages: keep what was done to each digit, to be shown.

    Raises:
        InputError: `raw`, and the picture has another size.
    """
    whole = ((0, 0, picture.width, picture.height),)
    if raw and (picture.height, picture.width) != shape[:2]:
        raise InputError(
            f"with --raw the picture must be {shape[1]}×{shape[0]} pixels; this one is "
            f"{picture.width}×{picture.height} (without --raw it is prepared)"
        )
    if raw or preparation != DIGITS or is_prepared(picture.pixels):
        return Prepared(fitted(picture.pixels, shape)[None], whole, (0,), ((),) if stages else ())
    from fivebyfive.pictures.finding import find

    found = find(picture.pixels if picture.spread is None else picture.spread)
    digits = found.digits
    return Prepared(
        images=np.stack([d.pixels for d in digits])[..., None] if digits else np.zeros((0, *shape), np.uint8),
        boxes=tuple(_enlarged(d.box, picture.reduction) for d in digits),
        rows=tuple(d.row for d in digits),
        stages=tuple(tuple((s.name, s.pixels) for s in d.stages) for d in digits) if stages else (),
        note=found.note,
    )


def _enlarged(box: Box, factor: float) -> Box:
    x, y, w, h = (round(n * factor) for n in box)
    return x, y, w, h
