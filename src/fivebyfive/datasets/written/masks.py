"""Ink in black and white, and what happens to it: bent, slanted, thickened, cut to its box."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rng = np.random.Generator

FINE = 4
"""Ink is drawn at so many times MNIST's size."""
SHEET = 28 * FINE
TALL = 20 * FINE
"""Pixels of what is drawn, along its longer side, or about so."""
MARGIN = TALL // 4


@dataclass(frozen=True)
class Warp:
    """How ink may be moved, each by up to so much: bent in pixels of MNIST's size, turned in degrees, leaning by
    pixels sideways a pixel of height, and made narrower or wider by a share.
    """

    bend: float = 0.5
    turn: float = 6.0
    slant: float = 0.2
    aspect: float = 0.2


HAND = Warp()
PRINT = Warp(bend=0.12, turn=3.0, slant=0.12, aspect=0.15)


def sheet(side: int = SHEET) -> Pixels:
    """A blank one, [side, side]."""
    return np.zeros((side, side), np.uint8)


def cut(mask: Mask) -> Mask:
    """`mask`, cut to the box of its ink; a single inked pixel where there is none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return np.ones((1, 1), bool)
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def of_mnist(digit: Pixels) -> Mask:
    """A digit of MNIST's [28, 28] as ink, enlarged smoothly."""
    fine = cv2.resize(digit, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_CUBIC)
    return cut(np.asarray(cv2.GaussianBlur(fine, (0, 0), 1.5)) > 90)


def resized(mask: Mask, longer: int = TALL) -> Mask:
    """`mask` with `longer` pixels along its longer side."""
    scale = longer / max(mask.shape)
    size = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cut(np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=way)).reshape(size[::-1]) > 0.5)


def warped(mask: Mask, warp: Warp, rng: Rng) -> Mask:
    """`mask` moved by chance, by up to what `warp` says: one look-up of all pixels."""
    padded = np.pad(mask.astype(np.float32), MARGIN)
    height, width = padded.shape
    turn, slant = np.radians(rng.uniform(-warp.turn, warp.turn)), rng.uniform(-warp.slant, warp.slant)
    wide = 1 / (1 + rng.uniform(-warp.aspect, warp.aspect))
    cos, sin = np.cos(turn), np.sin(turn)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y - height / 2, x - width / 2
    bends = rng.normal(0, warp.bend * FINE, (2, 4, 4)).astype(np.float32)
    across, along = (cv2.resize(bend, (width, height), interpolation=cv2.INTER_CUBIC) for bend in bends)
    from_x = (cos * wide * x + (slant * cos - sin) * y + width / 2 + across).astype(np.float32)
    from_y = (sin * wide * x + (slant * sin + cos) * y + height / 2 + along).astype(np.float32)
    return cut(np.asarray(cv2.remap(padded, from_x, from_y, cv2.INTER_LINEAR)) > 0.5)


def thicker(mask: Mask, by: float) -> Mask:
    """Strokes thicker by `by` pixels on each side; thinner, where it is below 0, but never gone."""
    padded = np.pad(mask, max(1, int(by) + 1)).astype(np.uint8)
    inside = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 3))
    if by < 0:
        return cut(inside > min(-by, 0.6 * float(inside.max())))
    return cut(np.asarray(cv2.distanceTransform(1 - padded, cv2.DIST_L2, 3)) <= by)


def stroke_width(mask: Mask) -> int:
    """About how wide the strokes are, in pixels; at least 3."""
    inside = np.asarray(cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3))
    return max(3, round(4 * float(inside[inside > 0].mean())))


def as_high(mask: Mask, height: int) -> Mask:
    """`mask` with so many rows."""
    wide = max(1, round(mask.shape[1] * height / mask.shape[0]))
    way = cv2.INTER_AREA if height < mask.shape[0] else cv2.INTER_LINEAR
    return cut(np.asarray(cv2.resize(mask.astype(np.float32), (wide, height), interpolation=way)) > 0.5)


def touching(left: Mask, right: Mask, over: int, down: int) -> Mask:
    """`right` beside `left`, its top `down` pixels lower, as near as their ink touches, and `over` pixels nearer."""
    top = max(0, -down)
    height = max(top + left.shape[0], top + down + right.shape[0])
    ends, begins = np.full(height, -height * 9), np.full(height, height * 9)
    ends[top : top + left.shape[0]] = np.where(left.any(axis=1), left.shape[1] - left[:, ::-1].argmax(axis=1), ends[0])
    rows = slice(top + down, top + down + right.shape[0])
    begins[rows] = np.where(right.any(axis=1), right.argmax(axis=1), begins[0])
    start = max(int((ends - begins).max()), round(0.15 * left.shape[1])) - over
    return beside(left, right, start - left.shape[1], down)


def beside(left: Mask, right: Mask, gap: int, down: int) -> Mask:
    """`right` beside `left`, with `gap` pixels between (below 0: over each other), its top `down` pixels lower."""
    top = max(0, -down)
    height = max(top + left.shape[0], top + down + right.shape[0])
    start = max(0, left.shape[1] + gap)
    both = np.zeros((height, max(left.shape[1], start + right.shape[1])), bool)
    both[top : top + left.shape[0], : left.shape[1]] |= left
    both[top + down : top + down + right.shape[0], start : start + right.shape[1]] |= right
    return cut(both)
