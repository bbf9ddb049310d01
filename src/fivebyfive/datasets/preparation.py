"""How a picture becomes what a model takes: one rule for predict, explain, the page and the exported file.

A model of digits gets every digit of a picture, found and made like MNIST's; any other model gets the picture, scaled.
A picture that is a digit as MNIST has them already is taken as it is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import picture as pictures
from fivebyfive.datasets.picture import Picture
from fivebyfive.errors import InputError

Pixels = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

DIGITS, WHOLE = "digits", "whole"
"""The two preparations: a picture's digits are found and made like MNIST's, or it is scaled as it is."""
IN_WORDS = {DIGITS: "digits, cut out as MNIST's were", WHOLE: "pictures as they are, scaled"}
"""What a model of each preparation takes."""
NONE = "none"
"""The class of what is no digit, for a model that was taught one."""
NO_DIGIT = "no digit found"
"""What is said of a picture without one, by every command and every view."""
MNIST = (28, 28, 1)
MOST = 0.9
"""So many of the images that a model is taught on are as in MNIST, if its pictures are prepared as MNIST's."""
LONGEST_SIDES = range(18, 27)
"""Of a digit in MNIST the longer side has 20 pixels; of a letter in EMNIST, 24."""
BLACK_EDGE = 0.9
"""Of MNIST's outermost pixels, at least this share is black in each of its training images."""


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


def found_in(images: Pixels) -> str:
    """The preparation of `images` [N, H, W, C] that a model is taught on: DIGITS where nearly all are as in MNIST."""
    if images.shape[1:] != MNIST:
        return WHOLE
    alike = [is_prepared(image) and _longer_side(image[..., 0] > 0) in LONGEST_SIDES for image in images]
    return DIGITS if np.mean(alike) >= MOST else WHOLE


def _longer_side(ink: npt.NDArray[np.bool_]) -> int:
    return max(int(np.ptp(np.flatnonzero(ink.any(axis)))) + 1 for axis in (0, 1))


def rule_for(shape: tuple[int, int, int], classes: tuple[str, ...], data: str = "mnist") -> str:
    """The preparation of a model whose file does not say it: DIGITS if it was taught on MNIST or digits like these."""
    of_digits = shape == MNIST and set(classes) <= {*"0123456789", NONE}
    return DIGITS if of_digits and data in ("mnist", "written") else WHOLE


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
        return Prepared(pictures.fitted(picture.pixels, shape)[None], whole, (0,), ((),) if stages else ())
    from fivebyfive.datasets.prepare import find

    found = find(picture.pixels if picture.spread is None else picture.spread)
    digits = found.digits
    return Prepared(
        images=np.stack([d.pixels for d in digits])[..., None] if digits else np.zeros((0, *shape), np.uint8),
        boxes=tuple(_enlarged(d.box, picture.reduction) for d in digits),
        rows=tuple(d.row for d in digits),
        stages=tuple(tuple((s.name, s.pixels) for s in d.stages) for d in digits) if stages else (),
        note=found.note,
    )


def is_prepared(pixels: Pixels) -> bool:
    """Whether `pixels` [h, w, C] are a digit as MNIST has them: 28×28, grey, light on black."""
    if pixels.shape[:2] != MNIST[:2] or not (pixels == pixels[..., :1]).all():
        return False
    grey = pixels[..., 0]
    edge = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    return bool(grey.any() and not grey[:: len(grey) - 1, :: len(grey) - 1].any() and (edge == 0).mean() >= BLACK_EDGE)


def _enlarged(box: Box, factor: float) -> Box:
    x, y, w, h = (round(n * factor) for n in box)
    return x, y, w, h
