"""Where a shape of several touching digits may be cut: paths from its top to its bottom that cross little ink.

A path may slant and bend, as between a 7 and the 4 below its bar. It is the cheapest one through a place where digits
are likely to touch: where little ink is crossed at all, or where the outline is dented from above or from below. Which
of them are right, the reader says (`lattice.py`).

Source of the idea: J. Wang and J. Jean, Segmentation of merged characters by neural networks and shortest path, 1994.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.shaping import Floats, Mask
from fivebyfive.pictures.sheet import Line, Piece

Columns = npt.NDArray[np.int64]
Crossing = tuple[Columns, float]

FINE, WIDEST = 56, 400
"""Rows and columns, at most, in which paths are looked for."""
MOST = 16
"""So many cuts are given at most; of a shape that is at most BROAD heights wide, three times as many."""
BEND = 2
"""Columns that a path may move to the side in one row."""
FREE, HOLE, ASIDE, STRAIGHT = 0.005, 0.25, 0.03, 0.1
"""What a step costs beside one through ink: over paper, over paper that ink encloses, and each column to the side; and
what one through ink costs where a path is to be straight."""
DIFFERENT, SHIFT, BROAD = 0.012, 0.08, 1.5
"""Two paths are two where so much ink is between them, in squares of the height; how far one is moved to either side,
and how wide a shape is at most for that, in heights."""
NEAR = 0.045
"""The cheapest path is looked for among those that are so near, in heights."""
LEAST = 0.06
"""The share of a shape's ink that either side of a cut has at least."""
DENT, SLANT = 0.06, 0.8
"""How deep a dent of the outline is at least, in heights; how far to the side for each row one is from another."""
REACH, TALLEST, BROADEST, MANY = 0.3, 1.35, 1.6, 7
"""Of what may be one broken digit: how far its pieces are apart, in heights; how high it is, in the usual one or that
of its highest piece, where the usual one is only a part's; how wide, in its own height or the usual one; how many."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A path through a piece from top to bottom.

    Attributes:
        path: of each row of the piece's mask, the first column that lies right of the cut.
        ink: the length of ink that it crosses, in heights of the usual digit.
    """

    path: Columns
    ink: float

    def is_left_of(self, other: "Cut") -> bool:
        """Whether it crosses `other` nowhere, so that there is a part between them."""
        return bool((self.path <= other.path).all()) and bool((self.path < other.path).any())


def part(piece: Piece, left: Cut | None, right: Cut | None) -> Piece | None:
    """The ink of `piece` between two cuts, or between one and its edge; None where there is none."""
    columns = np.arange(piece.width)
    mask = piece.mask.copy()
    if left is not None:
        mask &= columns >= left.path[:, None]
    if right is not None:
        mask &= columns < right.path[:, None]
    return cut_out(mask, piece.left, piece.top)


def together(pieces: Iterable[Piece]) -> Piece:
    """Pieces as one."""
    given = tuple(pieces)
    left, top = min(p.left for p in given), min(p.top for p in given)
    mask = np.zeros((max(p.bottom for p in given) - top, max(p.right for p in given) - left), bool)
    for p in given:
        mask[p.top - top : p.bottom - top, p.left - left : p.right - left] |= p.mask
    return Piece(mask, left, top)


def cut_out(mask: Mask, left: int, top: int) -> Piece | None:
    """The ink of `mask`, whose corner is at `left`, `top`, cut to its box; None where there is none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return Piece(mask[box], left + int(columns[0]), top + int(rows[0]))


def cuts(piece: Piece, height: float, most: int = 3 * MOST) -> tuple[Cut, ...]:
    """Where `piece` may be cut, from left to right.

    Args:
        height: of the usual digit in its line, in pixels.
        most: so many at most; those that cross least ink.
    """
    scale = min(1.0, FINE / piece.height, WIDEST / piece.width)
    size = max(3, round(piece.width * scale)), max(3, round(piece.height * scale))
    ink = np.asarray(cv2.resize(piece.mask.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
    unit = height * size[1] / piece.height
    found = _chosen(_seams(ink, unit), ink, unit)[:most]
    rows = (np.arange(piece.height) + 0.5) * size[1] / piece.height - 0.5
    wider = piece.width / size[0]
    made = []
    for seam, crossed in found:
        path = np.rint(np.interp(rows, np.arange(size[1]), seam + 0.5) * wider).astype(np.int64)
        cut = Cut(path, crossed / unit)
        if part(piece, None, cut) is not None and part(piece, cut, None) is not None:
            made.append(cut)
    return tuple(sorted(made, key=lambda cut: float(cut.path.mean())))


def _seams(ink: Floats, unit: float) -> list[Columns]:
    """Paths through `ink`, float32 [h, w], as the column of each row; `unit` is the height of a digit there."""
    fields = _Fields(np.stack([_costs(ink, FREE), _costs(ink, HOLE), STRAIGHT * ink]))
    height = len(ink)
    through = [(field, height // 2, x) for field in (0, 1, 2) for x in _least(fields.through(field, height // 2), unit)]
    above, below = _dents(ink, unit), [(height - 1 - y, x) for y, x in _dents(ink[::-1], unit)]
    straight = [_straight(a, b, height) for a in above for b in below if abs(a[1] - b[1]) <= SLANT * abs(a[0] - b[0])]
    paths = [fields.path(field, y, x) for field, y, x in through]
    return [*paths, *(fields.path(1, y, x) for y, x in (*above, *below)), *straight]


def _straight(above: tuple[int, int], below: tuple[int, int], height: int) -> Columns:
    """From one dent to another."""
    (top, start), (bottom, end) = above, below
    return np.rint(np.interp(np.arange(height), [top, max(bottom, top + 1)], [start, end])).astype(np.int64)


def _costs(ink: Floats, hole: float) -> Floats:
    """What each step costs, float32 [h, w]; `hole` where ink encloses paper."""
    paper = np.pad((ink < 0.5).astype(np.uint8), 1, constant_values=1)
    cv2.floodFill(paper, None, (0, 0), 2)
    enclosed = paper[1:-1, 1:-1] == 1
    return np.asarray(np.maximum(ink, np.where(enclosed, hole, FREE)), np.float32)


class _Fields:
    """Of each pixel the cheapest way to it from the top and from the bottom, for several maps of costs [n, h, w]."""

    def __init__(self, costs: Floats) -> None:
        self._costs, self._count = costs, len(costs)
        both = np.concatenate([costs, costs[:, ::-1]])
        self._sums, self._steps = _cheapest(both)

    def through(self, field: int, row: int) -> Floats:
        """What the cheapest path through each pixel of a row costs."""
        height = self._costs.shape[1]
        down, up = self._sums[field, row], self._sums[field + self._count, height - 1 - row]
        return np.asarray(down + up - self._costs[field, row], np.float32)

    def path(self, field: int, row: int, column: int) -> Columns:
        """The cheapest path through a pixel: the column of each row."""
        height = self._costs.shape[1]
        upper = self._followed(field, row, column)
        lower = self._followed(field + self._count, height - 1 - row, column)
        return np.concatenate([upper[::-1], lower[1:]])

    def _followed(self, field: int, row: int, column: int) -> Columns:
        found, step = [column], self._steps[field].item
        for y in range(row, 0, -1):
            column += step(y, column)
            found.append(column)
        return np.asarray(found, np.int64)


def _cheapest(costs: Floats) -> tuple[Floats, npt.NDArray[np.int8]]:
    """Of each pixel of `costs` [n, h, w] what the way from the first row costs, and where it comes from."""
    count, height, width = costs.shape
    sums, steps = np.empty_like(costs), np.full(costs.shape, BEND, np.int8)
    aside = np.abs(np.arange(-BEND, BEND + 1)).astype(np.float32)[:, None, None]
    before = np.full((count, width + 2 * BEND), np.inf, np.float32)
    # The row before, from BEND columns to the left of each to as many to its right: [2 * BEND + 1, n, w].
    around = np.moveaxis(np.lib.stride_tricks.sliding_window_view(before, width, axis=1), 1, 0)
    sums[:, 0] = costs[:, 0]
    for y in range(1, height):
        before[:, BEND:-BEND] = sums[:, y - 1]
        ways = around + ASIDE * aside
        ways += costs[:, y] * (1 + 0.7 * aside)
        steps[:, y] = ways.argmin(axis=0)
        sums[:, y] = ways.min(axis=0)
    return sums, steps - np.int8(BEND)


def _least(values: Floats, unit: float) -> list[int]:
    """Where `values` [w] are less than anywhere near."""
    reach = max(1, round(NEAR * unit))
    padded = np.pad(values, reach, constant_values=np.inf)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    at = np.flatnonzero(values <= lowest)
    groups = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
    return [int(group[len(group) // 2]) for group in groups if len(group)]


def _dents(ink: Floats, unit: float) -> list[tuple[int, int]]:
    """Where the outline of `ink` [h, w] is dented from above: row and column of each dent's deepest place."""
    inked = ink > 0.5
    tops = np.where(inked.any(axis=0), inked.argmax(axis=0), len(ink)).astype(np.float32)
    before = np.minimum.accumulate(tops)
    after = np.minimum.accumulate(tops[::-1])[::-1]
    depth = tops - np.maximum(before, after)
    places = _least(-depth - 1e-3 * tops, unit)
    return [(min(len(ink) - 1, int(tops[x])), x) for x in places if depth[x] >= DENT * unit]


def _chosen(seams: list[Columns], ink: Floats, unit: float) -> list[Crossing]:
    """The paths that are worth asking about, each with the ink that it crosses; no two of them nearly the same.

    Where two digits share a stroke, each has all of it for its own: such a path is also moved to either side.
    """
    least = DIFFERENT * unit**2
    kept = _different(seams, [], ink, least)[:MOST]
    if ink.shape[1] > BROAD * unit:
        return kept
    step = max(1, round(SHIFT * unit))
    moved = [np.clip(seam + aside, 0, ink.shape[1] - 1) for seam, _ in kept for aside in (-step, step)]
    return _different(moved, kept, ink, least)


def _different(seams: list[Columns], known: list[Crossing], ink: Floats, least: float) -> list[Crossing]:
    """`known` and those of `seams` that leave ink on either side, and between them and any other at least so much."""
    rows, before = np.arange(len(ink)), np.pad(np.cumsum(ink, axis=1), ((0, 0), (1, 0)))
    total, kept = float(ink.sum()), list(known)
    sides = [before[rows, seam] for seam, _ in known]
    found = sorted(((float(ink[rows, seam].sum()), n) for n, seam in enumerate(seams)))
    for crossed, n in found:
        left = before[rows, seams[n]]
        share = float(left.sum()) / total
        if LEAST <= share <= 1 - LEAST and all(float(np.abs(left - other).sum()) >= least for other in sides):
            sides.append(left)
            kept.append((seams[n], crossed))
    return kept


def joins(line: Line, doubtful: Sequence[bool], height: float) -> list[tuple[int, int]]:
    """Neighbours of `line` that may be one digit: the first and the last, by number; one at least is doubted."""
    found = []
    for first in range(len(line.pieces)):
        right, top, bottom = line.pieces[first].right, line.pieces[first].top, line.pieces[first].bottom
        highest = max(height, line.pieces[first].height)
        for last in range(first + 1, min(first + MANY, len(line.pieces))):
            piece = line.pieces[last]
            if piece.left - right > REACH * height:
                break
            right, top, bottom = max(right, piece.right), min(top, piece.top), max(bottom, piece.bottom)
            wide, tall, highest = right - line.pieces[first].left, bottom - top, max(highest, piece.height)
            if wide > BROADEST * max(height, tall) or tall > TALLEST * highest:
                break
            if any(doubtful[first : last + 1]):
                found.append((first, last))
    return found
