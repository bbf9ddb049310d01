"""Interpolation: each value is a mean of the nearest rows and columns of its own map, each with its weight.

Buffers: ``rows/I`` and ``row-weights/I``, of each row of the output those of the input that it is made of, [height,
taps], and what they are multiplied by; ``columns/I`` and ``column-weights/I`` alike.
"""

import numpy as np
import torch
from torch import Tensor

from fivebyfive.explain.moved import run_again
from fivebyfive.explain.step import Step
from fivebyfive.views.page.envelope import Buffers
from fivebyfive.views.page.sent import Sent

MOST_SIDE = 1024
"""Rows or columns of the input: each is tried alone, all at once."""

GENERAL = True


def sent(step: Step) -> Sent | None:
    """The rows and columns; None for what is no interpolation, or has a depth."""
    origin = step.call.values.get("input")
    nearest = str(step.call.values.get("mode") or "nearest").startswith("nearest")
    if step.op != "interpolate" or nearest or not isinstance(origin, Step) or not step.output.numel():
        return None
    rank = origin.output.dim()
    flat = rank == 3 and step.layout == origin.layout and step.layout[-1] in "LW"
    mapped = rank == 4 and step.layout == origin.layout and (step.layout == "other" or step.layout.endswith("HW"))
    if not (flat or mapped) or max(origin.size[:2]) > MOST_SIDE:
        return None
    height, width = (1, origin.size[1]) if flat else origin.size[:2]
    rows = torch.ones(1, 1) if flat else _tried(step, origin, torch.eye(height)[None, :, :, None])[..., 0].T
    columns = _tried(step, origin, torch.eye(width)[None] if flat else torch.eye(width)[None, :, None])
    columns = (columns if flat else columns[:, 0]).T
    return Sent(buffers=_taps("row", rows) | _taps("column", columns))


def _tried(step: Step, origin: Step, each: Tensor) -> Tensor:
    """What becomes of maps that are 1 in one row or column and 0 elsewhere."""
    with torch.no_grad():
        return run_again(step, {id(origin): each.to(origin.output.dtype)})[0].float()


def _taps(name: str, weights: Tensor) -> Buffers:
    """Of each row of a matrix the columns that are not 0, and what stands there."""
    count = max(1, int((weights != 0).sum(1).max()))
    order = (weights != 0).int().argsort(stable=True, dim=1, descending=True)[:, :count]
    taken = weights.gather(1, order)
    return {f"{name}s": order.numpy().astype(np.int32), f"{name}-weights": taken.numpy().astype(np.float32)}
