"""Pools: the largest value of a window, the mean, a norm; of windows or of whole maps."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Op, Run, as_type, aside, plain, room
from fivebyfive.explain.sources.onnx.table.convolution import CONV, Sides, as_pad, reach, sides_of, spread, symmetric

Pool = Callable[..., Any]
MAX: dict[int, Pool] = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE: dict[int, Pool] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
LP: dict[int, Pool] = {1: F.lp_pool1d, 2: F.lp_pool2d, 3: F.lp_pool3d}
UNPOOL: dict[int, Pool] = {1: F.max_unpool1d, 2: F.max_unpool2d, 3: F.max_unpool3d}


def _geometry(op: Op, x: Tensor) -> tuple[list[int], list[int], list[int], Sides]:
    kernel = [int(n) for n in op.get("kernel_shape")]
    strides, dilations = spread(op, "strides", len(kernel)), spread(op, "dilations", len(kernel))
    return kernel, strides, dilations, sides_of(op, x.shape[2:], reach(kernel, dilations), strides)


def _all_fit(op: Op, x: Tensor, far: Sequence[int], strides: Sequence[int], sides: Sides) -> tuple[bool, Sides]:
    """Whether as many windows fit as with ceil_mode; the sides with as many cells behind as the last window needs."""
    if not op.get("ceil_mode", 0) or op.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return True, sides
    found = []
    for n, k, s, (before, behind) in zip(x.shape[2:], far, strides, sides, strict=True):
        count = math.ceil((n + before + behind - k) / s) + 1
        count -= (count - 1) * s >= n + before  # a window that begins behind the picture is none
        found.append((before, max((count - 1) * s + k - n - before, behind if count == 1 else 0, 0)))
    same = all(new <= old for (_, new), (_, old) in zip(found, sides, strict=True))
    return same, [(b, max(new, old)) for (b, new), (_, old) in zip(found, sides, strict=True)]


def max_pool(op: Op) -> Run:
    """The largest value of each window; what is padded never wins."""

    def run(x: Tensor) -> Any:
        kernel, strides, dilations, sides = _geometry(op, x)
        whole = x.shape[2:]
        far = reach(kernel, dilations)
        plain = x if x.is_floating_point() else x.to(torch.float64)
        fits, padded = _all_fit(op, x, far, strides, sides)
        padding = [before for before, _ in sides]
        inside = symmetric(sides) and all(2 * p <= k for p, k in zip(padding, kernel, strict=True))
        if not inside or not fits:
            room(*x.shape[:2], *(n + a + b for n, (a, b) in zip(x.shape[2:], padded, strict=True)))
            plain, padding = F.pad(plain, as_pad(padded), value=-math.inf), [0] * len(kernel)
        pool = MAX[len(kernel)]
        if not op.wants(1):
            made = pool(plain, kernel, strides, padding, dilations)
            return as_type(made, x.dtype)
        made, places = pool(plain, kernel, strides, padding, dilations, return_indices=True)
        shift = [0] * len(kernel) if plain.shape == x.shape else [before for before, _ in padded]
        return as_type(made, x.dtype), _flat(places, plain.shape[2:], whole, shift, x, bool(op.get("storage_order", 0)))

    return run


def _flat(
    places: Tensor, padded: Sequence[int], whole: Sequence[int], shift: Sequence[int], x: Tensor, columns: bool
) -> Tensor:
    """Places within a padded map as ONNX counts them: through the whole tensor."""
    at = []
    for size, before in zip(reversed(padded), reversed(shift), strict=True):
        at.append(places % size - before)
        places = places // size
    at.reverse()
    found = torch.zeros_like(places)
    order = list(enumerate(whole))
    for d, size in reversed(order) if columns else order:
        found = found * size + at[d]
    maps = torch.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], *[1] * len(whole))
    return found + maps * math.prod(whole)


def average_pool(op: Op) -> Run:
    """The mean of each window."""

    def run(x: Tensor) -> Any:
        kernel, strides, dilations, sides = _geometry(op, x)
        counted = bool(op.get("count_include_pad", 0))
        fits, padded = _all_fit(op, x, reach(kernel, dilations), strides, sides)
        padding = [before for before, _ in sides]
        pool = AVERAGE[len(kernel)]
        plain = set(dilations) == {1} and symmetric(sides)
        plain = plain and all(2 * p <= k for p, k in zip(padding, kernel, strict=True))
        if plain and fits:
            return pool(x, kernel, strides, padding, False, counted)
        room(*x.shape[:2], *(n + a + b for n, (a, b) in zip(x.shape[2:], padded, strict=True)))
        with aside():
            ones = torch.ones((1, 1, *x.shape[2:]), dtype=x.dtype)
            inner = F.pad(ones, as_pad(sides), value=1.0) if counted else ones
            rest = [(b - a, d - c) for (a, c), (b, d) in zip(sides, padded, strict=True)] if counted else padded
            count = _sums(F.pad(inner, as_pad(rest)), kernel, strides, dilations)
        return _sums(F.pad(x, as_pad(padded)), kernel, strides, dilations) / count

    return run


def _sums(x: Tensor, kernel: list[int], strides: list[int], dilations: Sequence[int]) -> Tensor:
    """The sum of each window."""
    rank = len(kernel)
    if set(dilations) == {1}:
        means: Tensor = AVERAGE[rank](x, kernel, strides)
        return means * float(math.prod(kernel))
    channels = x.shape[1]
    with aside():
        weights = torch.ones((channels, 1, *kernel), dtype=x.dtype)
    made: Tensor = CONV[rank](x, weights, None, strides, 0, dilations, channels)
    return made


def lp_pool(op: Op) -> Run:
    """The norm of each window."""
    p = float(op.get("p", 2))

    def run(x: Tensor) -> Any:
        kernel, strides, dilations, sides = _geometry(op, x)
        fits, padded = _all_fit(op, x, reach(kernel, dilations), strides, sides)
        if not fits or any(a or b for a, b in sides):
            room(*x.shape[:2], *(n + a + b for n, (a, b) in zip(x.shape[2:], padded, strict=True)))
            x = F.pad(x, as_pad(padded))
        if set(dilations) == {1} and p % 2 == 0:
            one = len(kernel) == 1
            return LP[len(kernel)](x, p, kernel[0] if one else kernel, strides[0] if one else strides)
        return _sums(x.abs() ** p, kernel, strides, dilations) ** (1.0 / p)

    return run


def _over_maps(x: Tensor) -> list[int]:
    return list(range(2, x.dim()))


def _global_average(x: Tensor) -> Tensor:
    return x.mean(_over_maps(x), keepdim=True)


def _global_max(x: Tensor) -> Tensor:
    return x.amax(_over_maps(x), keepdim=True)


def global_lp(op: Op) -> Run:
    """The norm of each map."""
    return lambda x: torch.norm(x, float(op.get("p", 2)), _over_maps(x), keepdim=True)


def max_unpool(op: Op) -> Run:
    """Values back to where they were the largest."""

    def run(x: Tensor, places: Tensor, shape: Tensor | None = None) -> Any:
        kernel, strides, _, sides = _geometry(op, x)
        small = [(n - 1) * s - a - b + k for n, s, k, (a, b) in zip(x.shape[2:], strides, kernel, sides, strict=True)]
        whole = [*x.shape[:2], *small] if shape is None else [int(n) for n in shape.tolist()]
        room(*whole)
        maps = torch.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], *[1] * len(kernel))
        inner = places - maps * math.prod(small)
        at = []
        for size in reversed(small):  # they were counted in the smaller one
            at.append(inner % size)
            inner = inner // size
        flat = torch.zeros_like(inner)
        for size, place in zip(whole[2:], reversed(at), strict=True):
            flat = flat * size + place
        return UNPOOL[len(kernel)](x, flat, kernel, strides, [a for a, _ in sides], whole)

    return run


TABLE = {
    "MaxPool": max_pool, "AveragePool": average_pool, "LpPool": lp_pool, "GlobalAveragePool": plain(_global_average),
    "GlobalMaxPool": plain(_global_max), "GlobalLpPool": global_lp, "MaxUnpool": max_unpool,
}  # fmt: skip
