"""Where the page finds a value: its place in a step's ``output/I``, [channels, height, width] counted row by row.

What a step reads is told by tables of such places, one for each value of its output. Nearly always a table is a sum of
three lists, one for each channel, row and column; only those are sent then.
"""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.explain.layout import as_maps

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

Table = npt.NDArray[np.int32]
NONE = -1
"""The place of what is nowhere, such as padding."""
_FAR = 1 << 29
"""Added to any place, it still is less than none, and three of it fit into a table's numbers."""


def places(step: "Step") -> Tensor | None:
    """Of each value of a step's output its place; None where the page does not show all of them."""
    numbers = torch.arange(step.output.numel()).reshape(step.output_shape)
    shown = as_maps(numbers, step.layout).reshape(-1)
    if shown.numel() != numbers.numel():
        return None
    found = torch.empty_like(shown)
    found[shown] = torch.arange(shown.numel())
    return found.reshape(step.output_shape)


def table(found: Tensor, step: "Step") -> Table:
    """One place for each value of a step's output, as the page reads it.

    Args:
        found: the places, in the shape of the output or one that is repeated to it; negative ones are nowhere.

    Returns:
        [channels + height + width] where three lists add up to it (less than none is nowhere), or else
        [channels, height, width].
    """
    maps = as_maps(found.expand(step.output_shape), step.layout).contiguous().numpy()
    lists = _lists(maps)
    return maps.astype(np.int32) if lists is None else lists


def _lists(maps: npt.NDArray[np.int64]) -> Table | None:
    somewhere = maps >= 0
    if not somewhere.any():
        return None
    c, y, x = (int(i) for i in np.unravel_index(int(somewhere.argmax()), maps.shape))
    origin = maps[c, y, x]
    lines = (maps[:, y, x], maps[c, :, x], maps[c, y, :])
    first, rows, columns = (np.where(line < 0, -_FAR, line - (origin if i else 0)) for i, line in enumerate(lines))
    again = first[:, None, None] + rows[None, :, None] + columns[None, None, :]
    if not np.array_equal(np.maximum(again, NONE), np.maximum(maps, NONE)):
        return None
    return np.concatenate([first, rows, columns]).astype(np.int32)
