"""How a picture becomes what a model takes: one rule for predict, explain, the page and the exported file.

A model of digits gets every digit of a picture, found and made like MNIST's; any other model gets the picture, scaled.
A picture that is a digit as MNIST has them already is taken as it is. `prepare.py` does it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fivebyfive.decision import MARKS as MARKS
from fivebyfive.decision import NONE

Pixels = npt.NDArray[np.uint8]

DIGITS, WHOLE = "digits", "whole"
"""The two preparations: a picture's digits are found and made like MNIST's, or it is scaled as it is."""
IN_WORDS = {DIGITS: "digits, cut out as MNIST's were", WHOLE: "pictures as they are, scaled"}
"""What a model of each preparation takes."""
MNIST = (28, 28, 1)
MOST = 0.9
"""So many of the images that a model is taught on are as in MNIST, if its pictures are prepared as MNIST's."""
LONGEST_SIDES = range(18, 27)
"""Of a digit in MNIST the longer side has 20 pixels; of a letter in EMNIST, 24."""
BLACK_EDGE = 0.9
"""Of MNIST's outermost pixels, at least this share is black in each of its training images."""


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
    return DIGITS if shape == MNIST and are_digits(classes) and data in ("mnist", "written") else WHOLE


def is_prepared(pixels: Pixels) -> bool:
    """Whether `pixels` [h, w, C] are a digit as MNIST has them: 28×28, grey, light on black."""
    if pixels.shape[:2] != MNIST[:2] or not (pixels == pixels[..., :1]).all():
        return False
    grey = pixels[..., 0]
    edge = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    return bool(grey.any() and not grey[:: len(grey) - 1, :: len(grey) - 1].any() and (edge == 0).mean() >= BLACK_EDGE)


def is_mark(label: str) -> bool:
    """Whether a character is written between digits: a point, a comma, a minus, a slash, a colon."""
    return label in MARKS


def are_digits(classes: Sequence[str]) -> bool:
    """Whether what a model tells apart is digits, with or without what is none, and marks."""
    return set(classes) <= {*"0123456789", NONE, *MARKS}
