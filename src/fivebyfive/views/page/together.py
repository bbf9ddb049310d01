"""Values that a softmax divides among, or a normalization averages, in the page's channels, rows and columns."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fivebyfive.explain.layout import position_of

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step


def together(step: "Step", counts: Sequence[int]) -> dict[str, Any] | None:
    """The page's `Together`; None where its channels, rows and columns cannot say it.

    Args:
        counts: how many values along each dimension of the tensor belong together.
    """
    shape = step.output_shape
    if len(step.origins) != 1 or step.origins[0].layout != step.layout or not shape:
        return None
    y, x, channel = position_of([count - 1 for count in counts], shape, step.layout)
    height, width, channels = step.size
    whole = (y + 1) * (x + 1) * (channel + 1) == math.prod(counts) and channels % (channel + 1) == 0
    if not whole or y + 1 not in (1, height) or x + 1 not in (1, width):
        return None
    return {"channels": channel + 1, "rows": y + 1 == height, "columns": x + 1 == width}
