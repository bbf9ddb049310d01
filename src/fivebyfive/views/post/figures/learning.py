"""The way back: how large the loss's gradient is at each step, from the answer to the picture."""

from typing import TYPE_CHECKING

from fivebyfive.views.post.figures.products import table
from fivebyfive.views.post.panel import Panel

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace

MOST = 24


def panels(trace: "Trace") -> list[Panel]:
    """The steps with a gradient, the last first; of many, evenly chosen ones."""
    sizes = [size for size in trace.gradient_sizes().steps if size.rms > 0][::-1]
    every = -(-len(sizes) // MOST) if sizes else 1
    rows = [(size.name, "", size.rms) for size in sizes[::every]]
    return (
        [table(rows, "the gradient's size (root of the mean square), from the answer back", total=False)]
        if rows
        else []
    )
