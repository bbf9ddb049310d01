"""A picture as it was given, small enough to be kept with its explanation, and where its digits are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from fivebyfive.pictures.decoding import Picture
from fivebyfive.pictures.sheet import Box

Pixels = npt.NDArray[np.uint8]

LONGEST = 512
"""The longer side of what is kept, in pixels."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture, to be shown.

    Attributes:
        pixels: uint8 [h, w, 1 or 3], upright, the longer side at most LONGEST.
        width, height: the picture's own, in its pixels.
        boxes: left, top, width and height of each digit that was found, in the picture's own pixels.
        chosen: the index of the one that is explained; 0 where there are none.
        notes: what was done to it, one sentence each.
    """

    pixels: Pixels
    width: int
    height: int
    boxes: tuple[Box, ...] = ()
    chosen: int = 0
    notes: tuple[str, ...] = ()


def reduced(picture: Picture, as_read: bool) -> Pixels:
    """The pixels to show of `picture`: [h, w, 1 or 3], the longer side at most LONGEST.

    Args:
        as_read: of a picture deeper than bytes, those over its own range, in which digits are looked for.
    """
    pixels = picture.spread if as_read and picture.spread is not None else picture.pixels
    height, width = pixels.shape[:2]
    if max(height, width) <= LONGEST:
        return pixels
    share = LONGEST / max(height, width)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    plain = pixels[..., :3] if pixels.shape[2] >= 3 else pixels[..., 0]
    resized = np.asarray(Image.fromarray(plain).resize(size, Image.Resampling.BOX))
    return resized.reshape(*resized.shape[:2], -1)
