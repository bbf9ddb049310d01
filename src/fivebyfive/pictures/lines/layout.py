"""Shapes become lines in reading order: row by row, and in each row column by column, or cell by cell.

A gap that is clearly wider than the row's usual one is a space. Lists beside one another are columns: where their rows
stand at the same heights, lines of one row have the same number; else one list is read after the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.lines import rows
from fivebyfive.pictures.lines.grouping import Shape
from fivebyfive.pictures.lines.parts import median
from fivebyfive.pictures.lines.rows import Boxes
from fivebyfive.pictures.reading import marks
from fivebyfive.pictures.reading.marks import Geometry

Numbers = npt.NDArray[np.int64]

WIDER, MORE = 1.6, 0.35
"""A space is so many times as wide as the usual gap, and so much more, in the row's height."""
STEP = 1.15
"""A space makes the step from one shape's end to the next one's end so many times as long as the middle one."""
APART = 1.2
"""Columns are so far apart, in the usual height."""
LEVEL = 0.4
"""Rows of two columns are one where their heights differ by less, in the usual height."""
SQUARE = 1.3
"""A box for one digit is at most so many times as wide as high."""
SPILT = 0.12
"""Beyond a cell is what goes so far over its rules, in its own height."""
TOUCHING, GRID = 0.15, 4
"""Cells of a table are no further apart, in their height, as told by so many of a row."""
SPECK, UNLIKELY = 0.3, 0.1
"""What is smaller, in the usual size, and no likelier a mark, is a speck of dirt."""
CLEAN, MANY = 20, 4
"""Where there are more specks in a line than these and so many for each digit, none of them is a mark."""
SMALLEST = 0.15
"""No digit is smaller, in the same."""
DIRT = "a speck"
"""Why the paper's own dirt is in no line."""
SLENDER, DASH = 8.0, 1.4
"""What is so many times as wide as it is high, and so many times as wide as what is written is high, is no dash."""
HAIR = 0.4
"""What is thinner than this share of the usual pen, and long, is no writing: it is left of a line of the paper."""


class Cell(Protocol):
    """A table's cell: its box, and which it is."""

    @property
    def left(self) -> int: ...
    @property
    def top(self) -> int: ...
    @property
    def right(self) -> int: ...
    @property
    def bottom(self) -> int: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> int: ...


@dataclass(frozen=True)
class Line:
    """Shapes that are read one after the other.

    Attributes:
        members: the shapes, by number, from the left.
        spaces: those, by number within `members`, before which there is a space.
        row, column: where it stands on the page; lines with the same row are beside one another.
        cell: the row and the column of the table's cell that it is in; None outside tables, and for boxes of a form,
            a digit in each, that are read as one line.
    """

    members: tuple[int, ...]
    spaces: tuple[int, ...] = ()
    row: int = 0
    column: int = 0
    cell: tuple[int, int] | None = None


@dataclass(frozen=True)
class Layout:
    """All shapes of a page: the lines in reading order, and why each of the others is in none, by number."""

    lines: tuple[Line, ...]
    left_out: dict[int, str]


def lines(shapes: Sequence[Shape], cells: Sequence[Cell] = ()) -> Layout:
    """The lines that `shapes` stand in; each shape is in one of them or left out."""
    boxes = Boxes.of(shapes)
    left_out = dict.fromkeys([*_hairs(shapes), *_bars(shapes)], "a thin line")
    written = [i for i in range(len(shapes)) if i not in left_out]
    if not written:
        return Layout((), left_out)
    homes = _by_cell(boxes, written, cells)
    if not _hold(boxes, homes):
        cells, homes = (), [(None, written)]
    some = boxes.at(np.array(written))
    level = boxes.level(rows.slope(some.at(some.height >= rows.BODY * some.usual)))
    groups: list[_Group] = []
    for cell, members in homes:
        found, without = _block(shapes, level, np.array(members), cell)
        left_out |= without
        groups += found
    return Layout(tuple(_numbered(_forms(level, _together(level, groups), cells))), left_out)


@dataclass(frozen=True)
class _Group:
    """What has one row's number: from the left, columns or cells, each with one line or, in a cell, several.

    Attributes:
        height: where it stands from the top; what stands as high is read in the order of its finding.
        row: of the table; None outside tables.
    """

    height: float
    row: int | None
    columns: tuple[tuple[Line, ...], ...]


def _hairs(shapes: Sequence[Shape]) -> list[int]:
    """Those far thinner than the pen, by number: half of a digit's ink beside its longer side is about its width."""
    large = [s for s in shapes if s.size >= rows.BODY * s.usual]
    if not large:
        return []
    widths = np.array([s.area / (2 * s.size) for s in large])
    order = np.argsort(widths)
    ink = np.cumsum([large[i].area for i in order])
    # By ink, for there may be as many hairs as digits; by number, where there are several, for a scribble is all ink.
    pen = float(widths[order[int(np.searchsorted(ink, ink[-1] / 2))]])
    pen = min(pen, median(widths.tolist())) if len(large) > 2 else pen
    thin = [s.area < HAIR * pen * s.size and s.size * s.size > 4 * s.area for s in shapes]
    return [i for i, s in enumerate(shapes) if thin[i] and not s.is_colon]


def _bars(shapes: Sequence[Shape]) -> list[int]:
    """Those that are level and longer than any dash beside what is written, by number: underlines, pieces of rules."""
    tall = max((s.height for s in shapes if s.width < SLENDER * s.height), default=0)
    return [i for i, s in enumerate(shapes) if s.width > SLENDER * s.height and s.width > DASH * tall > 0]


def _by_cell(boxes: Boxes, written: list[int], cells: Sequence[Cell]) -> list[tuple[Cell | None, list[int]]]:
    """The shapes of each cell, in the table's order, and those in none."""
    if not cells:
        return [(None, written)]
    sides = np.array([(c.left, c.top, c.right, c.bottom) for c in cells], np.float64)
    places: dict[int, list[int]] = {}
    for i in written:
        x, y = boxes.middle[i], (boxes.top[i] + boxes.bottom[i]) / 2
        inside = (sides[:, 0] <= x) & (x < sides[:, 2]) & (sides[:, 1] <= y) & (y < sides[:, 3])
        # Boxes of cells overlap on a tilted page: the one whose middle is nearest, in its own width and height.
        across = np.abs(2 * x - sides[:, 0] - sides[:, 2]) / (sides[:, 2] - sides[:, 0])
        down = np.abs(2 * y - sides[:, 1] - sides[:, 3]) / (sides[:, 3] - sides[:, 1])
        at = int(np.where(inside, np.maximum(across, down), np.inf).argmin()) if inside.any() else -1
        places.setdefault(at, []).append(i)
    order = sorted(places, key=lambda at: (cells[at].row, cells[at].column) if at >= 0 else (-1, -1))
    return [(cells[at] if at >= 0 else None, places[at]) for at in order]


def _hold(boxes: Boxes, homes: Sequence[tuple[Cell | None, list[int]]]) -> bool:
    """Whether what begins in a cell mostly ends there: on squared paper it does not."""
    kept = spilled = 0
    for cell, members in homes:
        if cell is not None:
            some = boxes.at(np.array(members))
            out = [cell.left - some.left, cell.top - some.top, some.right - cell.right, some.bottom - cell.bottom]
            beyond = (np.max(out, axis=0) > SPILT * some.height)[some.height >= rows.BODY * some.usual]
            kept, spilled = kept + int((~beyond).sum()), spilled + int(beyond.sum())
    return spilled <= kept


def _block(
    shapes: Sequence[Shape], level: Boxes, members: Numbers, cell: Cell | None
) -> tuple[list[_Group], dict[int, str]]:
    """The rows of what stands together, and why others are in none."""
    left_out: dict[int, str] = {}
    columns = []
    for part in _columns(level, members) if cell is None else [members]:
        found = rows.find(level.at(part))
        left_out |= {int(part[i]): why for i, why in found.left_out.items()}
        columns.append([tuple(int(part[i]) for i in row) for row in found.rows])
    columns, specks = _without_specks(shapes, columns)
    left_out |= dict.fromkeys(specks, DIRT)
    usual = _usual_gap(level, [row for column in columns for row in column])
    lined = [[Line(row, _spaces(level, row, usual)) for row in column] for column in columns]
    if cell is not None:
        whole = tuple(replace(line, cell=(cell.row, cell.column)) for line in lined[0])
        height = float(np.mean([_height(level, line) for line in whole])) if whole else 0.0
        return [_Group(height, cell.row, (whole,))] if whole else [], left_out
    return _beside(level, lined), left_out


def _without_specks(
    shapes: Sequence[Shape], columns: list[list[tuple[int, ...]]]
) -> tuple[list[list[tuple[int, ...]]], list[int]]:
    """The rows without what is small and stands where no mark would; and this."""
    specks: list[int] = []
    for rows_of_column in columns:
        for at, row in enumerate(rows_of_column):
            small = [i for i in row if shapes[i].size < SPECK * shapes[i].usual]
            if len(small) > CLEAN + MANY * (len(row) - len(small)):
                specks += small
                rows_of_column[at] = tuple(i for i in row if shapes[i].size >= SPECK * shapes[i].usual)
            elif small and len(small) < len(row):
                where = Geometry.of([shapes[i] for i in row])
                dirt = {i for i in small if _likelihood(shapes[i], where) < UNLIKELY}
                specks += sorted(dirt)
                rows_of_column[at] = tuple(i for i in row if i not in dirt)
    return columns, specks


def _likelihood(shape: Shape, where: Geometry) -> float:
    """That of whichever mark it may be, or digit, as which it may not be too small."""
    found = marks.by_box(shape, where)
    return max(p for mark, p in found.items() if mark != marks.DIGIT or shape.size >= SMALLEST * shape.usual)


def _columns(level: Boxes, members: Numbers) -> list[Numbers]:
    """`members` parted where a wide gap goes through at least two rows of what stands on either side."""
    body = members[level.height[members] >= rows.BODY * level.usual[members]]
    body = body[np.argsort(level.left[body], kind="stable")]
    if len(body) < 4:
        return [members]
    tall = median(level.height[body])
    ends = np.maximum.accumulate(level.right[body])
    apart = max(APART * tall, 1.5 * tall * _usual_gap(level, _runs(level, body), 0.25))
    edges = [
        (level.left[body[i + 1]] + ends[i]) / 2
        for i in np.flatnonzero(level.left[body[1:]] - ends[:-1] > apart).tolist()
    ]
    at = np.searchsorted(edges, level.middle[members])
    parts = [members[at == i] for i in range(len(edges) + 1)]
    if len(parts) == 1 or any(np.ptp(level.bottom[part]) < tall for part in parts):
        return [members]
    return parts


def _runs(level: Boxes, body: Numbers) -> list[tuple[int, ...]]:
    """Neighbours in whichever rows `body` may stand in, from the left."""
    return [tuple(body[list(row)].tolist()) for row in rows.find(level.at(body)).rows]


def _height(level: Boxes, line: Line) -> float:
    """Where the line stands, from the top: its larger shapes say it."""
    members = list(line.members)
    return float(np.average((level.top + level.bottom)[members] / 2, weights=level.height[members]))


def _beside(level: Boxes, columns: list[list[Line]]) -> list[_Group]:
    """Lines of columns as groups: together where they stand as high; all of one column first where few do."""
    tall = median(level.height)
    heights = [[_height(level, line) for line in column] for column in columns]
    groups, last, matched = [[line] for line in columns[0]], list(heights[0]), 0
    for column, high in zip(columns[1:], heights[1:], strict=True):
        for line, height in zip(column, high, strict=True):
            away = np.abs(np.array(last) - height)
            at = int(away.argmin()) if len(away) else -1
            if at >= 0 and away[at] < LEVEL * tall:
                groups[at].append(line)
                last[at] = height
                matched += 1
            else:
                groups.append([line])
                last.append(height)
    if matched < 0.5 * sum(len(column) for column in columns[1:]):
        top = min(height for high in heights for height in high)
        numbered = ((line, n) for n, column in enumerate(columns) for line in column)
        return [_Group(top, None, ((replace(line, column=n),),)) for line, n in numbered]
    return [_Group(_height(level, group[0]), None, tuple((line,) for line in group)) for group in groups]


def _together(level: Boxes, groups: list[_Group]) -> list[_Group]:
    """The cells of one row of a table as one group, with what stands beside them as high; and all from the top."""
    tables = []
    for row in sorted({group.row for group in groups if group.row is not None}):
        of = [group for group in groups if group.row == row]
        height = float(np.mean([group.height for group in of]))
        tables.append(_Group(height, row, tuple(column for group in of for column in group.columns)))
    result = []
    tall = median(level.height)
    for group in groups:
        if group.row is not None:
            continue
        near = min(tables, key=lambda table: abs(table.height - group.height), default=None)
        if near is None or abs(near.height - group.height) > LEVEL * tall:
            result.append(group)
            continue
        columns = sorted((*near.columns, *group.columns), key=lambda c: min(level.left[list(c[0].members)]))
        tables[tables.index(near)] = replace(near, columns=tuple(columns))
    return sorted([*result, *tables], key=lambda group: group.height)


def _forms(level: Boxes, groups: list[_Group], cells: Sequence[Cell]) -> Iterable[_Group]:
    """`groups` with boxes for one digit each, beside one another, as one line, even where some boxes were not found."""
    for group in groups:
        here = [c for c in cells if c.row == group.row]
        narrow = (
            bool(here)
            and not _is_in_grid(here, cells)
            and median([(c.right - c.left) / (c.bottom - c.top) for c in here]) <= SQUARE
        )
        lined = [line for column in group.columns for line in column]
        single = len(lined) == len(group.columns) > 1 and all(_bodies(level, line) <= 1 for line in lined if line.cell)
        if not narrow or not single:
            yield group
            continue
        starts = np.cumsum([0, *(len(line.members) for line in lined)])
        gaps = tuple(
            int(starts[i])
            for i in range(1, len(lined))
            if (a := lined[i - 1].cell) and (b := lined[i].cell) and b[1] > a[1] + 1
        )
        yield replace(group, columns=((Line(tuple(i for line in lined for i in line.members), gaps),),))


def _is_in_grid(row: Sequence[Cell], cells: Sequence[Cell]) -> bool:
    """Whether the cells of a row share rules with those of the row above it or below: a table's, not a form's."""
    height = float(np.median([c.bottom - c.top for c in row]))
    return any(
        abs(other.row - cell.row) == 1
        and min(cell.right, other.right) - max(cell.left, other.left) > 0.5 * (cell.right - cell.left)
        and abs(max(cell.top, other.top) - min(cell.bottom, other.bottom)) < TOUCHING * height
        for cell in row[:GRID]
        for other in cells
    )


def _bodies(level: Boxes, line: Line) -> int:
    members = list(line.members)
    return int((level.height[members] >= rows.BODY * level.usual[members]).sum())


def _numbered(groups: Iterable[_Group]) -> Iterable[Line]:
    """The lines in reading order, with their rows and columns."""
    row = 0
    for group in groups:
        for at, column in enumerate(group.columns):
            for down, line in enumerate(column):
                number = line.cell[1] if line.cell else max(at, line.column)
                yield replace(line, row=row + down, column=number)
        row += max(len(column) for column in group.columns)


def _gaps(level: Boxes, row: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """How far each shape of a row but the first is from what stands before it, in the row's height."""
    if len(row) < 2:
        return np.zeros(0)
    members = list(row)
    tall = median(level.height[members][level.height[members] >= 0.5 * level.height[members].max()])
    ends = np.maximum.accumulate(level.right[members])
    return (level.left[members][1:] - ends[:-1]) / tall


def _usual_gap(level: Boxes, found: list[tuple[int, ...]], share: float = 0.5) -> float:
    """The gap that so large a share of all in these rows is at most, in the row's height."""
    gaps = [gap for row in found for gap in _gaps(level, row)]
    return max(0.0, float(np.quantile(gaps, share))) if gaps else 0.0


def _spaces(level: Boxes, row: tuple[int, ...], usual: float) -> tuple[int, ...]:
    """The shapes of a row, by number within it, that are clearly further from the one before than is usual.

    A narrow one that ends no further from the end of the one before than is usual has its own width's place: so a
    display shows its 1.
    """
    gaps = _gaps(level, row)
    own = max(0.0, median(gaps)) if len(gaps) > 2 else usual
    wide = gaps > WIDER * min(own, 1.5 * usual) + MORE
    steps = np.diff(level.right[list(row)])
    if len(steps) > 1:
        wide &= steps > STEP * np.sort(steps)[(len(steps) - 1) // 2]
    return tuple((np.flatnonzero(wide) + 1).tolist())
