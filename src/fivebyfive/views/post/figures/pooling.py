"""Pooling: a corner of a map cut into its windows, and the one value that is made of each."""

from typing import TYPE_CHECKING

import numpy as np

from fivebyfive.explain.windows import window_at
from fivebyfive.views.post.panel import Panel, grid, rectangle, sign

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Step

MOST = 7
"""Rows and columns of the input that are shown with their numbers."""


def panels(step: "Step", place: "Position") -> list[Panel]:
    """The windows of the values at `place` and beside it, with their numbers; none where a window is larger."""
    if "kernel" not in step.attributes or step.origins[0].size[2] != step.size[2]:
        return []
    y, x, channel = place
    source, result = (s.maps[channel].detach().float().numpy() for s in (step.origins[0], step))
    rows, columns = (_shown(step, axis, at) for axis, at in ((0, y), (1, x)))
    if not rows or not columns:
        return []
    spans = [[window_at(step, r, c) for c in columns] for r in rows]
    top, left = max(0, spans[0][0][0][0]), max(0, spans[0][0][1][0])
    bottom, right = min(source.shape[0], spans[-1][-1][0][1]), min(source.shape[1], spans[-1][-1][1][1])
    seen = source[top:bottom, left:right]
    scale = float(np.abs(seen).max(initial=0))
    before = grid(seen, f"{step.origins[0].name}, channel {channel}", scale=scale,
                  note=f"rows {top}–{bottom - 1}, columns {left}–{right - 1}")  # fmt: skip
    apart = all(s >= k for s, k in zip(step.attributes["stride"], step.attributes["kernel"], strict=True))
    frames = [
        _frame(window_at(step, r, c), top, left, bottom, right, "mark" if (r, c) == (y, x) else "next")
        for r in rows
        for c in columns
        if apart or (r == y and c in (x, x + 1))
    ]
    after = grid(result[np.ix_(rows, columns)], step.name, scale=scale,
                 marked=[(rows.index(y), columns.index(x))], note=f"the {_what(step)} of each window")  # fmt: skip
    return [Panel((*before.elements, *frames), before.width, before.height), sign("→"), after]


def _what(step: "Step") -> str:
    pooling = str(step.attributes["pooling"])
    return "largest" if pooling == "max" else pooling


def _shown(step: "Step", axis: int, at: int) -> list[int]:
    """Places of the output around `at` whose windows together are small enough to be shown."""
    for n in (3, 2, 1):
        first = max(0, min(at - (n - 1) // 2, step.size[axis] - n))
        places = list(range(first, min(first + n, step.size[axis])))
        pairs = [window_at(step, p, 0)[0] if axis == 0 else window_at(step, 0, p)[1] for p in places]
        if pairs[-1][1] - pairs[0][0] <= MOST:
            return places
    return []


def _frame(
    window: tuple[tuple[int, int], tuple[int, int]], top: int, left: int, bottom: int, right: int, name: str
) -> str:
    (y0, y1), (x0, x1) = window
    y0, y1, x0, x1 = max(y0, top), min(y1, bottom), max(x0, left), min(x1, right)
    inset = 1.5 if name == "next" else 0
    return rectangle(1 + (x0 - left) * 44 + inset, 20 + (y0 - top) * 28 + inset, (x1 - x0) * 44 - 2 * inset,
                     (y1 - y0) * 28 - 2 * inset, name)  # fmt: skip
