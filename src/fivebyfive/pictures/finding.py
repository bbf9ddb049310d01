"""A photo → digits, each made the way MNIST's were.

MNIST's digits were cut out as black and white, brought into 20×20 pixels with their aspect kept, which made their edges
grey, and laid into 28×28 with their centre of mass in the middle. The same is done here to ink found in any picture;
strokes are also brought to the thickness that is usual there, whatever the pen.

Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database, http://yann.lecun.com/exdb/mnist/
"""

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.errors import InputError
from fivebyfive.pictures import grouping, ink
from fivebyfive.pictures.preparation import NO_DIGIT
from fivebyfive.pictures.several import SEVERAL, is_several

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SIDE, BOX = 28, 20
FINE = 8 * BOX
"""The longer side of a digit while its strokes are evened out."""
THICKNESS = (2.0, 3.4)
"""Strokes of MNIST's digits are this wide, in pixels of the 20×20 box, from the thin tenth to the thick tenth."""

DARKNESS, GRAINS = 0.15, 5.8
"""Ink takes this share of the paper's light away on average, and so many times what the paper's grain does."""
SMALLEST = 5
"""Pixels of the picture that the longer side of a digit has at least."""
TINY, FEW, FAINT = 32, 14, 0.22
"""Pixels a side of a picture that may end right where its digit does; of a digit whose shape is in its greys; and the
share of its darkest grey that still belongs to it."""
COLOURS = 0.07
"""On paper, colour changes by less (`Ink.colours_around`): what lies among several colours is part of a scene."""
WIDEST = 0.4
"""Strokes are at most this wide beside the digit's longer side: what is wider is a blot."""


@dataclass(frozen=True)
class Stage:
    """One step of the preparation, to be shown: its name and a picture, uint8 [h, w] or [h, w, 3]."""

    name: str
    pixels: Pixels


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
class _Strokes:
    """One digit's ink, enlarged.

    Attributes:
        mask: uint8 [h, w], 1 where there is ink; `inside`, float32 [h, w], how far the edge is away there.
        width: the usual one of the strokes, in pixels: across one of width w, its edge is w / 4 away on average.
    """

    mask: Pixels
    inside: Floats
    width: float


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
    strokes = _strokes(mask[cut])
    if strokes.width >= WIDEST * FINE:
        raise InputError("a blot is no digit yet; draw on")
    pixels, stages = _stages(strokes)
    doubt = SEVERAL if is_several(mask[cut]) else ""
    return Digit(pixels, (x, y, w, h), 0, (Stage("cut out", drawing[cut]), *stages), doubt)


def _written(shape: grouping.Shape, mask: Mask, found: ink.Ink) -> _Strokes | None:
    """Its strokes, if it may be a pen's work: dark beside the paper's grain, not tiny, of strokes, on one sheet."""
    darkness = float(found.amount[shape.top : shape.bottom, shape.left : shape.right][mask].mean())
    if darkness <= max(DARKNESS, GRAINS * found.noise) or shape.size <= SMALLEST * max(1.0, found.scale):
        return None
    strokes = _strokes(mask)
    if strokes.width >= WIDEST * FINE:
        return None
    return strokes if found.colours_around(shape.top, shape.bottom, shape.left, shape.right) < COLOURS else None


def _digit(
    picture: Pixels,
    found: ink.Ink,
    shape: grouping.Shape,
    mask: Mask,
    strokes: _Strokes,
    row: int,
    greys: Floats | None,
) -> Digit:
    cut = slice(shape.top, shape.bottom), slice(shape.left, shape.right)
    if greys is not None and shape.size < FEW * found.scale:
        pixels, stages = _grey_stages(greys, found.scale, shape)
    else:
        pixels, stages = _stages(strokes)
    box = _box(shape, found.scale, picture.shape)
    x, y, w, h = box
    found_stages = (
        Stage("cut out", picture[y : y + h, x : x + w]),
        Stage("ink", np.rint(found.amount[cut] * mask * 255).astype(np.uint8)),
    )
    return Digit(pixels, box, row, (*found_stages, *stages))


def as_in_mnist(mask: Mask) -> Pixels:
    """One digit's ink, bool [h, w], cut to its box, as MNIST would have it: uint8 [28, 28]."""
    return _stages(_strokes(mask))[0]


def _stages(strokes: _Strokes) -> tuple[Pixels, tuple[Stage, ...]]:
    """One digit as uint8 [28, 28], and the stages on the way."""
    even = _even(strokes)
    small = _in_box(even)
    pixels = _centred(small)
    return pixels, (
        Stage("strokes", np.rint(even * 255).astype(np.uint8)),
        Stage("20×20", small),
        Stage("28×28, centred by mass", pixels),
    )


def _grey_stages(greys: Floats, scale: float, shape: grouping.Shape) -> tuple[Pixels, tuple[Stage, ...]]:
    """The same for a digit of few pixels: its shape is in their greys, which black and white would lose."""
    left, top = int(shape.left / scale) - 1, int(shape.top / scale) - 1
    right, bottom = 1 - int(-shape.right // scale), 1 - int(-shape.bottom // scale)
    near = greys[top:bottom, left:right]
    rows, columns = np.nonzero(near > FAINT * near.max())
    top, bottom = top + int(rows.min()), top + int(rows.max()) + 1
    left, right = left + int(columns.min()), left + int(columns.max()) + 1
    larger = BOX / max(bottom - top, right - left)
    cut = greys[top - 1 : bottom + 1, left - 1 : right + 1]  # with the pixels around it, into which its edge runs out
    wide, high = (min(SIDE, max(1, round(n * larger))) for n in cut.shape[::-1])
    small = np.asarray(cv2.resize(cut, (wide, high), interpolation=cv2.INTER_CUBIC)).reshape(high, wide)
    grey = np.rint(255 * np.clip(small / max(float(cut.max()), 1e-6), 0, 1)).astype(np.uint8)
    pixels = _centred(grey)
    return pixels, (Stage("20×20", grey), Stage("28×28, centred by mass", pixels))


def _box(shape: grouping.Shape, scale: float, size: tuple[int, ...]) -> tuple[int, int, int, int]:
    left, top = int(shape.left / scale), int(shape.top / scale)
    right, bottom = min(size[1], -(-shape.right // scale)), min(size[0], -(-shape.bottom // scale))
    return left, top, max(1, int(right) - left), max(1, int(bottom) - top)


def _enlarged(mask: Mask) -> Floats:
    """`mask` with its longer side FINE pixels, its outline smooth, and room around it: float32, ink above 0.5."""
    scale = FINE / max(mask.shape)
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=way))
    padded = np.pad(resized.reshape(size[::-1]), FINE // 8)
    return np.asarray(cv2.GaussianBlur(padded, (0, 0), float(np.clip(0.6 * scale, 1.2, 4.0))), np.float32)


def _strokes(mask: Mask) -> _Strokes:
    fine = _enlarged(mask)
    inked = (fine > 0.5 * fine.max()).astype(np.uint8)
    inside = np.asarray(cv2.distanceTransform(inked, cv2.DIST_L2, 5), np.float32)
    return _Strokes(inked, inside, 4.0 * float(inside[inked > 0].mean()))


def _even(strokes: _Strokes) -> Floats:
    """Strokes made thicker or thinner towards what is usual in MNIST, edges one pixel soft: float32 in [0, 1]."""
    outside = cv2.distanceTransform(1 - strokes.mask, cv2.DIST_L2, 5)
    unit = FINE / BOX
    wanted = float(np.clip(strokes.width, THICKNESS[0] * unit, THICKNESS[1] * unit))
    return np.asarray(np.clip(strokes.inside - outside + (wanted - strokes.width) / 2 + 0.5, 0, 1), np.float32)


def _in_box(even: Floats) -> Pixels:
    """Cut to the ink and brought into 20×20 pixels, aspect kept, by area: uint8 [h, w]."""
    rows, columns = np.nonzero(even >= min(0.5, float(even.max())))
    cut = even[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = BOX / max(cut.shape)
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    small = np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA)).reshape(size[::-1])
    return np.asarray(np.rint(small * 255), np.uint8)


def _centred(small: Pixels) -> Pixels:
    """Laid into 28×28 pixels with its centre of mass at (14, 14), counted from 0 as MNIST's are, by whole pixels."""
    height, width = small.shape
    mass = small.astype(np.float64)
    y = round(SIDE / 2 - float((mass.sum(axis=1) * np.arange(height)).sum() / mass.sum()))
    x = round(SIDE / 2 - float((mass.sum(axis=0) * np.arange(width)).sum() / mass.sum()))
    y, x = min(max(y, 0), SIDE - height), min(max(x, 0), SIDE - width)
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[y : y + height, x : x + width] = small
    return pixels
