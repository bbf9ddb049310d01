"""One digit's ink → 28×28 pixels, made the way MNIST's were; two digits' that touch → 28×44, as high.

MNIST's digits were cut out as black and white, brought into 20×20 pixels with their aspect kept, which made their edges
grey, and laid into 28×28 with their centre of mass in the middle. The same is done here; strokes are also brought to
the thickness that is usual there, whatever the pen.

Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database, http://yann.lecun.com/exdb/mnist/
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SIDE, BOX = 28, 20
PAIR, PAIR_BOX = (28, 44), (20, 36)
"""Rows and columns of a pair's picture, and of the box in it that the pair is brought into."""
FINE = 8 * BOX
"""The longer side of a digit while its strokes are evened out."""
THICKNESS = (2.0, 3.4)
"""Strokes of MNIST's digits are this wide, in pixels of the 20×20 box, from the thin tenth to the thick tenth."""
WIDEST = 0.4
"""Strokes are at most this wide beside the digit's longer side: what is wider is a blot."""
FAINT = 0.22
"""The share of a small digit's darkest grey that still belongs to it."""


@dataclass(frozen=True)
class Stage:
    """One step of the preparation, to be shown: its name and a picture, uint8 [h, w] or [h, w, 3]."""

    name: str
    pixels: Pixels


@dataclass(frozen=True)
class Strokes:
    """One digit's ink, enlarged.

    Attributes:
        mask: uint8 [h, w], 1 where there is ink; `inside`, float32 [h, w], how far the edge is away there.
        width: the usual one of the strokes, in pixels: across one of width w, its edge is w / 4 away on average.
    """

    mask: Pixels
    inside: Floats
    width: float

    @property
    def is_blot(self) -> bool:
        """Whether it is too wide beside its length to be of strokes."""
        return self.width >= WIDEST * FINE


def as_in_mnist(mask: Mask) -> Pixels:
    """One digit's ink, bool [h, w], cut to its box, as MNIST would have it: uint8 [28, 28]."""
    return shaped(strokes_of(mask))[0]


def shaped(strokes: Strokes) -> tuple[Pixels, tuple[Stage, ...]]:
    """One digit as uint8 [28, 28], and the stages on the way."""
    even = _even(strokes)
    small = _in_box(even)
    pixels = _centred(small)
    return pixels, (
        Stage("strokes", np.rint(even * 255).astype(np.uint8)),
        Stage("20×20", small),
        Stage("28×28, centred by mass", pixels),
    )


def shaped_greys(greys: Floats, box: tuple[int, int, int, int]) -> tuple[Pixels, tuple[Stage, ...]]:
    """The same for a digit of few pixels, whose shape is in their greys [h, w], which black and white would lose.

    Args:
        box: left, top, right and bottom of the digit in `greys`, with room around it there.
    """
    left, top, right, bottom = box
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


def as_pair(mask: Mask) -> Pixels:
    """The ink of two digits, bool [h, w], cut to its box: uint8 [28, 44], in the middle."""
    high, wide = (side * FINE // BOX for side in PAIR_BOX)
    small = _in_box(_even(_strokes(mask, min(high / mask.shape[0], wide / mask.shape[1]))), PAIR_BOX)
    pixels = np.zeros(PAIR, np.uint8)
    top, left = ((whole - side) // 2 for whole, side in zip(PAIR, small.shape, strict=True))
    pixels[top : top + small.shape[0], left : left + small.shape[1]] = small
    return pixels


def _enlarged(mask: Mask, scale: float) -> Floats:
    """`mask`, so many times as large, its outline smooth, and room around it: float32, ink above 0.5."""
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=way))
    room = FINE // 8
    padded = cv2.copyMakeBorder(resized.reshape(size[::-1]), room, room, room, room, cv2.BORDER_CONSTANT)
    return np.asarray(cv2.GaussianBlur(padded, (0, 0), float(np.clip(0.6 * scale, 1.2, 4.0))), np.float32)


def strokes_of(mask: Mask) -> Strokes:
    """The strokes of one digit's ink, bool [h, w], cut to its box."""
    return _strokes(mask, FINE / max(mask.shape))


def _strokes(mask: Mask, scale: float) -> Strokes:
    fine = _enlarged(mask, scale)
    inked = (fine > 0.5 * fine.max()).astype(np.uint8)
    inside = np.asarray(cv2.distanceTransform(inked, cv2.DIST_L2, 5), np.float32)
    return Strokes(inked, inside, 4.0 * float(inside[inked > 0].mean()))


def _even(strokes: Strokes) -> Floats:
    """Strokes made thicker or thinner towards what is usual in MNIST, edges one pixel soft: float32 in [0, 1]."""
    outside = cv2.distanceTransform(1 - strokes.mask, cv2.DIST_L2, 5)
    unit = FINE / BOX
    wanted = float(np.clip(strokes.width, THICKNESS[0] * unit, THICKNESS[1] * unit))
    return np.asarray(np.clip(strokes.inside - outside + (wanted - strokes.width) / 2 + 0.5, 0, 1), np.float32)


def _in_box(even: Floats, box: tuple[int, int] = (BOX, BOX)) -> Pixels:
    """Cut to the ink and brought into so many rows and columns, aspect kept, by area: uint8 [h, w]."""
    left, top, width, height = cv2.boundingRect((even >= min(0.5, float(even.max()))).astype(np.uint8))
    cut = even[top : top + height, left : left + width]
    scale = min(box[0] / cut.shape[0], box[1] / cut.shape[1])
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
