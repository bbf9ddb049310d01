"""An activation's curve, with how often each input occurs below it, and one value's way through it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from fivebyfive.views.post.panel import Panel, line, rectangle, wide, wide_title, words
from fivebyfive.writing import number

if TYPE_CHECKING:
    from fivebyfive.explain.functions import Single
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Step

WIDTH, HEIGHT, COUNTS = 300.0, 180.0, 56.0
BINS = 40
LEFT, TOP = 48.0, 28.0


def panels(step: "Step", single: "Single | None", place: "Position") -> list[Panel]:
    """The function, drawn over the inputs that this picture gave it; none where it is no function of one value."""
    if single is None or not step.origins:
        return []
    given = step.origins[0].output.detach().float().numpy().ravel()
    given = given[np.isfinite(given)]
    if not len(given):
        return []
    far = float(np.abs(given).max()) or 1.0
    numbers = single.numbers[place[2] if len(single.numbers) > 1 else 0] if single.numbers else {}
    xs = np.linspace(-far, far, 161)
    ys = np.array([_at(single, float(x), numbers) for x in xs])
    if not np.isfinite(ys).all():
        return []
    return [_Plot(step, given, xs, ys, place).panel()]


def _at(single: "Single", x: float, numbers: Any) -> float:
    try:
        return single.function.at(x, numbers)
    except (ValueError, ZeroDivisionError, OverflowError):
        return float("nan")


class _Plot:
    """The axes: x over the width, y over the height."""

    def __init__(self, step: "Step", given: Any, xs: Any, ys: Any, place: "Position") -> None:
        self.step, self.given, self.xs, self.ys, self.place = step, given, xs, ys, place
        self.low, self.high = min(float(ys.min()), 0.0), max(float(ys.max()), 0.0)

    def x(self, value: float) -> float:
        return LEFT + (value - float(self.xs[0])) / float(self.xs[-1] - self.xs[0]) * WIDTH

    def y(self, value: float) -> float:
        return TOP + (self.high - value) / ((self.high - self.low) or 1.0) * HEIGHT

    def panel(self) -> Panel:
        title = f"{self.step.name}: what comes out"
        points = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in zip(self.xs, self.ys, strict=True))
        elements = [
            words(0, 12, title, "title"),
            line(LEFT, self.y(0), LEFT + WIDTH, self.y(0)),
            line(self.x(0), TOP, self.x(0), TOP + HEIGHT),
            f'<path class="curve" d="M{points}"/>',
            words(LEFT - 6, self.y(self.high) + 4, number(round(self.high, 3)), "num", "end"),
            words(LEFT + WIDTH, self.y(0) - 5, number(round(float(self.xs[-1]), 3)), "num", "end"),
            words(LEFT, self.y(0) - 5, number(round(float(self.xs[0]), 3)), "num"),
            *self._example(),
            *self._counts(),
        ]
        return Panel(tuple(elements), max(LEFT + WIDTH + 8, wide_title(title)), TOP + HEIGHT + COUNTS + 54)

    def _example(self) -> list[str]:
        term = self.step.arithmetic(*self.place).terms[0]
        if not np.isfinite([term.value, self.step.value(*self.place)]).all():
            return []
        x, y = self.x(term.value), self.y(self.step.value(*self.place))
        said = f"{number(term.value)} → {number(self.step.value(*self.place))}"
        inside = min(max(x, LEFT + wide(said) / 2), LEFT + WIDTH - wide(said) / 2)
        above = y - 10 if y - 22 > TOP else y + 20
        return [
            line(x, self.y(0), x, y, "next"),
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" class="drop above"/>',
            words(
                inside - (wide(said) / 2 + 12 if x > LEFT + WIDTH / 2 else -wide(said) / 2 - 12),
                above,
                said,
                "title",
                "middle",
            ),
        ]

    def _counts(self) -> list[str]:
        """How many of the inputs lie in each part of the axis, as bars."""
        counts, edges = np.histogram(self.given, bins=BINS, range=(float(self.xs[0]), float(self.xs[-1])))
        heights = np.sqrt(counts / max(counts.max(), 1)) * COUNTS
        base = TOP + HEIGHT + COUNTS + 16
        bars = [
            rectangle(self.x(left), base - tall, WIDTH / BINS - 1, tall, "below" if right <= 1e-9 else "above")
            for left, right, tall in zip(edges, edges[1:], heights, strict=False)
            if tall
        ]
        said = f"how many of {len(self.given):,} inputs lie where,"
        return [
            *bars,
            line(LEFT, base, LEFT + WIDTH, base),
            words(LEFT, base + 15, said),
            words(LEFT, base + 30, "each bar by the square root"),
        ]
