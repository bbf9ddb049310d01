"""A photo → digits: ink is found, what belongs together is put together and in order, and each is made like MNIST's."""

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np

from fivebyfive.errors import InputError
from fivebyfive.pictures import grouping, ink
from fivebyfive.pictures.preparation import NO_DIGIT
from fivebyfive.pictures.several import SEVERAL, is_several
from fivebyfive.pictures.shaping import Floats, Mask, Pixels, Stage, Strokes, shaped, shaped_greys, strokes_of

DARKNESS, GRAINS = 0.15, 5.8
"""Ink takes this share of the paper's light away on average, and so many times what the paper's grain does."""
SMALLEST = 5
"""Pixels of the picture that the longer side of a digit has at least."""
TINY, FEW = 32, 14
"""Pixels a side of a picture that may end right where its digit does, and of a digit whose shape is in its greys."""
COLOURS = 0.07
"""On paper, colour changes by less (`Ink.colours_around`): what lies among several colours is part of a scene."""


@dataclass(frozen=True)
class Digit:
    """A digit found in a picture.

    Attributes:
        pixels: uint8 [28, 28], light ink on black, as in MNIST.
        box: left, top, width and height in the picture, in its pixels.
        row: which row of the picture it stands in, from 0.
        stages: what was done to it, from the cut-out to `pixels`.
        doubt: why it may be no single digit, for a drawing; "" for no such doubt.
    """

    pixels: Pixels
    box: tuple[int, int, int, int]
    row: int
    stages: tuple[Stage, ...]
    doubt: str = ""


@dataclass(frozen=True)
class Found:
    """Every digit of a picture, in reading order, and why nothing was read where there is too much in it, or ""."""

    digits: list[Digit]
    note: str = ""


def find(picture: Pixels) -> Found:
    """The digits in `picture`, uint8 [h, w], [h, w, 1] or [h, w, 3]."""
    try:
        return Found(_in_any_size(picture.reshape(*picture.shape[:2], -1)))
    except grouping.TooMuch as problem:
        return Found([], str(problem))


def digits(picture: Pixels) -> list[Digit]:
    """Every digit in `picture`, uint8 [h, w], [h, w, 1] or [h, w, 3], in reading order; an empty list for none."""
    return find(picture).digits


def _in_any_size(picture: Pixels) -> list[Digit]:
    if max(picture.shape[:2]) > TINY:
        return _digits(picture)
    margin = max(2, max(picture.shape[:2]) // 4)
    sheet, greys = _on_more_paper(picture, margin)
    return [dataclasses.replace(digit, box=_moved(digit.box, margin, picture.shape)) for digit in _digits(sheet, greys)]


def _on_more_paper(picture: Pixels, margin: int) -> tuple[Pixels, Floats]:
    """`picture` with `margin` pixels more on every side, of the usual colour of its edge; and how unlike that colour
    each pixel is, [h, w].
    """
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    height, width, channels = picture.shape
    sheet = np.empty((height + 2 * margin, width + 2 * margin, channels), np.uint8)
    sheet[:] = paper = np.median(edge, axis=0).astype(np.uint8)
    sheet[margin : margin + height, margin : margin + width] = picture
    return sheet, np.abs(sheet.astype(np.float32) - paper).mean(axis=2)


def _moved(box: tuple[int, int, int, int], margin: int, size: tuple[int, ...]) -> tuple[int, int, int, int]:
    """`box` in the picture without the margin."""
    x, y, w, h = box
    left, top = min(max(x - margin, 0), size[1] - 1), min(max(y - margin, 0), size[0] - 1)
    right, bottom = max(left + 1, min(x - margin + w, size[1])), max(top + 1, min(y - margin + h, size[0]))
    return left, top, right - left, bottom - top


def _digits(picture: Pixels, greys: Floats | None = None) -> list[Digit]:
    found = ink.find(picture)
    lines, labels = grouping.rows(found.mask)
    shapes = [shape for line in lines for shape in line]
    owners = np.zeros(int(labels.max()) + 1, np.int32)
    for number, shape in enumerate(shapes, 1):
        owners[list(shape.parts)] = number
    owned, numbers = owners[labels], iter(range(1, len(shapes) + 1))
    result: list[Digit] = []
    row = 0
    for line in lines:
        before = len(result)
        for shape in line:
            mask = owned[shape.top : shape.bottom, shape.left : shape.right] == next(numbers)
            strokes = _written(shape, mask, found)
            if strokes is not None:
                result.append(_digit(picture, found, shape, mask, strokes, row, greys))
        row += len(result) > before
    return result


def prepare_digit(picture: Pixels) -> Digit:
    """The one digit that `picture` is of: the largest, where there are several.

    Raises:
        InputError: no digit is found.
    """
    found = find(picture)
    if found.note:
        raise InputError(f"{NO_DIGIT}: {found.note}")
    if not found.digits:
        raise InputError(f"{NO_DIGIT}; write it larger or darker, on plain paper")
    return max(found.digits, key=lambda digit: digit.box[2] * digit.box[3])


def prepare_drawing(drawing: Pixels) -> Digit:
    """The digit drawn on a pad, uint8 [h, w], 0 blank and 255 ink: all of its ink, which need not be looked for.

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
    return Digit(pixels, (x, y, w, h), 0, (Stage("cut out", drawing[cut]), *stages), doubt)


def _written(shape: grouping.Shape, mask: Mask, found: ink.Ink) -> Strokes | None:
    """Its strokes, if it may be a pen's work: dark beside the paper's grain, not tiny, of strokes, on one sheet."""
    darkness = float(found.amount[shape.top : shape.bottom, shape.left : shape.right][mask].mean())
    if darkness <= max(DARKNESS, GRAINS * found.noise) or shape.size <= SMALLEST * max(1.0, found.scale):
        return None
    strokes = strokes_of(mask)
    if strokes.is_blot:
        return None
    return strokes if found.colours_around(shape.top, shape.bottom, shape.left, shape.right) < COLOURS else None


def _digit(
    picture: Pixels,
    found: ink.Ink,
    shape: grouping.Shape,
    mask: Mask,
    strokes: Strokes,
    row: int,
    greys: Floats | None,
) -> Digit:
    cut = slice(shape.top, shape.bottom), slice(shape.left, shape.right)
    if greys is not None and shape.size < FEW * found.scale:
        left, top = int(shape.left / found.scale) - 1, int(shape.top / found.scale) - 1
        right, bottom = 1 - int(-shape.right // found.scale), 1 - int(-shape.bottom // found.scale)
        pixels, stages = shaped_greys(greys, (left, top, right, bottom))
    else:
        pixels, stages = shaped(strokes)
    box = _box(shape, found.scale, picture.shape)
    x, y, w, h = box
    found_stages = (
        Stage("cut out", picture[y : y + h, x : x + w]),
        Stage("ink", np.rint(found.amount[cut] * mask * 255).astype(np.uint8)),
    )
    return Digit(pixels, box, row, (*found_stages, *stages))


def _box(shape: grouping.Shape, scale: float, size: tuple[int, ...]) -> tuple[int, int, int, int]:
    left, top = int(shape.left / scale), int(shape.top / scale)
    right, bottom = min(size[1], -(-shape.right // scale)), min(size[0], -(-shape.bottom // scale))
    return left, top, max(1, int(right) - left), max(1, int(bottom) - top)
