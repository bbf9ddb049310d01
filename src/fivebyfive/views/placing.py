"""Where a drawing puts its layers: columns from left to right, lanes for branches, rows when a line would be too long.

A layer's column is the longest way to it from the input. A lane is a horizontal line: the longest branch keeps the lane
it is on, others get lanes below. A row may end wherever everything that follows depends on one layer only; the next
row begins with that layer again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Inputs = Sequence[Sequence[int]]
"""For every layer, in an order in which inputs come first, the numbers of its inputs."""


@dataclass
class Row:
    """One line of the drawing.

    Attributes:
        repeated: the layer that it begins with because the row before ended with it.
        columns: its layers, column by column; the repeated one is a column of its own.
        lanes: each layer's lane.
    """

    repeated: int | None
    columns: list[list[int]]
    lanes: dict[int, int]

    def column(self, layer: int) -> int:
        """The column that `layer` is in."""
        return next(c for c, members in enumerate(self.columns) if layer in members)


@dataclass(frozen=True)
class Edge:
    """How the line from one layer to another runs.

    Attributes:
        along: "source", "target": on that layer's lane; "over": above everything, because both lanes are taken.
    """

    source: int
    target: int
    along: str


def columns(inputs: Inputs) -> list[list[int]]:
    """The layers of each column."""
    depth: list[int] = []
    for sources in inputs:
        depth.append(1 + max((depth[s] for s in sources), default=-1))
    return [[n for n, d in enumerate(depth) if d == c] for c in range(max(depth, default=-1) + 1)]


def rows(inputs: Inputs, widths: Sequence[float], most: float) -> list[Row]:
    """Break the columns, which are so wide, into rows of about one length, none wider than `most` if that can be."""
    fewest = _broken(inputs, widths, most)
    shorter = (_broken(inputs, widths, sum(widths) * share / len(fewest)) for share in (1.1, 1.2, 1.35, 1.5))
    return next((even for even in shorter if len(even) == len(fewest)), fewest)


def _broken(inputs: Inputs, widths: Sequence[float], most: float) -> list[Row]:
    all_columns = columns(inputs)
    bridges = _bridges(inputs, all_columns)
    result: list[Row] = []
    start, repeated = 0, None
    while start < len(all_columns):
        used = widths[start - 1] if repeated is not None else 0.0
        end = start
        best = None
        while end < len(all_columns):
            used += widths[end]
            if used > most and best is not None:
                break
            if bridges[end] is not None or end == len(all_columns) - 1:
                best = end
            end += 1
        stop = len(all_columns) - 1 if best is None else best
        members = [list(c) for c in all_columns[start : stop + 1]]
        if repeated is not None:
            members.insert(0, [repeated])
        result.append(Row(repeated, members, _lanes(inputs, members)))
        repeated = bridges[stop]
        start = stop + 1
    return result


def edges(inputs: Inputs, row: Row) -> list[Edge]:
    """The lines within `row`."""
    place = {n: (c, row.lanes[n]) for c, members in enumerate(row.columns) for n in members}
    result = []
    for target in place:
        if target == row.repeated:
            continue
        for source in inputs[target]:
            if source in place:
                result.append(Edge(source, target, _along(place, source, target)))
    return result


def levels(spans: Sequence[tuple[int, int]]) -> list[int]:
    """For lines over the top that span these columns: how high each runs, so that none runs into another."""
    order = sorted(range(len(spans)), key=lambda i: spans[i][1] - spans[i][0])
    result = [0] * len(spans)
    done: list[int] = []
    for i in order:
        taken = {result[j] for j in done if spans[j][0] < spans[i][1] and spans[i][0] < spans[j][1]}
        result[i] = next(level for level in range(len(spans) + 1) if level not in taken)
        done.append(i)
    return result


def _along(place: dict[int, tuple[int, int]], source: int, target: int) -> str:
    (first, source_lane), (last, target_lane) = place[source], place[target]
    between = {lane for column, lane in place.values() if first < column < last}
    if source_lane not in between:
        return "source"
    return "target" if target_lane not in between else "over"


def _bridges(inputs: Inputs, all_columns: list[list[int]]) -> list[int | None]:
    """For every column: the one layer that everything after it depends on, if there is just one."""
    depth = {n: c for c, members in enumerate(all_columns) for n in members}
    result: list[int | None] = []
    for c in range(len(all_columns)):
        sources = {s for t, ss in enumerate(inputs) for s in ss if depth[s] <= c < depth[t]}
        rootless = any(not ss and depth[t] > c for t, ss in enumerate(inputs))
        result.append(sources.pop() if len(sources) == 1 and not rootless else None)
    return result


def _lanes(inputs: Inputs, members: list[list[int]]) -> dict[int, int]:
    order = [n for column in members for n in column]
    inside = set(order)
    readers: dict[int, list[int]] = {n: [] for n in order}
    for n in order:
        for source in inputs[n]:
            if source in inside:
                readers[source].append(n)
    ahead: dict[int, int] = {}
    for n in reversed(order):
        ahead[n] = 1 + max((ahead[r] for r in readers[n]), default=0)
    lanes: dict[int, int] = {}
    owner: dict[int, int] = {}
    for column in members:
        for n in sorted(column, key=lambda n: (-ahead[n], n)):
            mine = [lane for lane, last in owner.items() if last in inputs[n]]
            lane = min(mine) if mine else next(i for i in range(len(order)) if i not in owner)
            lanes[n] = lane
            owner[lane] = n
        settled = lanes.keys()
        for lane, last in list(owner.items()):
            if last not in column and all(r in settled for r in readers[last]):
                del owner[lane]
    return lanes
