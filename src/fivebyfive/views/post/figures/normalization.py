"""Normalization: where the values of a channel lie before and after, with the mean and the deviation used."""

from typing import TYPE_CHECKING

import numpy as np

from fivebyfive.views.post.panel import Panel, Values, line, rectangle, sign, wide, wide_title, words
from fivebyfive.writing import number

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Step

WIDTH, HEIGHT, BINS = 270.0, 110.0, 36


def panels(step: "Step", place: "Position") -> list[Panel]:
    """How a channel's values are spread, before and after; none where its numbers are not known."""
    details = step.arithmetic(*place).details
    if "mean" not in details or "variance" not in details or not step.origins:
        return []
    mean, variance = float(details["mean"]), float(details["variance"])
    before, after = (_values(s, place) for s in (step.origins[0], step))
    far = max(float(np.abs(v[np.isfinite(v)]).max(initial=0)) for v in (before, after)) or 1.0
    deviation = variance**0.5
    y, x, channel = place
    said = [f"channel {channel}; used at y = {y}, x = {x}:", f"mean {number(mean)}, deviation {number(deviation)}"]
    own = f"mean {number(float(after.mean()))}, deviation {number(float(after.std()))}"
    return [
        _spread(step.origins[0].name, before, far, said, (mean - deviation, mean, mean + deviation)),
        sign("→"),
        _spread(step.name, after, far, ["all of these:", own], ()),
    ]


def _values(step: "Step", place: "Position") -> Values:
    """The values of the place's channel; of a list or of tokens, all values."""
    maps: Values = step.maps.detach().float().numpy()
    return maps.ravel() if step.size[:2] == (1, 1) else maps[place[2]].ravel()


def _spread(name: str, values: Values, far: float, notes: list[str], marks: tuple[float, ...]) -> Panel:
    counts, edges = np.histogram(values[np.isfinite(values)], bins=BINS, range=(-far, far))
    heights = counts / max(counts.max(), 1) * HEIGHT
    base = 24 + HEIGHT

    def x(value: float) -> float:
        return (value + far) / (2 * far) * WIDTH

    elements = [words(0, 12, name, "title")]
    elements += [
        rectangle(x(float(edge)), base - tall, WIDTH / BINS - 1, tall, "below" if edge < -1e-9 else "above")
        for edge, tall in zip(edges, heights, strict=False)
        if tall
    ]
    elements += [line(0, base, WIDTH, base), line(x(0), base, x(0), base + 5)]
    elements += [
        words(0, base + 16, number(round(-far, 2))),
        words(x(0), base + 16, "0", "note", "middle"),
        words(WIDTH, base + 16, number(round(far, 2)), "note", "end"),
    ]
    elements += [
        line(x(mark), 22, x(mark), base, "drop" if n == 1 else "next")
        for n, mark in enumerate(marks)
        if abs(mark) <= far
    ]
    elements += [words(0, base + 33 + 15 * n, note) for n, note in enumerate(notes)]
    return Panel(tuple(elements), max(WIDTH + 2, wide_title(name), *map(wide, notes)), base + 26 + 15 * len(notes))
