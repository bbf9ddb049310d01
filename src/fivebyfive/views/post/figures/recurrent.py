"""A recurrent layer: what it remembers, time after time, and the gates behind one of these numbers."""

from typing import TYPE_CHECKING

from fivebyfive.views.post.figures.products import table
from fivebyfive.views.post.panel import Panel, map_of, rectangle, wide, words

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Step

SAID = {
    "i": "i: how much of the new is taken in", "f": "f: how much of the memory stays", "g": "g: what is new",
    "o": "o: how much is shown", "c_before": "c, the memory before", "c": "c, the memory now",
    "r": "r: how much the memory counts for what is new", "z": "z: how much of the memory stays", "n": "n: what is new",
    "h_before": "h, the time before",
}  # fmt: skip


def panels(step: "Step", place: "Position") -> list[Panel]:
    """The remembered numbers over time, and how the one at `place` came about."""
    drawn = [_over_time(step, place)] if step.size[1] > 1 and step.size[0] == 1 else []
    details = step.arithmetic(*place).details
    rows = [(said, "", float(details[name])) for name, said in SAID.items() if name in details]
    rows.append(("what comes out", "", step.value(*place)))
    return [*drawn, table(rows, f"number {place[2]} at time {details.get('time', place[1])}")]


def _over_time(step: "Step", place: "Position") -> Panel:
    values = step.maps[:, 0, :].detach().float().numpy()
    units, times = values.shape
    across, tall = 280.0, min(200.0, 12.0 * units)
    _, x, unit = place
    cell, row = across / times, tall / units
    note = f"{units} numbers down, {times} times across"
    elements = [
        words(0, 12, f"{step.name}: what it remembers", "title"),
        map_of(1, 20, across, tall, values),
        rectangle(1 + x * cell, 20 + unit * row, cell, row, "mark"),
        words(0, 35 + tall, note),
    ]
    return Panel(tuple(elements), max(across + 2, wide(note)), tall + 40)
