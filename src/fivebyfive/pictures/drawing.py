"""The one digit that is drawn on a pad: all of its ink, which need not be looked for."""

from dataclasses import dataclass

import cv2
import numpy as np

from fivebyfive.errors import InputError
from fivebyfive.pictures.several import SEVERAL, is_several
from fivebyfive.pictures.shaping import Pixels, Stage, shaped, strokes_of


@dataclass(frozen=True)
class Drawn:
    """A drawn digit.

    Attributes:
        pixels: uint8 [28, 28], light ink on black, as in MNIST.
        box: left, top, width and height on the pad, in its pixels.
        stages: what was done to it, from the cut-out to `pixels`.
        doubt: why it may be no single digit; "" for no such doubt.
    """

    pixels: Pixels
    box: tuple[int, int, int, int]
    stages: tuple[Stage, ...]
    doubt: str


def prepare_drawing(drawing: Pixels) -> Drawn:
    """The digit drawn on a pad, uint8 [h, w], 0 blank and 255 ink.

    Raises:
        InputError: the pad is blank, or what is on it is no stroke, which nothing would read in a photo either.
    """
    mask = drawing > 127
    if not mask.any():
        raise InputError("the pad is blank; draw a digit on it")
    x, y, w, h = cv2.boundingRect(mask.astype(np.uint8))
    cut = slice(y, y + h), slice(x, x + w)
    strokes = strokes_of(mask[cut])
    if strokes.is_blot:
        raise InputError("a blot is no digit yet; draw on")
    pixels, stages = shaped(strokes)
    doubt = SEVERAL if is_several(mask[cut]) else ""
    return Drawn(pixels, (x, y, w, h), (Stage("cut out", drawing[cut]), *stages), doubt)
