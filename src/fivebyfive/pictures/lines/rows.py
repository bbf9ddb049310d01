"""Which shapes stand in one row: from the left to the right, each is put into the row whose last shapes it continues.

The page is first laid level: neighbours tell how far its rows climb. Then rows may be as close as their digits allow,
for each shape takes the row that it shares most of its height with. What is small is given to the nearest row at last.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.lines.grouping import Shape
from fivebyfive.pictures.lines.parts import median

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SHARED = 0.4
"""A shape shares at least so much of its height, or of theirs, with one of the row's last few."""
LAST = 4
"""So many of a row's last shapes are looked at."""
STEEPEST = 0.5
"""Rows climb by no more than this, down over across."""
BODY = 0.42
"""What is lower than this share of the usual size tells nothing of where rows are: it is a mark, or a small digit."""
TINY, MOST = 0.3, 3_000
"""No writing is so small beside the page's middle shape; where so many would be, only what is as large is writing."""
LARGE = 2.2
"""What is so many times as high as the middle shape, and reaches into several rows, is in none of them."""
CHAIN = 6
"""So many small shapes may stand beside one another beyond the end of a row."""
BEYOND, BESIDE = 0.35, 1.6
"""A small shape is at most so far above or below the row it belongs to, and so far from the next shape of it, in the
row's height."""


@dataclass(frozen=True)
class Boxes:
    """Boxes, [n] each, and the usual size around each."""

    left: Floats
    top: Floats
    right: Floats
    bottom: Floats
    usual: Floats

    @classmethod
    def of(cls, shapes: Sequence[Shape]) -> "Boxes":
        """Those of `shapes`; what is usual is no smaller than makes sense beside the page: dirt makes no rows."""
        boxes = cls(*np.array([(*s.box, s.usual) for s in shapes], np.float64).reshape(-1, 5).T)
        return replace(boxes, usual=_sensible(boxes)) if len(shapes) else boxes

    @functools.cached_property
    def height(self) -> Floats:
        return self.bottom - self.top

    @functools.cached_property
    def width(self) -> Floats:
        return self.right - self.left

    @functools.cached_property
    def middle(self) -> Floats:
        """From the left."""
        return (self.left + self.right) / 2

    def at(self, chosen: Numbers | Mask) -> "Boxes":
        """Those with these numbers."""
        return Boxes(*(v[chosen] for v in (self.left, self.top, self.right, self.bottom, self.usual)))

    def level(self, slope: float) -> "Boxes":
        """Each moved up or down so that rows which climb by `slope` lie level."""
        down = slope * self.middle
        return Boxes(self.left, self.top - down, self.right, self.bottom - down, self.usual)


@dataclass(frozen=True)
class Rows:
    """Rows from the top, each the numbers of its shapes from the left; and of those in none, why."""

    rows: tuple[tuple[int, ...], ...]
    left_out: dict[int, str]


def find(boxes: Boxes) -> Rows:
    """The rows that `boxes` stand in."""
    bodies = np.flatnonzero(boxes.height >= BODY * boxes.usual)
    if len(bodies) == 0:
        bodies = np.flatnonzero(np.maximum(boxes.height, boxes.width) >= BODY * boxes.usual)
    if len(bodies) == 0:
        return Rows((), dict.fromkeys(range(len(boxes.left)), "too small"))
    large = boxes.height > LARGE * median(boxes.height[bodies])
    rows = _followed(boxes, bodies[~large[bodies]])
    left_out = {}
    tops, bottoms = (
        np.array([pick(side[row]) for row in rows]) for pick, side in ((min, boxes.top), (max, boxes.bottom))
    )
    for number in bodies[large[bodies]].tolist():
        near = np.flatnonzero((tops < boxes.bottom[number]) & (bottoms > boxes.top[number]))
        shared = [int(i) for i in near if _overlaps(boxes, number, rows[i])]
        if len(shared) > 1:
            left_out[number] = "far larger than the writing beside it"
        elif shared:
            rows[shared[0]].append(number)
        else:
            rows.append([number])
            tops, bottoms = np.append(tops, boxes.top[number]), np.append(bottoms, boxes.bottom[number])
    is_small = np.ones(len(boxes.left), bool)
    is_small[bodies] = False
    small = np.flatnonzero(is_small)
    left_out |= dict.fromkeys(_with_small(boxes, small, rows), "far smaller than the writing, and beside none of it")
    rows.sort(key=lambda row: float((boxes.top[row] + boxes.bottom[row]).mean()))
    return Rows(tuple(tuple(sorted(row, key=lambda i: boxes.middle[i])) for row in rows), left_out)


def _sensible(boxes: Boxes) -> Floats:
    sizes = np.maximum(boxes.width, boxes.height)
    order = np.argsort(sizes)
    area = np.cumsum((boxes.width * boxes.height)[order])
    middle = float(sizes[order[np.searchsorted(area, area[-1] / 2)]])
    usual = np.maximum(boxes.usual, TINY * middle)
    if (boxes.height >= BODY * usual).sum() > MOST:
        return np.maximum(usual, middle)
    return usual


def slope(boxes: Boxes) -> float:
    """How far rows fall from the left to the right, down over across: that of the middle two neighbours."""
    order = np.argsort(boxes.left, kind="stable")
    boxes = boxes.at(order)
    found = []
    last = np.searchsorted(boxes.left, boxes.right + 1.5 * boxes.usual)
    for i in range(len(order)):
        others = np.arange(i + 1, last[i])
        overlap = np.minimum(boxes.bottom[i], boxes.bottom[others]) - np.maximum(boxes.top[i], boxes.top[others])
        lower = np.minimum(boxes.height[i], boxes.height[others])
        alike = (overlap > 0.5 * lower) & (lower > 0.75 * np.maximum(boxes.height[i], boxes.height[others]))
        alike &= boxes.left[others] > boxes.middle[i]
        if alike.any():
            j = others[alike.argmax()]
            down = (boxes.top[j] + boxes.bottom[j] - boxes.top[i] - boxes.bottom[i]) / 2
            found.append(down / max(1.0, boxes.middle[j] - boxes.middle[i]))
    return float(np.clip(median(found), -STEEPEST, STEEPEST)) if len(found) > 1 else 0.0


def _followed(boxes: Boxes, bodies: Numbers) -> list[list[int]]:
    """The rows of `bodies`, each put into the one that it continues best."""
    rows: list[list[int]] = []
    # Of each row, the boxes of its last few shapes.
    tops, bottoms = np.zeros((len(bodies), LAST)), np.zeros((len(bodies), LAST))
    lefts, rights = np.zeros(len(bodies)), np.zeros(len(bodies))
    for number in bodies[np.argsort(boxes.left[bodies], kind="stable")].tolist():
        top, bottom = tops[: len(rows)], bottoms[: len(rows)]
        overlap = np.minimum(bottom, boxes.bottom[number]) - np.maximum(top, boxes.top[number])
        share = overlap / np.minimum(bottom - top, boxes.height[number])
        over = np.minimum(rights[: len(rows)], boxes.right[number]) - boxes.left[number]
        narrow = np.minimum((rights - lefts)[: len(rows)], boxes.width[number])
        fits = (share.max(axis=1, initial=0) > SHARED) & ((over < 0.5 * narrow) | (share.mean(axis=1) > 0.75))
        at = int(np.where(fits, share.mean(axis=1), -1).argmax()) if fits.any() else len(rows)
        if at == len(rows):
            rows.append([])
        rows[at].append(number)
        last = rows[at][-LAST:]
        last = last + last[-1:] * (LAST - len(last))
        tops[at], bottoms[at] = boxes.top[last], boxes.bottom[last]
        lefts[at], rights[at] = boxes.left[number], boxes.right[number]
    return rows


def _overlaps(boxes: Boxes, number: int, row: list[int]) -> bool:
    """Whether a shape shares much of the height of those of `row` next to it."""
    near = np.array(row)[np.argsort(np.abs(boxes.middle[row] - boxes.middle[number]))[:3]]
    overlap = np.minimum(boxes.bottom[near], boxes.bottom[number]) - np.maximum(boxes.top[near], boxes.top[number])
    return bool((overlap > SHARED * boxes.height[near]).any())


def _with_small(boxes: Boxes, small: Numbers, rows: list[list[int]]) -> list[int]:
    """Adds to `rows` what is `small`, each to the row that it stands in or next to; gives what stands by none.

    Small digits stand beside one another: those next to a row take the next ones with them.
    """
    bands = [np.array(sorted(row, key=lambda i: boxes.middle[i])) for row in rows]
    for _ in range(CHAIN):
        at = _nearest_rows(boxes, small, bands, rows)
        for number, row in zip(small[at >= 0].tolist(), at[at >= 0].tolist(), strict=True):
            rows[row].append(number)
        if (at < 0).all():
            break
        small = small[at < 0]
    return [int(i) for i in small]


def _nearest_rows(boxes: Boxes, small: Numbers, bands: list[Numbers], rows: list[list[int]]) -> Numbers:
    """The row, by number, that each of `small` stands in or next to; -1 for none.

    `bands` are the bodies of the rows, which tell where these are; `rows` is all that stands in them.
    """
    best, result = np.full(len(small), np.inf), np.full(len(small), -1)
    heights = (boxes.top[small] + boxes.bottom[small]) / 2
    order = np.argsort(heights)
    for number, (band, row) in enumerate(zip(bands, rows, strict=True)):
        reach = float(boxes.height[band].max()) * (1 + BEYOND)
        low, high = boxes.top[band].min() - reach, boxes.bottom[band].max() + reach
        some = order[np.searchsorted(heights[order], low) : np.searchsorted(heights[order], high)]
        if len(some):
            away = _away(boxes, small[some], band, np.array(row))
            nearer = away < best[some]
            best[some[nearer]], result[some[nearer]] = away[nearer], number
    return result


def _away(boxes: Boxes, small: Numbers, band: Numbers, row: Numbers) -> Floats:
    """How far each of `small` is from a row, in its height; infinite where it is beyond its reach."""
    tall = median(boxes.height[band])
    at = np.searchsorted(boxes.middle[band], boxes.middle[small])
    near = [band[np.clip(at + i, 0, len(band) - 1)] for i in (-2, -1, 0, 1)]
    top = np.median([boxes.top[n] for n in near], axis=0)
    bottom = np.maximum(np.median([boxes.bottom[n] for n in near], axis=0), top + 1)
    height = (boxes.top[small] + boxes.bottom[small]) / 2
    # What hangs below a row, as commas do, is its own rather than the next one's.
    down = np.maximum(np.maximum(top - height, height - bottom - 0.12 * tall), 0) / tall
    row = row[np.argsort(boxes.left[row], kind="stable")]
    at = np.searchsorted(boxes.left[row], boxes.left[small])
    sides = [row[np.clip(at + i, 0, len(row) - 1)] for i in (-1, 0)]
    apart = [np.maximum(boxes.left[n] - boxes.right[small], boxes.left[small] - boxes.right[n]) for n in sides]
    across = np.maximum(np.minimum(*apart), 0) / np.maximum(boxes.height[near[1]], boxes.height[near[2]])
    return np.where((down <= BEYOND) & (across <= BESIDE), down + 0.05 * across, np.inf)
