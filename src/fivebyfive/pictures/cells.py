"""The cells that rules make: of tables, of forms, and frames, which have one.

Cells are what rules shut in. There are none on ruled and squared paper, where writing stands across the rules, or
equal squares, hardly larger than a digit, go on over the whole picture.
"""

from dataclasses import dataclass

import numpy as np

from fivebyfive.pictures.network import Region, Rules

IGNORED = 0.3
"""Where more of the writing than this stands across rules, they make no cells."""
PAPER = 1.5
"""Equal squares all over the picture, with sides of at most so many heights of the writing, are the paper's."""
NARROWEST = 0.5
"""Cells' sides have at least this share of the writing's height; what is narrower lies between double rules."""


@dataclass(frozen=True)
class Cell:
    """One cell: its box in the pixels worked on, and its row and column, each from 0.

    Rows are counted on from one table to the next, in reading order, so that they are different for all tables.
    """

    left: int
    top: int
    right: int
    bottom: int
    row: int
    column: int


def cell_of(cells: tuple[Cell, ...], x: float, y: float) -> Cell | None:
    """The cell that a point is in; where boxes overlap, for pages are tilted, the one whose middle is nearest.

    Distance is taken in the cell's own width and height.
    """
    inside = [c for c in cells if c.left <= x < c.right and c.top <= y < c.bottom]
    return min(inside, key=lambda c: _off(c, x, y), default=None)


def _off(cell: Cell, x: float, y: float) -> float:
    across = abs(2 * x - cell.left - cell.right) / (cell.right - cell.left)
    down = abs(2 * y - cell.top - cell.bottom) / (cell.bottom - cell.top)
    return max(across, down)


def of(rules: Rules, scale: float, size: tuple[int, int]) -> tuple[Cell, ...]:
    """The cells of `rules`, in a picture `scale` times larger, which has this height and width."""
    if rules.tall == 0 or rules.ignored > IGNORED:
        return ()
    shut = [r for r in rules.regions if not r.open and _side(r) >= NARROWEST * rules.tall]
    if not any(r.filled for r in shut) or _is_paper(rules, shut):
        return ()
    shut += _cut_off([r for r in rules.regions if r.open], shut)
    slopes = [float(np.mean([line.slope for line in lines])) for lines in (rules.level, rules.upright)]
    return tuple(_enlarged(cell, scale, size) for cell in _numbered(shut, slopes[0], slopes[1]))


def _side(region: Region) -> int:
    return min(region.right - region.left, region.bottom - region.top)


def _is_paper(rules: Rules, regions: list[Region]) -> bool:
    if len(regions) < 9:
        return False
    sides = np.array([(r.right - r.left, r.bottom - r.top) for r in regions])
    usual = np.median(sides, axis=0)
    alike = float((np.abs(sides / usual - 1) < 0.15).all(axis=1).mean())
    square = usual.min() > 0.8 * usual.max()
    # Paper is cut where it ends, not where its squares do.
    cut = sum(r.open for r in rules.regions) >= 4
    return bool(alike > 0.8 and square and cut and usual.max() <= PAPER * rules.tall)


def _cut_off(regions: list[Region], whole: list[Region]) -> list[Region]:
    """Cells that the picture's edge cuts off: no larger than the whole ones beside them, and not much smaller."""
    if len(whole) < 2:
        return []
    sides = np.array([(r.right - r.left, r.bottom - r.top) for r in whole])
    most, usual = 1.3 * sides.max(axis=0), np.median(sides, axis=0)
    return [
        r
        for r in regions
        if r.filled
        and r.right - r.left <= most[0]
        and r.bottom - r.top <= most[1]
        and r.right - r.left >= 0.4 * usual[0]
        and r.bottom - r.top >= 0.4 * usual[1]
    ]


def _numbered(regions: list[Region], fall: float, lean: float) -> list[Cell]:
    """Rows and columns told by where regions begin, on a page made straight: a merged cell begins with its first."""
    tables = _tables([_straightened(r, fall, lean) for r in regions])
    cells, above = [], 0
    for table in tables:
        tops = _steps([t[1] for _, t in table], 0.35 * min(t[3] - t[1] for _, t in table))
        lefts = _steps([t[0] for _, t in table], 0.35 * min(t[2] - t[0] for _, t in table))
        for (r, _), row, column in zip(table, tops, lefts, strict=True):
            cells.append(Cell(r.left, r.top, r.right, r.bottom, above + row, column))
        above += max(tops) + 1
    return sorted(cells, key=lambda c: (c.row, c.column))


Straight = tuple[Region, tuple[float, float, float, float]]


def _straightened(region: Region, fall: float, lean: float) -> Straight:
    """A region and its box on the straight page: the box of what is tilted is larger than that, and lies aside."""
    x, y = (region.left + region.right) / 2, (region.top + region.bottom) / 2
    wide, high = region.right - region.left, region.bottom - region.top
    wide, high = max(1.0, wide - abs(lean) * high), max(1.0, high - abs(fall) * wide)
    x, y = x - lean * y, y - fall * x
    return region, (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def _tables(regions: list[Straight]) -> list[list[Straight]]:
    """Regions with their neighbours, from the top: those that lie side by side, or boxes with a gap in one row."""
    left = sorted(regions, key=lambda s: (s[1][1], s[1][0]))
    tables = []
    while left:
        table, todo = [], [left.pop(0)]
        while todo:
            at = todo.pop()
            table.append(at)
            near = [other for other in left if _beside(at[1], other[1])]
            left = [other for other in left if not _beside(at[1], other[1])]
            todo += near
        tables.append(table)
    return tables


def _beside(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    """Whether two boxes are neighbours of one table: across, boxes of one height may stand apart."""
    sizes = [(box[2] - box[0], box[3] - box[1]) for box in (a, b)]
    apart = [max(a[k], b[k]) - min(a[k + 2], b[k + 2]) for k in (0, 1)]
    least, most = [min(s) for s in zip(*sizes, strict=True)], [max(s) for s in zip(*sizes, strict=True)]
    below = -apart[0] > 0.3 * least[0] and apart[1] < 0.3 * least[1]
    equal = least[1] > 0.8 * most[1] and least[0] > 0.7 * most[0]
    across = -apart[1] > 0.3 * least[1] and apart[0] < (0.9 if equal else 0.3) * least[0]
    return below or across


def _steps(values: list[float], least: float) -> list[int]:
    """The rank of each value; values that follow on one another by less than `least` have the same."""
    order = np.argsort(values, kind="stable")
    ranks = np.concatenate([[0], np.cumsum(np.diff(np.array(values)[order]) > least)])
    result = np.zeros(len(values), int)
    result[order] = ranks
    return [int(r) for r in result]


def _enlarged(cell: Cell, scale: float, size: tuple[int, int]) -> Cell:
    left, top, right, bottom = (round(v * scale) for v in (cell.left, cell.top, cell.right, cell.bottom))
    return Cell(left, top, min(right, size[1]), min(bottom, size[0]), cell.row, cell.column)
