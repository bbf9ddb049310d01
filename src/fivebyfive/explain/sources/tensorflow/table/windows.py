"""Convolution, pooling, normalization over channels, resizing.

Source of the definitions: https://www.tensorflow.org/api_docs/python/tf/raw_ops
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive import ops
from fivebyfive.explain.sources.tensorflow.table import Attributes, Call, Entry, numbers


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _four(values: Sequence[int], first: bool) -> list[int]:
    """[1, height, width, 1] of the four numbers in either order."""
    n, a, b, c = (int(v) for v in values)
    return [n, b, c, a] if first else [n, a, b, c]


def _padding(attributes: Attributes, first: bool) -> Any:
    """SAME or VALID, or explicit sides in N,H,W,C."""
    named = _text(attributes("padding"))
    if named != "EXPLICIT":
        return named
    sides = [int(n) for n in attributes("explicit_paddings")]
    pairs = [sides[i : i + 2] for i in range(0, 8, 2)]
    return [pairs[0], pairs[2], pairs[3], pairs[1]] if first else pairs


def _is_first(attributes: Attributes) -> bool:
    """Whether the channels come before height and width."""
    return _text(attributes("data_format")) == "NCHW"


def _in_order(call: Call, first: bool) -> Call:
    """A call on N,H,W,C, for inputs that may be N,C,H,W."""
    if not first:
        return call
    return lambda x, *rest: call(x.permute(0, 2, 3, 1), *rest).permute(0, 3, 1, 2)


def _conv2d(attributes: Attributes) -> Call:
    first = _is_first(attributes)
    strides, dilations = (_four(attributes(name), first) for name in ("strides", "dilations"))
    padding = _padding(attributes, first)
    if dilations == [1, 1, 1, 1]:
        return _in_order(lambda x, W: ops.conv2d(x, W, strides, padding), first)
    return _in_order(lambda x, W: ops.conv2d(x, W, strides, padding, dilations), first)


def _transposed(attributes: Attributes) -> Call:
    first = _is_first(attributes)
    strides, dilations = (_four(attributes(name), first) for name in ("strides", "dilations"))
    padding = _padding(attributes, first)

    def call(sizes: Tensor, W: Tensor, y: Tensor) -> Tensor:
        wanted = _four(numbers(sizes), first)
        spread = _in_order(lambda x: ops.conv2d_transpose(x, W, wanted, strides, padding, dilations), first)
        result: Tensor = spread(y)
        return result

    return call


def _pooled(pool: Call) -> Entry:
    def entry(attributes: Attributes) -> Call:
        first = _is_first(attributes)
        ksize, strides = (_four(attributes(name), first) for name in ("ksize", "strides"))
        padding = _padding(attributes, first)
        return _in_order(lambda x: pool(x, ksize, strides, padding), first)

    return entry


def _max_pool_v2(attributes: Attributes) -> Call:
    first, padding = _is_first(attributes), _text(attributes("padding"))

    def call(x: Tensor, ksize: Tensor, strides: Tensor) -> Tensor:
        window, step = (_four(numbers(n), first) for n in (ksize, strides))
        result: Tensor = _in_order(lambda y: ops.max_pool(y, window, step, padding), first)(x)
        return result

    return call


def _batch_norm(attributes: Attributes) -> Call:
    first, training, epsilon = _is_first(attributes), bool(attributes("is_training")), float(attributes("epsilon"))

    def with_given(x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        if first:
            return F.batch_norm(x, mean, variance, scale, offset, False, 0.0, epsilon)
        return ops.batch_normalization(x, mean, variance, offset, scale, epsilon)

    def with_own(x: Tensor, scale: Tensor, offset: Tensor, *_: Tensor) -> Tensor:
        if first:
            return F.batch_norm(x, None, None, scale, offset, True, 0.0, epsilon)
        return F.batch_norm(x.movedim(-1, 1), None, None, scale, offset, True, 0.0, epsilon).movedim(1, -1)

    return with_own if training else with_given


def _response_norm(attributes: Attributes) -> Call:
    size = 2 * int(attributes("depth_radius")) + 1
    alpha, beta, bias = (float(attributes(name)) for name in ("alpha", "beta", "bias"))
    return lambda x: F.local_response_norm(x.movedim(-1, 1), size, alpha * size, beta, bias).movedim(1, -1)


def _resized(mode: str) -> Entry:
    """Bilinear, or the nearest, as the two conventions of TensorFlow have their pixels' middles."""

    def entry(attributes: Attributes) -> Call:
        corners, middles = bool(attributes("align_corners")), bool(attributes("half_pixel_centers"))

        def call(x: Tensor, size: Tensor) -> Tensor:
            height, width = numbers(size)
            if tuple(x.shape[1:3]) == (height, width):
                return x
            plain = all(n % m == 0 for n, m in zip((height, width), x.shape[1:3], strict=True))
            if mode == "nearest" and (middles or (plain and not corners)):
                how: dict[str, Any] = {"mode": "nearest-exact" if middles else "nearest"}
            elif mode == "bilinear" and (middles or corners):
                how = {"mode": "bilinear", "align_corners": corners}
            else:
                return _by_tables(x, (height, width), mode, corners, middles)
            return F.interpolate(x.permute(0, 3, 1, 2), (height, width), **how).permute(0, 2, 3, 1)

        return call

    return entry


def _by_tables(x: Tensor, size: tuple[int, int], mode: str, corners: bool, middles: bool) -> Tensor:
    """Each row and column of the result as a sum of those of `x`: what PyTorch has no word for."""
    down, across = (_weights(x.shape[axis], out, mode, corners, middles) for axis, out in ((1, size[0]), (2, size[1])))
    return torch.einsum("ih,nhwc,jw->nijc", down.to(x), x, across.to(x))


def _weights(n: int, out: int, mode: str, corners: bool, middles: bool) -> Tensor:
    scale = (n - 1) / (out - 1) if corners and out > 1 else n / out
    places = torch.arange(out, dtype=torch.float64)
    at = (places + 0.5) * scale - 0.5 if middles else places * scale
    table = torch.zeros(out, n, dtype=torch.float64)
    rows = torch.arange(out)
    if mode == "nearest":
        near = (torch.round(at) if corners else torch.floor(at)).clamp(0, n - 1).long()
        table[rows, near] = 1.0
        return table
    low = torch.floor(at).clamp(0, n - 1).long()
    high, share = (low + 1).clamp(max=n - 1), (at - torch.floor(at)).clamp(0, 1)
    table[rows, low] += 1.0 - share
    table[rows, high] += share
    return table


TABLE: dict[str, Entry] = {
    "Conv2D": _conv2d,
    "DepthwiseConv2dNative": _conv2d,
    "Conv2DBackpropInput": _transposed,
    "MaxPool": _pooled(ops.max_pool),
    "AvgPool": _pooled(ops.avg_pool),
    "MaxPoolV2": _max_pool_v2,
    "FusedBatchNorm": _batch_norm,
    "FusedBatchNormV2": _batch_norm,
    "FusedBatchNormV3": _batch_norm,
    "LRN": _response_norm,
    "ResizeBilinear": _resized("bilinear"),
    "ResizeNearestNeighbor": _resized("nearest"),
}
