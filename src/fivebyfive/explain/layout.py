"""Where channel, y and x lie in a tensor: from a place in it to a position, and back.

A layout names the dimensions: "NCHW", "NHWC", "flat" ([N, C]), "NLC" (tokens), "NCL" …, or "other" where it is not
known; then the last two dimensions are taken for rows and columns, and all others together for channels.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

Position = tuple[int, int, int]
"""(y, x, channel)."""
Size = tuple[int, int, int]
"""(height, width, channels)."""


def as_maps(tensor: Tensor, layout: str) -> Tensor:
    """A batch of one as feature maps, [channels, height, width]; a view of it where that is possible."""
    letters = "NC" if layout == "flat" else layout
    if letters == "other":
        if tensor.dim() and tensor.shape[0] == 1 and tensor.dim() > 3:
            tensor = tensor[0]
        return tensor.reshape(math.prod(tensor.shape[:-2]), *tensor.shape[-2:])
    if "N" in letters:
        tensor = tensor.select(letters.index("N"), 0)
        letters = letters.replace("N", "")
    for letter, missing in (("C", "C"), ("H", "H"), ("W", "WL")):
        if not set(missing) & set(letters):
            tensor, letters = tensor.unsqueeze(-1), letters + letter
    letters = letters.replace("L", "W")
    return tensor.permute(letters.index("C"), letters.index("H"), letters.index("W"))


def index_of(position: Position, shape: Sequence[int], layout: str) -> tuple[int, ...]:
    """The place in a tensor of `shape` and `layout` that a position means: the inverse of `position_of`."""
    y, x, channel = position
    if layout == "other":
        return tuple(int(i) for i in np.unravel_index((channel * shape[-2] + y) * shape[-1] + x, tuple(shape)))
    places = {"N": 0, "C": channel, "H": y, "W": x, "L": x}
    return tuple(places[letter] for letter in ("NC" if layout == "flat" else layout))


def position_of(index: Sequence[int], shape: Sequence[int], layout: str) -> Position:
    """The position that a place in a tensor means; places outside of the tensor keep their distance from it."""
    y, x, channel = _coordinates([int(i) for i in index], shape, layout)
    return int(y), int(x), int(channel)


def positions_of(indices: npt.NDArray[np.int64], shape: Sequence[int], layout: str) -> list[Position]:
    """The positions that places in a tensor, [count, dimensions], mean."""
    nought = np.zeros(len(indices), np.int64)
    y, x, channel = (nought + found for found in _coordinates(indices.T, shape, layout))
    return list(zip(y.tolist(), x.tolist(), channel.tolist(), strict=True))


def _coordinates(index: Any, shape: Sequence[int], layout: str) -> tuple[Any, Any, Any]:
    """y, x and channel of an index of each dimension, a number or an array."""
    if layout == "other":
        channel = 0
        for i, n in zip(index[:-2], shape[:-2], strict=True):
            channel = channel * n + i
        return index[-2], index[-1], channel
    places = dict(zip("NC" if layout == "flat" else layout, index, strict=True))
    return places.get("H", 0), places.get("W", places.get("L", 0)), places.get("C", 0)


def size_text(size: Size) -> str:
    """28×28×32; a list of numbers is just its length."""
    height, width, channels = size
    return f"{channels}" if height == width == 1 else f"{height}×{width}×{channels}"


def by_rank(rank: int) -> str:
    """PyTorch's habit for a tensor of this many dimensions, where nothing else is known."""
    return {0: "", 1: "C", 2: "flat", 3: "NCL", 4: "NCHW"}.get(rank, "other")
