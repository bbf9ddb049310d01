"""The cells that rules make: of tables, of forms, and frames, which have one.

Cells are what rules shut in. There are none on ruled and squared paper, where writing stands across the rules, or
equal squares, hardly larger than a digit, go on over the whole picture.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.rules.edges import BORDER
from fivebyfive.pictures.rules.network import Region, Rules

Boxes = npt.NDArray[Any]

IGNORED, NOTICED = 0.3, 0.02
"""Where more of the writing than this stands across rules, they make no cells; nor with so much, if they go on to the
picture's edges."""
SEVERAL = 2
"""What lies around so many others is no cell."""
MOST = 2_000
"""No table has more cells."""
PAPER = 1.5
"""Equal squares all over the picture, with sides of at most so many heights of the writing, are the paper's."""
SAME = 0.2
"""Boxes of one row begin and end at the same height, give or take this share of it."""
NARROWEST = 0.5
"""Cells' sides have at least this share of the writing's height; what is narrower lies between double rules."""

CUT = 4
"""Paper is cut where it ends, not where its squares do: so many regions at least are open to the picture's edge."""


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
    if len(shut) > MOST:
        return ()
    shut = _without_surroundings(shut)
    if not any(r.filled for r in shut) or _is_paper(rules, shut):
        return ()
    if _is_open(rules, shut, (size[0] / scale, size[1] / scale)):
        return ()
    shut += _cut_off([r for r in rules.regions if r.open], shut)
    slopes = [float(np.mean([line.slope for line in lines])) for lines in (rules.level, rules.upright)]
    return tuple(_enlarged(cell, scale, size) for cell in _numbered(shut, slopes[0], slopes[1]))


def _side(region: Region) -> int:
    return min(region.right - region.left, region.bottom - region.top)


def _without_surroundings(regions: list[Region]) -> list[Region]:
    """Those that do not lie around several others, as a sheet does around the table on it."""
    boxes = np.array([(r.left, r.top, -r.right, -r.bottom) for r in regions]).reshape(-1, 4)
    around = np.array([int((boxes > box).all(axis=1).sum()) for box in boxes])
    return [r for r, others in zip(regions, around.tolist(), strict=True) if others < SEVERAL]


def _is_paper(rules: Rules, regions: list[Region]) -> bool:
    if len(regions) < 9:
        return False
    sides = np.array([(r.right - r.left, r.bottom - r.top) for r in regions])
    usual = np.median(sides, axis=0)
    alike = float((np.abs(sides / usual - 1) < 0.15).all(axis=1).mean())
    square = usual.min() > 0.8 * usual.max()
    return bool(alike > 0.8 and square and _is_cut(rules) and usual.max() <= PAPER * rules.tall)


def _is_cut(rules: Rules) -> bool:
    return sum(r.open for r in rules.regions) >= CUT


def _is_open(rules: Rules, shut: list[Region], size: tuple[float, float]) -> bool:
    """Whether rules go on beyond what they shut in both ways, as in a table without a frame: most of it is open.

    On paper they go on at both ends to the edges of the picture, which has this height and width, however near, and
    some of the writing stands across them.
    """
    box = np.array([(r.left, r.top, -r.right, -r.bottom) for r in shut]).min(axis=0) * (1, 1, -1, -1)
    beyond, across = [], []
    for lines, (first, low, last, high), side in (
        (rules.level, box, size[1]),
        (rules.upright, box[[1, 0, 3, 2]], size[0]),
    ):
        middle, edge = (first + last) / 2, BORDER * side + 3
        through = [line for line in lines if low - line.thick - 4 <= line.at(middle) <= high + line.thick + 4]
        beyond.append(sum(line.first < first - rules.tall or line.last > last + rules.tall for line in through))
        across.append(sum(line.first < min(edge, first) and line.last > max(side - edge, last) for line in through))
    paper = min(across) >= 2 and _is_cut(rules) and rules.ignored > NOTICED
    return bool(min(beyond) >= 2 or paper)


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
    boxes = np.array([_straightened(r, fall, lean) for r in regions])
    cells, above = [], 0
    for table in _tables(boxes):
        sides = (boxes[table, 2:] - boxes[table, :2]).min(axis=0)
        columns, rows = (_steps(boxes[table, k], 0.35 * float(sides[k])) for k in (0, 1))
        for i, row, column in zip(table, rows, columns, strict=True):
            r = regions[i]
            cells.append(Cell(r.left, r.top, r.right, r.bottom, above + row, column))
        above += max(rows) + 1
    return sorted(cells, key=lambda c: (c.row, c.column))


def _straightened(region: Region, fall: float, lean: float) -> tuple[float, float, float, float]:
    """Its box on the straight page: the box of what is tilted is larger than that, and lies aside."""
    x, y = (region.left + region.right) / 2, (region.top + region.bottom) / 2
    across, down = region.right - region.left, region.bottom - region.top
    wide, high = max(1.0, across - abs(lean) * down), max(1.0, down - abs(fall) * across)
    x, y = x - lean * y, y - fall * x
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _tables(boxes: Boxes) -> list[list[int]]:
    """Boxes [n, 4] with their neighbours, by number, from the top: side by side, or with a gap in one row."""
    left = [int(i) for i in np.lexsort((boxes[:, 0], boxes[:, 1]))]
    tables = []
    while left:
        table, todo = [], [left.pop(0)]
        while todo:
            at = todo.pop()
            table.append(at)
            beside = _beside(boxes[at], boxes[left])
            todo += [i for i, near in zip(left, beside, strict=True) if near]
            left = [i for i, near in zip(left, beside, strict=True) if not near]
        tables.append(table)
    return _with_gaps(boxes, tables)


def _with_gaps(boxes: Boxes, tables: list[list[int]]) -> list[list[int]]:
    """Tables of one row, as high and beside one another, as one: boxes of a form between them were not found."""
    result: list[list[int]] = []
    for table in tables:
        low, high = boxes[table, 1], boxes[table, 3]
        middle, height = float((low + high).mean() / 2), float((high - low).mean())
        for other in result:
            near = np.abs(boxes[other][:, [1, 3]] - [middle - height / 2, middle + height / 2]).max() < SAME * height
            if near and np.ptp(low) < SAME * height and np.ptp(high) < SAME * height:
                other += table
                break
        else:
            result.append(table)
    return result


def _beside(box: Boxes, others: Boxes) -> Boxes:
    """Which of `others`, [n, 4], are neighbours of `box` in one table: across, boxes of one size may stand apart."""
    ours, theirs = box[2:] - box[:2], others[:, 2:] - others[:, :2]
    apart = np.maximum(box[:2], others[:, :2]) - np.minimum(box[2:], others[:, 2:])
    least, most = np.minimum(ours, theirs), np.maximum(ours, theirs)
    below = (-apart[:, 0] > 0.3 * least[:, 0]) & (apart[:, 1] < 0.3 * least[:, 1])
    equal = (least[:, 1] > 0.8 * most[:, 1]) & (least[:, 0] > 0.7 * most[:, 0])
    across = (-apart[:, 1] > 0.3 * least[:, 1]) & (apart[:, 0] < np.where(equal, 0.9, 0.3) * least[:, 0])
    return np.asarray(below | across)


def _steps(values: Boxes, least: float) -> list[int]:
    """The rank of each value; values that follow on one another by less than `least` have the same."""
    order = np.argsort(values, kind="stable")
    ranks = np.concatenate([[0], np.cumsum(np.diff(values[order]) > least)])
    result = np.zeros(len(values), int)
    result[order] = ranks
    return [int(r) for r in result]


def _enlarged(cell: Cell, scale: float, size: tuple[int, int]) -> Cell:
    left, top, right, bottom = (round(v * scale) for v in (cell.left, cell.top, cell.right, cell.bottom))
    return Cell(left, top, min(right, size[1]), min(bottom, size[0]), cell.row, cell.column)
