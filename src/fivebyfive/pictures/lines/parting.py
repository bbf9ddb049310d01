"""Digits of two rows that touch are one shape at first: it is cut between the rows, which the others tell.

Only what reaches through most of the height of two rows, where these stand beside it, is cut: level, where the least
ink is. Digits that touch beside one another are not cut here, as only a reader can say where one ends.
"""

import itertools

import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.lines import rows
from fivebyfive.pictures.lines.grouping import Shape, Shapes
from fivebyfive.pictures.lines.rows import Boxes

Mask = npt.NDArray[np.bool_]

TALL = 1.45
"""Only what is so many times as high as the lower shapes is looked at."""
THROUGH = 0.6
"""It reaches through so much of the height of each row."""
NEAR = 3.0
"""The rows' other shapes are at most so far, in their heights."""
AROUND = 0.25
"""The cut is at most so far above or below the middle between the rows, in their height."""


def parted(found: Shapes) -> Shapes:
    """`found` with each shape that belongs to several rows cut into one for each."""
    boxes = Boxes.of(found.shapes)
    bodies = boxes.height >= rows.BODY * boxes.usual
    if bodies.sum() < 4:
        return found
    # Where many touch, the middle shape is one of them: the lower ones are single.
    usual = float(np.quantile(boxes.height[bodies], 0.3))
    tall = np.flatnonzero(boxes.height > TALL * usual)
    others = np.flatnonzero(bodies & (boxes.height <= TALL * usual))
    if len(tall) == 0 or len(others) < 2:
        return found
    slope = rows.slope(boxes.at(others))
    level = boxes.level(slope)
    lines = [others[list(row)] for row in rows.find(level.at(others)).rows]
    tops, bottoms = np.array([(level.top[line].min(), level.bottom[line].max()) for line in lines]).T
    cuts = {}
    for number in tall.tolist():
        near = np.flatnonzero((tops < level.bottom[number]) & (bottoms > level.top[number]))
        at = _cuts(found, level, number, [lines[i] for i in near], slope * float(boxes.middle[number]))
        if at:
            cuts[number] = at
    return _cut(found, cuts) if cuts else found


def _cuts(found: Shapes, level: Boxes, number: int, lines: list[npt.NDArray[np.int64]], down: float) -> list[int]:
    """The rows of pixels, from the top of the shape's box, at which it is cut."""
    bands = []
    for line in lines:
        away = np.maximum(level.left[line] - level.right[number], level.left[number] - level.right[line])
        near = line[np.argsort(away)[:2]]
        top, bottom = float(level.top[near].mean()), float(level.bottom[near].mean())
        inside = min(bottom, level.bottom[number]) - max(top, level.top[number])
        if away.min() < NEAR * (bottom - top) and inside > THROUGH * (bottom - top):
            bands.append((top, bottom))
    bands.sort()
    shape, result = found.shapes[number], []
    ink = (found.labels[shape.top : shape.bottom, shape.left : shape.right] == number + 1).sum(axis=1)
    for upper, lower in itertools.pairwise(bands):
        between = (upper[1] + lower[0]) / 2 + down - shape.top
        reach = AROUND * min(upper[1] - upper[0], lower[1] - lower[0])
        first, last = max(1, round(between - reach)), min(shape.height - 1, round(between + reach) + 1)
        if upper[1] - upper[0] > 0 and first < last and upper[1] - lower[0] < reach:
            least = np.flatnonzero(ink[first:last] == ink[first:last].min()) + first
            result.append(int(least[np.abs(least - between).argmin()]))
    return result


def _cut(found: Shapes, cuts: dict[int, list[int]]) -> Shapes:
    labels, shapes = found.labels.copy(), list(found.shapes)
    for number, at in cuts.items():
        shape = found.shapes[number]
        here = labels[shape.top : shape.bottom, shape.left : shape.right]
        of = here == number + 1
        bands = [(first, last) for first, last in itertools.pairwise([0, *at, shape.height]) if of[first:last].any()]
        for n, (first, last) in enumerate(bands):
            part = np.zeros_like(of)
            part[first:last] = of[first:last]
            if n:
                shapes.append(_boxed(part, shape))
                here[part] = len(shapes)
            else:
                shapes[number] = _boxed(part, shape)
    order = sorted(range(len(shapes)), key=lambda i: (shapes[i].left, shapes[i].top))
    ranks = np.zeros(len(shapes) + 1, np.int32)
    ranks[np.array(order) + 1] = np.arange(1, len(shapes) + 1)
    return Shapes(tuple(shapes[i] for i in order), ranks[labels], found.cut_off, found.around)


def _boxed(part: Mask, shape: Shape) -> Shape:
    y, x = np.nonzero(part)
    left, top = shape.left + int(x.min()), shape.top + int(y.min())
    return Shape(left, top, shape.left + int(x.max()) + 1, shape.top + int(y.max()) + 1, len(x), shape.usual)
