"""The receptive fields as the page reads them: of each value the rows and columns of the image that it depends on.

Buffers: ``top/I``, ``bottom/I``, ``left/I``, ``right/I``, the first and the last row and column, [channels, height,
width] with size 1 where they do not vary; where the last is less than the first, a value depends on nothing.
"""

from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from fivebyfive.explain.fields.spans import compressed
from fivebyfive.explain.layout import as_maps
from fivebyfive.explain.seen import ends
from fivebyfive.views.guard import guarded
from fivebyfive.views.page.envelope import Buffers

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

MOST = 1 << 18
"""Numbers that one of the buffers may have; beyond that, a step's receptive fields are not sent."""


def buffers(trace: "Trace") -> Buffers:
    """The receptive fields of every step where they are known."""
    found: Buffers = {}
    for step in trace.steps:
        found |= guarded(step, "The receptive field", _of_step, lambda _: {})
    return found


def _of_step(step: "Step") -> Buffers:
    known = ends(step)
    if known is None:
        return {}
    (top, bottom), (left, right) = known
    named = {"top": top, "bottom": bottom, "left": left, "right": right}
    maps = {name: _as_maps(values, step) for name, values in named.items()}
    if any(values.numel() > MOST for values in maps.values()):
        return {}
    return {f"{name}/{step.index}": values.numpy().astype(np.int32) for name, values in maps.items()}


def _as_maps(values: Tensor, step: "Step") -> Tensor:
    """As [channels, height, width], each repeated only where it varies."""
    lead = values.shape[:-2]
    if step.layout == "other" and any(n > 1 for n in lead):
        values = values.expand(*step.output_shape[:-2], *values.shape[-2:])
    return compressed(as_maps(values, step.layout))
