"""Reshaping: a picture and its list, row behind row; or maps and their list, value behind value."""

from typing import TYPE_CHECKING

from fivebyfive.views.post.panel import Panel, Values, colour, largest, map_of, rectangle, sign, wide, wide_title, words
from fivebyfive.writing import number

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Step

SHOWN = 7
"""Cells of the list that are drawn."""


def panels(step: "Step", place: "Position") -> list[Panel]:
    """Maps on one side, the list on the other, and where one value lies in both; none for any other reshaping."""
    source = step.origins[0] if step.origins else None
    if source is None or step.op not in ("reshape", "view", "flatten") or source.output.numel() != step.output.numel():
        return []
    folded = source.size[:2] == (1, 1)
    if folded == (step.size[:2] == (1, 1)):
        return []
    found = step.arithmetic(*place).terms[0].position
    if found is None:
        return []
    listed, maps = (source, step) if folded else (step, source)
    number_, at = (found[2], place) if folded else (place[2], found)
    drawn = [_list(listed, number_), sign("→"), _maps(maps, at)]
    return drawn if folded else drawn[::-1]


def _maps(step: "Step", at: "Position") -> Panel:
    """The map that the value lies in, the others behind it."""
    y, x, channel = at
    values = step.maps[channel].detach().float().numpy()
    rows, columns = values.shape
    cell = 168 / max(rows, columns)
    behind = min(3, step.size[2] - 1)
    top = 20 + 7 * behind
    elements = [words(0, 12, step.name, "title")]
    elements += [
        rectangle(1 + 7 * n, top - 7 * n, columns * cell, rows * cell, "cell", "#ffffff") for n in range(behind, 0, -1)
    ]
    note = f"y = {y}, x = {x}, channel {channel} of {step.size[2]}"
    elements += [
        map_of(1, top, columns * cell, rows * cell, values),
        rectangle(1, top + y * cell, columns * cell, cell, "next"),
        rectangle(1 + x * cell, top + y * cell, cell, cell, "mark"),
        words(0, top + rows * cell + 15, f"{rows}×{columns}×{step.size[2]}"),
        words(0, top + rows * cell + 30, note),
    ]
    across = max(columns * cell + 7 * behind + 2, wide(note), wide_title(step.name))
    return Panel(tuple(elements), across, top + rows * cell + 36)


def _list(step: "Step", at: int) -> Panel:
    """The part of the list around number `at`."""
    values: Values = step.maps.detach().float().numpy().reshape(-1)
    first = max(0, min(at - SHOWN // 2, len(values) - SHOWN))
    shown = range(first, min(first + SHOWN, len(values)))
    scale = largest(values)
    title = f"{step.name}: a list of {len(values):,}"
    elements = [words(0, 12, title, "title")]
    if first:
        elements.append(words(20, 30, "⋮", "note", "middle"))
    for n, index in enumerate(shown):
        top = 36 + n * 22
        elements += [
            words(52, top + 15, f"{index:,}", "note", "end"),
            rectangle(60, top, 60, 22, "cell", colour(float(values[index]), scale)),
            words(90, top + 15, number(float(values[index])), "num ink", "middle"),
        ]
    elements.append(rectangle(60, 36 + (at - first) * 22, 60, 22, "mark"))
    bottom = 36 + len(shown) * 22
    if shown[-1] < len(values) - 1:
        elements.append(words(20, bottom + 14, "⋮", "note", "middle"))
    return Panel(tuple(elements), max(124, wide_title(title)), bottom + 18)
