"""A window that slides over a map: where it lies, what it covers, its filter, the products, and what they make."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fivebyfive.explain.windows import window_at
from fivebyfive.views.post.panel import Panel, Values, grid, map_of, rectangle, sign, wide, wide_title, words
from fivebyfive.writing import count, number

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Arithmetic, Step, Term

LARGEST = 190.0
"""Pixels of a map's longer side."""
SHOWN_CHANNELS = 4


def panels(step: "Step", place: "Position") -> list[Panel]:
    """The sliding window for the value at `place`, in the channel of the input whose products weigh most."""
    found = step.arithmetic(*place)
    cells = {} if step.attributes.get("transposed") else _cells(found)
    if not cells:
        return []
    sums = {channel: sum(t.product for t in terms) for channel, terms in cells.items()}
    channel = max(sums, key=lambda c: sum(abs(t.product) for t in cells[c]))
    source = step.origins[0]
    values, weights, padding = _grids(step, cells[channel])
    of = "" if source.size[2] == 1 else f", channel {channel} of 0–{source.size[2] - 1}"
    return [
        _covered(step, place, channel, f"{source.name}{of}"),
        sign("→"),
        grid(values, "what it covers", padding=padding, note="dashed: padding" if padding.any() else ""),
        sign("·"),
        grid(weights, f"filter {place[2]}{of}"),
        sign("="),
        grid(values * weights, "products", note=f"they add up to {number(sums[channel])}"),
        sign("→"),
        _made(step, place, found),
    ]


def of_channels(step: "Step", place: "Position") -> list[Panel]:
    """How the sums of the input's channels add up to one value; none where there is but one channel."""
    found = step.arithmetic(*place)
    cells = _cells(found)
    if len(cells) < 2:
        return []
    sums = {channel: sum(t.product for t in terms) for channel, terms in cells.items()}
    order = sorted(sums, key=lambda c: -abs(sums[c]))
    drawn: list[Panel] = []
    for n, channel in enumerate(order[:SHOWN_CHANNELS]):
        values, weights, _ = _grids(step, cells[channel])
        drawn += [sign("+")] if n else []
        drawn.append(_pair(values, weights, channel, sums[channel]))
    rest = [sums[c] for c in order[SHOWN_CHANNELS:]]
    lines = [f"the other {count(len(rest), 'channel')}: {number(sum(rest))}"] if rest else []
    lines += [] if found.bias is None else [f"bias: {number(found.bias)}"]
    return [*drawn, *([sign("+"), _said(lines)] if lines else []), sign("="), _said([number(found.total)], "title")]


def _cells(found: "Arithmetic") -> "dict[int, list[Term]]":
    """The terms by the input's channel, where each has its place in a filter of rows and columns."""
    cells: dict[int, list[Term]] = {}
    for term in found.terms:
        if len(term.tap) != 3 or term.position is None:
            return {}
        cells.setdefault(term.position[2], []).append(term)
    return cells


def _grids(step: "Step", terms: "Sequence[Term]") -> "tuple[Values, Values, np.typing.NDArray[np.bool_]]":
    """Values, weights and which of them are padding, [height, width] of the kernel."""
    shape = step.attributes["kernel"]
    values, weights, padding = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    for term in terms:
        at = term.tap[:2]
        values[at], weights[at], padding[at] = term.value, term.weight, term.padding
    return values, weights, padding


def _covered(step: "Step", place: "Position", channel: int, title: str) -> Panel:
    """The map of the input with the window on it, and where it moves next."""
    source = step.origins[0].maps[channel].detach().float().numpy()
    (y0, y1), (x0, x1) = window_at(step, place[0], place[1])
    before = [side[0] for side in step.attributes["padding"]]
    rows, columns = source.shape
    cell = LARGEST / max(rows + sum(step.attributes["padding"][0]), columns + sum(step.attributes["padding"][1]))
    left, top = before[1] * cell + 1, 20 + before[0] * cell
    tall, across = ((n + sum(s)) * cell for n, s in zip((rows, columns), step.attributes["padding"], strict=True))
    down = step.attributes["stride"][1] * cell
    window = (left + x0 * cell, top + y0 * cell, (x1 - x0) * cell, (y1 - y0) * cell)
    moved = (window[0] + down, *window[1:]) if place[1] + 1 < step.size[1] else None
    notes = [f"{rows}×{columns}", f"the window at y = {place[0]}, x = {place[1]}"]
    elements = [
        words(0, 12, title, "title"),
        *([rectangle(1, 20, across, tall, "pad")] if any(map(any, step.attributes["padding"])) else []),
        map_of(left, top, columns * cell, rows * cell, source),
        *([rectangle(*moved, "next")] if moved else []),
        rectangle(*window, "mark"),
        *(words(0, 20 + tall + 15 * (n + 1), note) for n, note in enumerate(notes)),
    ]
    return Panel(tuple(elements), max(across + 2, wide_title(title), *map(wide, notes)), tall + 56)


def _made(step: "Step", place: "Position", found: "Arithmetic") -> Panel:
    """The map that comes out, with the value's place."""
    y, x, channel = place
    values = step.maps[channel].detach().float().numpy()
    rows, columns = values.shape
    cell = LARGEST / max(rows, columns)
    note = f"{number(found.total)} at y = {y}, x = {x}"
    title = f"{step.name}, channel {channel}"
    elements = [
        words(0, 12, title, "title"),
        map_of(1, 20, columns * cell, rows * cell, values),
        rectangle(1 + x * cell - 1, 20 + y * cell - 1, cell + 2, cell + 2, "mark"),
        words(0, 20 + rows * cell + 15, note),
    ]
    return Panel(tuple(elements), max(columns * cell + 2, wide_title(title), wide(note)), 20 + rows * cell + 20)


def _pair(values: Values, weights: Values, channel: int, total: float) -> Panel:
    """One channel's window and filter, without figures."""
    rows, columns = values.shape
    cell = min(16.0, 96 / max(rows, columns))
    title, note = f"channel {channel}", f"sum {number(total)}"
    across, tall = columns * cell, rows * cell
    elements = [
        words(0, 12, title, "title"),
        map_of(1, 20, across, tall, values),
        words(across + 8, 20 + tall / 2 + 4, "·", "title"),
        map_of(across + 18, 20, across, tall, weights),
        words(0, 20 + tall + 15, note),
    ]
    return Panel(tuple(elements), max(2 * across + 20, wide_title(title), wide(note)), 20 + tall + 20)


def _said(lines: Sequence[str], font: str = "note") -> Panel:
    """Words in place of a picture."""
    elements = (words(0, 40 + 16 * n, said, font) for n, said in enumerate(lines))
    return Panel(tuple(elements), max(map(wide_title, lines)), 60 + 16 * len(lines))
