"""Which mark a small shape may be, by where it stands in its line: a point low, a dash in the middle, a slash tall.

A table says, for each mark, between which bounds its size and its place lie, in the height of the line's digits. It
tells no more than place and size can: the reader looks at the shape, and both are multiplied.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.lines.parts import median

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

POINT, COMMA, DASH, SLASH, COLON, DIGIT = ".", ",", "-", "/", ":", "digit"
LEAST = 0.001
"""Nothing is impossible."""


class Placed(Protocol):
    """A box with its ink."""

    @property
    def left(self) -> int: ...
    @property
    def top(self) -> int: ...
    @property
    def right(self) -> int: ...
    @property
    def bottom(self) -> int: ...


class Inked(Placed, Protocol):
    """The same with its ink, bool [h, w], cut to its box."""

    @property
    def mask(self) -> Mask: ...


Bounds = tuple[float, float, float, float]
"""Where a measure begins to be possible, from where to where it is usual, and where it ends to be possible."""

SIZES: dict[str, dict[str, Bounds]] = {
    POINT: {"height": (0.02, 0.05, 0.3, 0.42), "width": (0.02, 0.05, 0.3, 0.42), "aspect": (0.35, 0.55, 1.8, 2.8)},
    COMMA: {"height": (0.08, 0.15, 0.45, 0.65), "width": (0.02, 0.04, 0.3, 0.42), "aspect": (0.05, 0.1, 0.9, 1.5)},
    DASH: {"height": (0.01, 0.03, 0.25, 0.4), "width": (0.12, 0.25, 0.9, 1.3), "aspect": (1.3, 2.0, 30, 90)},
    COLON: {"height": (0.25, 0.35, 0.85, 1.05), "width": (0.02, 0.05, 0.3, 0.42), "aspect": (0.05, 0.1, 0.6, 0.8)},
    SLASH: {"height": (0.6, 0.9, 1.7, 2.4), "width": (0.12, 0.25, 1.1, 1.5), "aspect": (0.12, 0.22, 1.0, 1.3)},
    DIGIT: {"height": (0.05, 0.4, 1.7, 2.6), "width": (0.02, 0.05, 1.5, 2.4), "aspect": (0.02, 0.05, 1.6, 2.8)},
}  # fmt: skip
"""Height and width in the height of the line's digits; aspect is width over height."""

PLACES: dict[str, dict[str, Bounds]] = {
    POINT: {"foot": (-0.25, -0.12, 0.1, 0.25)},
    COMMA: {"foot": (-0.6, -0.45, 0.0, 0.12), "head": (-0.1, 0.02, 0.4, 0.55)},
    DASH: {"middle": (0.15, 0.32, 0.7, 0.85)},
    COLON: {"foot": (-0.15, -0.05, 0.35, 0.45), "head": (0.4, 0.5, 0.95, 1.1)},
    SLASH: {"foot": (-0.7, -0.5, 0.12, 0.3), "head": (0.7, 0.85, 1.6, 2.0)},
    DIGIT: {"middle": (-0.35, 0.1, 0.9, 1.3)},
}
"""How far above the base line its foot, head and middle are, in the same height."""

LEAN: Bounds = (0.05, 0.13, 1.1, 1.6)
"""A slash goes so far to the right on its way up, beside its height: some a 1 less."""
STRAIGHT: Bounds = (-1.0, 0.0, 0.035, 0.08)
"""How far a slash's ink is from a straight line beside what the pen's width explains, in its height."""
BEYOND, BELOW = (1.12, 1.35), 0.1
"""A straight leaning stroke as high as the digits is rather a 1, and one so much higher rather a slash; what of it is
below the line counts twice, up to so much."""
FULL: Bounds = (0.55, 0.75, 1.0, 2.0)
"""How much of its convex hull a mark of one stroke fills: what turns, as a small digit does, fills less."""
INSIDE, FAR = 0.15, 0.2
"""How much likelier than a mark is dirt where something small stands over, under or in a digit, or far from any."""
OPEN = 0.1
"""How likely a mark that stands between digits is at a line's end or its beginning."""
THIN: Bounds = (0.66, 0.76, 1e3, 1e4)
"""How wide a point at a line's end or its beginning is beside the pen; what is thinner is dirt."""
REACH = 1.3
"""No mark is further from the next digit, in the digits' height."""


@dataclass(frozen=True)
class Geometry:
    """Where a line's digits stand.

    Attributes:
        left, right, top, bottom: of its larger shapes, from the left, [n] each.
        tall: their usual height.
        pen: how wide their strokes are; 0 where that is not known.
    """

    left: Floats
    right: Floats
    top: Floats
    bottom: Floats
    tall: float
    pen: float = 0.0

    @classmethod
    def of(cls, line: Sequence[Placed], pen: float = 0.0) -> "Geometry":
        """That of a line of shapes: at least one."""
        left, right, top, bottom = np.array([(s.left, s.right, s.top, s.bottom) for s in line], np.float64).T
        height = bottom - top
        large = height >= 0.5 * median(height[height >= 0.4 * height.max()])
        order = np.flatnonzero(large)[np.argsort(left[large], kind="stable")]
        return cls(left[order], right[order], top[order], bottom[order], median(height[order]), pen)

    def base(self, shape: Placed) -> float:
        """The height of the base line at a shape, from the picture's top: that of the digits next to it."""
        return median(self.bottom[self._next(shape)])

    def apart(self, shape: Placed) -> float:
        """How far the next digit is to either side, in the digits' height; below 0 where it is over or under one."""
        others = self._others(shape)
        if not len(others):
            return 0.0
        away = np.maximum(self.left[others] - shape.right, shape.left - self.right[others])
        return float(away.min()) / self.tall

    def sides(self, shape: Placed) -> tuple[bool, bool]:
        """Whether a digit is before it, and whether one is behind it."""
        others, middle = self._others(shape), (shape.left + shape.right) / 2
        at = (self.left[others] + self.right[others]) / 2
        return bool((at < middle).any()), bool((at > middle).any())

    def _others(self, shape: Placed) -> npt.NDArray[np.int64]:
        return np.flatnonzero((self.left != shape.left) | (self.top != shape.top) | (self.bottom != shape.bottom))

    def _next(self, shape: Placed) -> npt.NDArray[np.int64]:
        others = self._others(shape)
        if not len(others):
            others = np.arange(len(self.left))
        away = np.maximum(self.left[others] - shape.right, shape.left - self.right[others])
        return np.asarray(others[np.argsort(away, kind="stable")[:3]])


def likelihood(shape: Inked, where: Geometry) -> dict[str, float]:
    """How well the size and place of `shape` in its line fit each mark, and a digit: 0.001 to 1 each.

    They do not add up to 1: where all are small, it is dirt.
    """
    result = by_box(shape, where)
    solid = _within(_fullness(shape.mask), FULL)
    for mark in (POINT, COMMA, DASH, SLASH):
        result[mark] *= solid
    result[COLON] *= _two_dots(shape.mask)
    if result[SLASH] > LEAST:
        lean, bent = _course(shape.mask)
        result[SLASH] *= _within(lean, LEAN) * _within(bent, STRAIGHT)
        below = float(np.clip((shape.bottom - where.base(shape)) / where.tall, 0, BELOW))
        beyond = float(np.interp((shape.bottom - shape.top) / where.tall + below, BEYOND, (0.0, 1.0)))
        result[DIGIT] *= 1 - 0.9 * result[SLASH] ** 0.5 * beyond
        result[SLASH] *= 0.3 + 0.7 * beyond
    if where.pen and not all(where.sides(shape)):
        thin = _within(min(shape.mask.shape) / where.pen, THIN)
        result |= {mark: result[mark] * thin for mark in (POINT, COMMA, COLON)}
    return {mark: max(LEAST, value) for mark, value in result.items()}


def by_box(shape: Placed, where: Geometry) -> dict[str, float]:
    """The same by its box alone."""
    base, tall = where.base(shape), where.tall
    height, width = shape.bottom - shape.top, shape.right - shape.left
    measures = {
        "height": height / tall,
        "width": width / tall,
        "aspect": width / height,
        "foot": (base - shape.bottom) / tall,
        "head": (base - shape.top) / tall,
        "middle": (base - (shape.top + shape.bottom) / 2) / tall,
    }
    apart = where.apart(shape)
    beside = INSIDE if apart < -0.5 * width / tall else FAR if apart > REACH else 1.0
    before, behind = where.sides(shape)
    between = before and behind
    result = {}
    for mark, sizes in SIZES.items():
        value = 1.0
        for name, bounds in (sizes | PLACES[mark]).items():
            value *= _within(measures[name], bounds)
        value *= beside if mark not in (DIGIT, SLASH) else 1.0
        open_ended = not between if mark in (COMMA, SLASH, COLON) else mark == DASH and before and not behind
        result[mark] = max(LEAST, value * (OPEN if open_ended else 1.0))
    return result


def _within(value: float, bounds: Bounds) -> float:
    """1 where `value` is usual, 0 where it is impossible, and straight between."""
    lowest, low, high, highest = bounds
    if low <= value <= high:
        return 1.0
    if lowest < value < highest:
        return (value - lowest) / (low - lowest) if value < low else (highest - value) / (highest - high)
    return 0.0


def _fullness(mask: Mask) -> float:
    """The share of its convex hull that ink fills."""
    points = cv2.findNonZero(mask.astype(np.uint8))
    hull = cv2.fillConvexPoly(np.zeros(mask.shape, np.uint8), cv2.convexHull(points), 1)
    return float(mask.sum() / hull.sum())


def pen_of(masks: Sequence[Mask]) -> float:
    """How wide the strokes of `masks` usually are: of a long one twice its area beside its outline is its width."""
    return median([2 * float(np.count_nonzero(mask)) / max(1.0, _outline(mask)) for mask in masks])


def _outline(mask: Mask) -> float:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return float(sum(cv2.arcLength(contour, True) for contour in contours))


def _two_dots(mask: Mask) -> float:
    """1 where paper parts the ink into two heaps about as high, one above the other; else 0."""
    inked = mask.any(axis=1)
    ends = np.flatnonzero(np.diff(inked.astype(np.int8), prepend=0, append=0))
    if len(ends) != 4:
        return 0.0
    upper, lower = ends[1] - ends[0], ends[3] - ends[2]
    return float(max(upper, lower) <= 2 * min(upper, lower))


def _course(mask: Mask) -> tuple[float, float]:
    """How far a stroke goes to the right on its way up, beside its height; and how far from straight it is.

    Each row's ink has a middle; a line is laid through these, and their distance from it is taken.
    """
    height, width = mask.shape
    count = mask.sum(axis=1)
    y = np.flatnonzero(count)
    if len(y) < 4:
        return 0.0, 1.0
    middle = (mask[y] * np.arange(width)).sum(axis=1) / count[y]
    slope, start = np.polyfit(y, middle, 1)
    away = float(np.abs(middle - slope * y - start).mean())
    # Rows that hold more ink than a straight stroke's do belong to a curve or a bar.
    spread = float(count[y].std()) / 4
    return float(-slope), (away + spread) / height
