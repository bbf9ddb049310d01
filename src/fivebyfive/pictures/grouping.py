"""Which strokes belong to one digit, and in which order the digits are read.

Strokes that nearly touch, or stand above one another, are one digit; specks are dropped; digits beside one another are
a row, and rows are read from the top. What holds far more than anyone writes is not looked at closely.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Points = npt.NDArray[np.float32]

TALLEST, LIFTED = 2.3, 0.16
"""A digit whose halves do not touch is at most so many times as high as either, and they are so near, in its height."""

STROKES, SPECKS = 3_000, 30_000
"""The most that are looked at. A page of the 2,048 pixels that are worked on is full of 3,000 digits, with
27 × 37 pixels for each; and a thousand of them take a second."""
OVERLAID = 16
"""All boxes together are at most so many times the picture: on paper, some twice; rings in rings, hundreds."""
POINTS, CALL = 200_000_000, 10_000
"""The most pairs of points that are compared: a thousand digits in two strokes need a twentieth; what asking costs."""


class TooMuch(Exception):
    """There is too much in the picture to be read; the message says what."""


@dataclass(frozen=True)
class Shape:
    """One digit's ink: its box in the mask, and which of the mask's components it is made of."""

    left: int
    top: int
    right: int
    bottom: int
    area: int
    parts: tuple[int, ...]

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def size(self) -> int:
        return max(self.width, self.height)

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.right, self.bottom

    def joined(self, other: "Shape") -> "Shape":
        """Both together."""
        return Shape(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.area + other.area,
            self.parts + other.parts,
        )


def rows(mask: Mask) -> tuple[list[list[Shape]], npt.NDArray[np.int32]]:
    """The digits in `mask` [h, w], row by row in reading order, and the number of each pixel's component.

    Raises:
        TooMuch: there are more shapes, or they lie more over one another, than in any writing.
    """
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    labels = np.asarray(numbers, np.int32)
    sizes = stats[:, 2:4].max(axis=1)
    chosen = _chosen(labels, sizes)
    if chosen.size == 0:
        return [], labels
    tall = _usual_size(sizes[chosen], stats[chosen, 4])
    # Specks are many on rough paper; only what could be part of a stroke is looked at closely.
    strokes = [_shape(i, stats[i]) for i in _at_most(STROKES, chosen[sizes[chosen] >= 0.3 * tall])]
    dots = chosen[(sizes[chosen] >= 0.06 * tall) & (sizes[chosen] < 0.3 * tall)]
    specks = [_shape(i, stats[i]) for i in _at_most(SPECKS, dots)]
    _check_overlaid([*strokes, *specks], mask.size)
    digits = _merged(strokes, specks, Outlines(labels), tall)
    _check_overlaid(digits, mask.size)
    return _in_rows(_plausible(digits)), labels


def _chosen(labels: npt.NDArray[np.int32], sizes: npt.NDArray[np.int32]) -> Numbers:
    """The components that may be written, by number.

    A digit that fills its picture touches the edge; beside anything whole, what does so is a table or a hand.
    """
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    whole = np.bincount(edge, minlength=len(sizes)) < 0.35 * sizes
    whole[0] = False
    if (sizes[whole] > 0.3 * sizes[1:].max(initial=0)).any():
        return np.flatnonzero(whole)
    return np.arange(1, len(sizes))


def _at_most(most: int, chosen: Numbers) -> list[int]:
    if len(chosen) > most:
        raise TooMuch(f"{len(chosen):,} shapes are too many to be read; give a part of the picture")
    return [int(i) for i in chosen]


def _check_overlaid(shapes: list[Shape], pixels: int) -> None:
    if sum(s.width * s.height for s in shapes) > OVERLAID * pixels:
        raise TooMuch(f"{len(shapes):,} shapes lie over one another, too many to be told apart; give a part of them")


def _shape(number: int, stats: npt.NDArray[np.int32]) -> Shape:
    left, top, width, height, area = (int(n) for n in stats)
    return Shape(left, top, left + width, top + height, area, (number,))


def _usual_size(sizes: npt.NDArray[np.int32], areas: npt.NDArray[np.int32]) -> float:
    """The size of the shape in the middle when each counts by its ink: specks hardly do."""
    order = np.argsort(sizes, kind="stable")
    ink = np.cumsum(areas[order], dtype=np.int64)
    return float(sizes[order[int(np.searchsorted(ink, ink[-1] / 2))]])


class Outlines:
    """Points around shapes, found when they are first asked for; how many have been compared is counted."""

    def __init__(self, labels: npt.NDArray[np.int32]) -> None:
        self._labels = labels
        self._known: dict[tuple[int, ...], Points] = {}
        self.spent = 0

    def of(self, shape: Shape) -> Points:
        """Up to 160 points [n, 2], x and y, around the one component of `shape`, or those of what it was joined of."""
        if shape.parts not in self._known:
            cut = self._labels[shape.top : shape.bottom, shape.left : shape.right] == shape.parts[0]
            contours, _ = cv2.findContours(cut.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            points = np.vstack([c[:, 0] for c in contours])
            points = points[:: max(1, len(points) // 80)]
            self._known[shape.parts] = np.asarray(points + np.array([shape.left, shape.top]), np.float32)
        return self._known[shape.parts]

    def joined(self, a: Shape, b: Shape) -> Shape:
        """Both together, whose points are those of both."""
        both = a.joined(b)
        points = np.concatenate([self.of(a), self.of(b)])
        del self._known[a.parts], self._known[b.parts]
        self._known[both.parts] = points
        return both

    def near(self, a: Shape, b: Shape, limit: float) -> bool:
        """Whether points of `a` and `b` are less than `limit` apart; only those near the other's box can be.

        Raises:
            TooMuch: too many have been compared.
        """
        ours, theirs = _around(self.of(a), b, limit), _around(self.of(b), a, limit)
        self.spent += CALL + len(self.of(a)) + len(self.of(b)) + len(ours) * len(theirs)
        if self.spent > POINTS:
            raise TooMuch("the strokes are too many and too entangled to be read; give a part of the picture")
        return len(ours) > 0 and len(theirs) > 0 and _distance(ours, theirs) < limit


def _around(points: Points, shape: Shape, reach: float) -> Points:
    """Those of `points` that are at most `reach` away from the box of `shape`."""
    x, y = points.T
    inside = (x >= shape.left - reach) & (x <= shape.right + reach)
    near: Points = points[inside & (y >= shape.top - reach) & (y <= shape.bottom + reach)]
    return near


def _distance(ours: Points, theirs: Points) -> float:
    if len(ours) > len(theirs):
        ours, theirs = theirs, ours
    step = max(1, 1_000_000 // len(theirs))
    least = np.inf
    for i in range(0, len(ours), step):
        x = ours[i : i + step, :1] - theirs[:, 0]
        y = ours[i : i + step, 1:] - theirs[:, 1]
        least = min(least, float(np.sqrt((x * x + y * y).min())))
    return least


def _merged(strokes: list[Shape], specks: Iterable[Shape], outlines: Outlines, tall: float) -> list[Shape]:
    """The digits that `strokes` are parts of, with the `specks` that they nearly touch."""
    digits = _put_together(strokes, outlines, tall)
    boxes = np.array([d.box for d in digits], np.int64).reshape(-1, 4)
    margin = 0.12 * tall
    for speck in specks:
        left, top, right, bottom = boxes.T
        beside = (left - margin < speck.right) & (speck.left < right + margin)
        beside &= (top - margin < speck.bottom) & (speck.top < bottom + margin)
        near = (i for i in np.flatnonzero(beside) if outlines.near(speck, digits[i], 0.09 * tall))
        if (i := next(near, None)) is not None:
            digits[i] = outlines.joined(digits[i], speck)
            boxes[i] = digits[i].box
    return digits


def _put_together(strokes: list[Shape], outlines: Outlines, tall: float) -> list[Shape]:
    """`strokes` with those joined that are parts of one digit.

    Each is joined with the first from the left that belongs to it. One that grew is compared anew with all of them,
    also with those before it; of the others it is known already that they are apart.
    """
    shapes = sorted(strokes, key=lambda s: s.left)
    boxes = np.array([s.box for s in shapes], np.int64).reshape(-1, 4)
    lefts, gone = boxes[:, 0].copy(), np.zeros(len(shapes), bool)
    at, grown = 0, False
    while at < len(shapes):
        first = 0 if grown else at + 1
        last = int(np.searchsorted(lefts, shapes[at].right + 0.2 * tall, side="right"))
        limits = np.where(gone[first:last], 0.0, _limits(shapes[at], boxes[first:last], tall))
        others = (int(i) for i in first + np.flatnonzero(limits) if i != at)
        other = next((i for i in others if outlines.near(shapes[at], shapes[i], limits[i - first])), None)
        grown = other is not None
        if other is None:
            at += 1
            while at < len(shapes) and gone[at]:
                at += 1
            continue
        at, other = min(at, other), max(at, other)
        shapes[at] = outlines.joined(shapes[at], shapes[other])
        boxes[at], gone[other] = shapes[at].box, True
    return [s for s, left_out in zip(shapes, gone, strict=True) if not left_out]


def _limits(a: Shape, others: Numbers, tall: float) -> Floats:
    """How near each of `others`, boxes [n, 4], must be to belong to the same digit as `a`; 0: it cannot."""
    left, top, right, bottom = others.T
    apart_x = np.maximum(a.left, left) - np.minimum(a.right, right)
    apart_y = np.maximum(a.top, top) - np.minimum(a.bottom, bottom)
    limits = np.zeros(len(others))
    close = np.flatnonzero((apart_x <= 0.2 * tall) & (apart_y <= 0.2 * tall))
    if close.size == 0:
        return limits
    left, top, right, bottom, apart_x, apart_y = (v[close] for v in (left, top, right, bottom, apart_x, apart_y))
    width = np.maximum(a.right, right) - np.minimum(a.left, left)
    height = np.maximum(a.bottom, bottom) - np.minimum(a.top, top)
    lower = np.minimum(a.height, bottom - top)
    over = -apart_x / np.maximum(1, np.minimum(a.width, right - left))
    beside = -apart_y / np.maximum(1, lower)
    limits[close] = tall * np.select(
        [
            (height > TALLEST * tall) | (width > 1.3 * np.maximum(height, tall)),
            # Two halves of one digit, if the pen was lifted for a moment: rows keep more apart.
            (height > 1.45 * tall) & (over > 0.3) & (beside < 0.2),
            height > 1.45 * tall,
            (over > 0.5) & (beside < 0.5),  # one above the other
            (lower < 0.7 * tall) & (height < 1.25 * tall),  # a piece of a stroke beside another
            over > 0.6,
        ],
        [0.0, LIFTED, 0.0, 0.2, 0.1, 0.15],
        0.0,
    )
    return limits


def _plausible(digits: list[Shape]) -> list[Shape]:
    """Without what is too small beside the others, or a dash between them."""
    if not digits:
        return []
    tall = float(np.median([d.size for d in digits]))
    return [d for d in digits if d.height >= 0.35 * tall and d.width < 4 * d.height]


def _in_rows(digits: list[Shape]) -> list[list[Shape]]:
    """Each digit goes to the nearest row whose last few digits stand at its height; a row may climb or fall."""
    lines: list[list[Shape]] = []
    # Of each row, the tops and bottoms of its last three digits, and where it ends.
    tops, bottoms, ends = np.zeros((len(digits), 3)), np.zeros((len(digits), 3)), np.zeros(len(digits))
    for digit in sorted(digits, key=lambda d: d.left):
        top, bottom = tops[: len(lines)], bottoms[: len(lines)]
        overlap = np.minimum(bottom, digit.bottom) - np.maximum(top, digit.top)
        level = np.flatnonzero((overlap > 0.4 * np.minimum(bottom - top, digit.height)).any(axis=1))
        at = int(level[ends[level].argmax()]) if level.size else len(lines)
        if at == len(lines):
            lines.append([])
        lines[at].append(digit)
        last = lines[at][-3:]
        last = last + last[-1:] * (3 - len(last))
        tops[at], bottoms[at], ends[at] = [d.top for d in last], [d.bottom for d in last], digit.right
    return sorted(lines, key=lambda line: np.mean([d.top + d.bottom for d in line]))
