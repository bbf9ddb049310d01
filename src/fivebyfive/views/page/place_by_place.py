"""Two results joined place by place, an only row, column or map lent to all."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step


def is_joined(step: "Step", op: str, join: Callable[[Tensor, Tensor], Tensor]) -> bool:
    """Whether the step joins its two inputs' maps in this way: its maps are looked at."""
    if step.op != op or step.kind != "joining" or step.attributes.get("alpha", 1) != 1 or len(step.origins) != 2:
        return False
    a, b = (origin.maps for origin in step.origins)
    whole = step.maps.shape
    if any(n not in (1, size) for maps in (a, b) for n, size in zip(maps.shape, whole, strict=True)):
        return False
    joined = join(a, b).to(step.output.dtype)
    return joined.shape == whole and torch.allclose(joined, step.maps, rtol=1e-5, atol=0, equal_nan=True)
