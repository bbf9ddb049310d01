"""A picture as a network takes the whole of it: one size for all, by one rule, in training and wherever it is asked.

Four ways lead to that size. `CROP` scales a picture until it fills the size, and takes the middle; `PAD` scales it
until all of it is inside, over black; `RESIZE` gives up the aspect; `SQUEEZE` gives up a little of it, and of the
picture only what sticks out then: a photograph of 4:3 comes whole into a square. What is scaled down is averaged, never
picked.

Source for how far a picture may be squeezed: C. Szegedy et al., Going Deeper with Convolutions, 2014, whose networks
learn from pictures that are changed by as much.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from fivebyfive.errors import InputError, meant
from fivebyfive.pictures.decoding import Picture, decode

Pixels = npt.NDArray[np.uint8]
Shape = tuple[int, int, int]

SQUEEZE, CROP, PAD, RESIZE = "squeeze", "crop", "pad", "resize"
FITS = (SQUEEZE, CROP, PAD, RESIZE)
USUAL = SQUEEZE
"""That of a training, where nothing is said."""
SQUEEZED = 4 / 3
"""A picture becomes by so much narrower or lower at most, beside its other side."""
VERSION = 1
"""Of what `opened` gives: to be raised where the same file becomes other pixels."""
SCALING = Image.Resampling.BILINEAR


def opened(source: Path | bytes, shape: Shape, fit: str = CROP, name: str = "") -> Pixels:
    """The picture in a file, or in its bytes, as uint8 of `shape`.

    Raises:
        InputError: it cannot be read, is damaged, or is too large to be opened safely.
    """
    return fitted(decode(source, name=name, enough=max(shape[:2])).pixels, shape, fit)


def taken(picture: Picture, shape: Shape, fit: str = CROP) -> Pixels:
    """`picture` as uint8 of `shape`: from its file, where there is one, exactly as `opened` gives it."""
    again = picture.source and picture.enough != max(shape[:2])
    return opened(picture.source, shape, fit) if again else fitted(picture.pixels, shape, fit)


def fitted(pixels: Pixels, shape: Shape, fit: str = CROP) -> Pixels:
    """`pixels` [h, w, C] as [H, W, C] of `shape`, in grey or in colour; `fit` is one of `FITS`."""
    height, width, channels = shape
    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    picture = picture.convert("L" if channels == 1 else "RGB" if channels == 3 else "RGBA")
    if picture.size != (width, height):
        picture = _of_size(picture, (width, height), fit)
    return np.asarray(picture).reshape(height, width, channels)


def in_words(own: tuple[int, int], size: tuple[int, int], fit: str) -> str:
    """What becomes of a picture of width and height `own` that is brought to another `size`: it was …"""
    if own[0] * size[1] == own[1] * size[0]:
        return "scaled"
    if fit == SQUEEZE:
        left, top, _, _ = _nearly_whole(own, size)
        return "squeezed" if max(left, top) < 0.5 else "squeezed and its middle cut out"
    return {
        CROP: "scaled and its middle cut out",
        PAD: "scaled, with black beside it",
        RESIZE: "stretched",
    }[fit]


def checked(fit: str) -> str:
    """`fit`, if it is one of `FITS`.

    Raises:
        InputError: it is none.
    """
    if fit not in FITS:
        raise InputError(
            f"fit is {str(fit)[:40]!r}{meant(str(fit), FITS)}; {', '.join(FITS[:-1])} or {FITS[-1]} was expected"
        )
    return fit


def said(facts: Mapping[str, object]) -> str:
    """What the facts of a model say of its pictures; CROP, where they say nothing that is known."""
    found = facts.get("fit")
    return found if isinstance(found, str) and found in FITS else CROP


def _of_size(picture: Image.Image, size: tuple[int, int], fit: str) -> Image.Image:
    if fit == RESIZE:
        return picture.resize(size, SCALING)
    if fit == PAD:
        return ImageOps.pad(picture, size, SCALING, color=0)
    if fit == SQUEEZE:
        return picture.resize(size, SCALING, _nearly_whole(picture.size, size))
    return ImageOps.fit(picture, size, SCALING)


def _nearly_whole(own: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The middle of a picture of width and height `own` that is squeezed into `size`, by no more than `SQUEEZED`: left,
    top, right and bottom.
    """
    aspect = size[0] / size[1]
    left = max(0.0, own[0] - own[1] * aspect * SQUEEZED) / 2
    top = max(0.0, own[1] - own[0] / aspect * SQUEEZED) / 2
    return left, top, own[0] - left, own[1] - top
