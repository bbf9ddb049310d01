"""Values that move: reshaping, joining, cutting, looking up; and the shapes that say where.

Source of the definitions: https://www.tensorflow.org/api_docs/python/tf/raw_ops
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive import ops
from fivebyfive.explain.sources.tensorflow.dtypes import torch_type
from fivebyfive.explain.sources.tensorflow.table import Attributes, Call, Entry, always, numbers


def _reshape(x: Tensor, shape: Tensor) -> Tensor:
    return ops.reshape(x, numbers(shape))


def _squeeze(attributes: Attributes) -> Call:
    dims = [int(d) for d in attributes("squeeze_dims")]
    return lambda x: x.squeeze(dims) if dims else x.squeeze()


def _joined(*values: Tensor) -> Tensor:
    *parts, axis = values
    return torch.cat(parts, numbers(axis)[0])


def _packed(attributes: Attributes) -> Call:
    axis = int(attributes("axis"))
    return lambda *parts: torch.stack(parts, axis)


def _unpacked(attributes: Attributes) -> Call:
    axis = int(attributes("axis"))
    return lambda x: x.unbind(axis)


def _split(attributes: Attributes) -> Call:
    count = int(attributes("num_split"))
    return lambda axis, x: x.chunk(count, numbers(axis)[0])


def _split_sizes(x: Tensor, sizes: Tensor, axis: Tensor) -> Any:
    dim, wanted = numbers(axis)[0], numbers(sizes)
    rest = x.shape[dim] - sum(n for n in wanted if n >= 0)
    return torch.split(x, [rest if n < 0 else n for n in wanted], dim)


def _sliced(x: Tensor, begin: Tensor, size: Tensor) -> Tensor:
    ways = zip(numbers(begin), numbers(size), strict=True)
    return x[tuple(slice(b, None if n < 0 else b + n) for b, n in ways)]


def _strided(attributes: Attributes) -> Call:
    """x[begin:end:strides], where bits say what was left out, what is one place, what is a new dimension."""
    begins, ends, dots, new, shrink = (
        int(attributes(f"{name}_mask")) for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    )

    def call(x: Tensor, begin: Tensor, end: Tensor, strides: Tensor) -> Tensor:
        index: list[Any] = []
        turned: list[int] = []
        axis = 0
        ways = list(zip(numbers(begin), numbers(end), numbers(strides), strict=True))
        told = sum(not (new >> i & 1 or dots >> i & 1) for i in range(len(ways)))
        for i, (b, e, s) in enumerate(ways):
            if dots >> i & 1:
                index.append(...)
                axis += x.dim() - told
            elif new >> i & 1:
                index.append(None)
            elif shrink >> i & 1:
                index.append(b)
                axis += 1
            else:
                first, last = None if begins >> i & 1 else b, None if ends >> i & 1 else e
                turned += [axis] if s < 0 else []
                index.append(_backwards(first, last, s, x.shape[axis]) if s < 0 else slice(first, last, s))
                axis += 1
        return (x.flip(turned) if turned else x)[tuple(index)]

    return call


def _backwards(begin: int | None, end: int | None, stride: int, size: int) -> slice:
    """The slice of a turned dimension that is begin:end:stride of the dimension itself."""
    first, last, _ = slice(begin, end, stride).indices(size)
    return slice(size - 1 - first, size - 1 - last, -stride)


def _sides(paddings: Tensor) -> list[int]:
    """Before and behind, the last dimension first, as PyTorch has them."""
    pairs = paddings.reshape(-1, 2).tolist()
    return [int(n) for pair in reversed(pairs) for n in pair]


def _mirrored(attributes: Attributes) -> Call:
    mode = attributes("mode")
    symmetric = (mode.decode() if isinstance(mode, bytes) else str(mode)) == "SYMMETRIC"

    def call(x: Tensor, paddings: Tensor) -> Tensor:
        for dim, (before, behind) in enumerate(paddings.reshape(-1, 2).tolist()):
            if before or behind:
                n, skip = x.shape[dim], 0 if symmetric else 1
                places = [
                    *range(before - 1 + skip, skip - 1, -1),
                    *range(n),
                    *range(n - 1 - skip, n - 1 - skip - behind, -1),
                ]
                x = x.index_select(dim, torch.tensor(places))
        return x

    return call


def _gathered(attributes: Attributes) -> Call:
    batch = int(attributes("batch_dims"))

    def call(x: Tensor, places: Tensor, axis: Tensor) -> Tensor:
        if batch:
            raise NotImplementedError("gather with batch dimensions")
        dim = numbers(axis)[0] % x.dim()
        index: list[Any] = [slice(None)] * dim + [places.long()]
        return x[tuple(index)]

    return call


def _gathered_places(x: Tensor, places: Tensor) -> Tensor:
    return x[tuple(places.long().unbind(-1))]


def _one_hot(attributes: Attributes) -> Call:
    axis = int(attributes("axis"))

    def call(places: Tensor, depth: Tensor, on: Tensor, off: Tensor) -> Tensor:
        hot = (places.unsqueeze(-1) == torch.arange(int(depth))).to(on.dtype)
        return (hot * (on - off) + off).movedim(-1, axis)

    return call


def _depth_to_space(attributes: Attributes) -> Call:
    size = int(attributes("block_size"))

    def call(x: Tensor) -> Tensor:
        n, h, w, c = x.shape
        x = x.reshape(n, h, w, size, size, c // size**2).permute(0, 1, 3, 2, 4, 5)
        return x.reshape(n, h * size, w * size, c // size**2)

    return call


def _space_to_depth(attributes: Attributes) -> Call:
    size = int(attributes("block_size"))

    def call(x: Tensor) -> Tensor:
        n, h, w, c = x.shape
        x = x.reshape(n, h // size, size, w // size, size, c).permute(0, 1, 3, 2, 4, 5)
        return x.reshape(n, h // size, w // size, size**2 * c)

    return call


def _shape(attributes: Attributes) -> Call:
    dtype = torch_type(attributes("out_type"))
    return lambda x: torch.tensor(list(x.shape), dtype=dtype)


def _range(start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    return torch.arange(start.item(), limit.item(), delta.item(), dtype=start.dtype)


TABLE: dict[str, Entry] = {
    "Reshape": always(_reshape),
    "Transpose": always(lambda x, order: x.permute(numbers(order))),
    "Squeeze": _squeeze,
    "ExpandDims": always(lambda x, dim: x.unsqueeze(numbers(dim)[0])),
    "ConcatV2": always(_joined),
    "Pack": _packed,
    "Unpack": _unpacked,
    "Split": _split,
    "SplitV": always(_split_sizes),
    "Slice": always(_sliced),
    "StridedSlice": _strided,
    "Pad": always(lambda x, paddings: F.pad(x, _sides(paddings))),
    "PadV2": always(lambda x, paddings, value: F.pad(x, _sides(paddings), value=value.item())),
    "MirrorPad": _mirrored,
    "Tile": always(lambda x, times: x.repeat(numbers(times))),
    "BroadcastTo": always(lambda x, shape: x.expand(numbers(shape))),
    "GatherV2": _gathered,
    "GatherNd": always(_gathered_places),
    "ReverseV2": always(lambda x, dims: x.flip(numbers(dims))),
    "OneHot": _one_hot,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
    "Shape": _shape,
    "Size": always(lambda x: torch.tensor(x.numel(), dtype=torch.int32)),
    "Rank": always(lambda x: torch.tensor(x.dim(), dtype=torch.int32)),
    "Fill": always(lambda shape, value: torch.full(numbers(shape), value.item(), dtype=value.dtype)),
    "Range": always(_range),
    "BroadcastArgs": always(
        lambda a, b: torch.tensor(np.broadcast_shapes(tuple(numbers(a)), tuple(numbers(b))), dtype=a.dtype)
    ),
}
OF_SHAPE = frozenset({"Shape", "Size", "Rank", "ShapeN", "BroadcastArgs"})
"""Operations that look at a tensor's shape and not at its values."""
