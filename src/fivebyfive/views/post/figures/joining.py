"""Where ways meet: maps that are added value by value, or put one behind another."""

from typing import TYPE_CHECKING

from fivebyfive.views.post.panel import Panel, largest, map_of, rectangle, sign, wide, wide_title, words
from fivebyfive.views.volumes import JOIN_SIGNS
from fivebyfive.writing import number

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Step

LARGEST = 150.0


def panels(step: "Step", place: "Position") -> list[Panel]:
    """The maps that meet at `place`; none for what is neither a sum, a difference, a product nor a row of maps."""
    if step.size[:2] == (1, 1) or not step.origins:
        return []
    if step.op in JOIN_SIGNS and len(step.origins) == 2 and all(o.size == step.size for o in step.origins):
        first, second = (_map(origin, place) for origin in step.origins)
        return [first, sign(JOIN_SIGNS[step.op]), second, sign("="), _map(step, place)]
    if step.op in ("cat", "concat") and sum(o.size[2] for o in step.origins) == step.size[2]:
        return _behind(step)
    return []


def _map(step: "Step", place: "Position") -> Panel:
    y, x, channel = place
    values = step.maps[channel].detach().float().numpy()
    rows, columns = values.shape
    cell = LARGEST / max(rows, columns)
    title, notes = (
        f"{step.name}",
        [f"channel {channel} of 0–{step.size[2] - 1}", f"{number(step.value(*place))} at y = {y}, x = {x}"],
    )
    elements = [
        words(0, 12, title, "title"),
        map_of(1, 20, columns * cell, rows * cell, values),
        rectangle(1 + x * cell, 20 + y * cell, cell, cell, "mark"),
        *(words(0, 20 + rows * cell + 15 * (n + 1), note) for n, note in enumerate(notes)),
    ]
    return Panel(tuple(elements), max(columns * cell + 2, wide_title(title), *map(wide, notes)), 20 + rows * cell + 36)


def _behind(step: "Step") -> list[Panel]:
    """The first map of each that are put behind each other, with how many there are."""
    drawn: list[Panel] = []
    at = 0
    for n, origin in enumerate(step.origins):
        drawn += [sign(",")] if n else []
        drawn.append(_stack(origin, f"its channels {at}–{at + origin.size[2] - 1}"))
        at += origin.size[2]
    return [*drawn, sign("="), _stack(step, f"{step.size[0]}×{step.size[1]}×{step.size[2]}")]


def _stack(step: "Step", note: str) -> Panel:
    """A few of the step's maps, one behind another."""
    count = min(4, step.size[2])
    rows, columns = step.size[:2]
    cell = 110 / max(rows, columns)
    maps = step.maps[:count].detach().float().numpy()
    scale, top = largest(maps), 20 + 9 * (count - 1)
    elements = [words(0, 12, step.name, "title")]
    for n in range(count - 1, -1, -1):
        elements.append(map_of(1 + 9 * n, top - 9 * n, columns * cell, rows * cell, maps[n], scale))
    bottom = top + rows * cell
    elements += [words(0, bottom + 15, f"{step.size[2]} channels"), words(0, bottom + 30, note)]
    return Panel(tuple(elements), max(columns * cell + 9 * count, wide_title(step.name), wide(note), 80), bottom + 36)
