"""Convolutions."""

import math
from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Op, Run, room

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
Sides = list[tuple[int, int]]


def sides_of(op: Op, sizes: Sequence[int], reach: Sequence[int], strides: Sequence[int]) -> Sides:
    """Cells to add before and behind in each direction, for windows that reach so far."""
    auto, pads = op.get("auto_pad", "NOTSET"), op.get("pads")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        found = []
        for size, k, s in zip(sizes, reach, strides, strict=True):
            total = max((math.ceil(size / s) - 1) * s + k - size, 0)
            small, large = total // 2, total - total // 2
            found.append((small, large) if auto == "SAME_UPPER" else (large, small))
        return found
    rank = len(reach)
    if auto == "VALID" or not pads:
        return [(0, 0)] * rank
    return [(int(pads[i]), int(pads[i + rank])) for i in range(rank)]


def spread(op: Op, name: str, rank: int) -> list[int]:
    """An attribute with a number for each direction, 1 where it is missing."""
    return [int(n) for n in op.get(name) or [1] * rank]


def reach(kernel: Sequence[int], dilations: Sequence[int]) -> list[int]:
    """How far windows reach."""
    return [d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True)]


def as_pad(sides: Sides) -> list[int]:
    """As F.pad takes them: the last direction first."""
    return [n for side in reversed(sides) for n in side]


def symmetric(sides: Sides) -> bool:
    """Whether as much is added before as behind."""
    return all(before == behind and before >= 0 for before, behind in sides)


def conv(op: Op) -> Run:
    """O = Σ I · W + b."""
    op.folds_padding = True

    def run(x: Tensor, w: Tensor, b: Tensor | None = None) -> Any:
        rank = w.dim() - 2
        strides, dilations = spread(op, "strides", rank), spread(op, "dilations", rank)
        sides = sides_of(op, x.shape[2:], reach(w.shape[2:], dilations), strides)
        padding = [before for before, _ in sides]
        if not symmetric(sides):
            room(*x.shape[:2], *(n + a + b for n, (a, b) in zip(x.shape[2:], sides, strict=True)))
            x, padding = F.pad(x, as_pad(sides)), [0] * rank
        return CONV[rank](x, w, b, strides, padding, dilations, int(op.get("group", 1)))

    return run


def conv_transpose(op: Op) -> Run:
    """Every value spread over a window."""

    def run(x: Tensor, w: Tensor, b: Tensor | None = None) -> Any:
        rank = w.dim() - 2
        strides, dilations = spread(op, "strides", rank), spread(op, "dilations", rank)
        more = [int(n) for n in op.get("output_padding") or [0] * rank]
        full = [(n - 1) * s + e for n, s, e in zip(x.shape[2:], strides, reach(w.shape[2:], dilations), strict=True)]
        room(x.shape[0], w.shape[1] * int(op.get("group", 1)), *(f + m for f, m in zip(full, more, strict=True)))
        sides = _transposed_sides(op, x.shape[2:], full, more, strides)
        group = int(op.get("group", 1))
        if symmetric(sides) and all(m < max(s, d) for m, s, d in zip(more, strides, dilations, strict=True)):
            padding = [before for before, _ in sides]
            return TRANSPOSED[rank](x, w, b, strides, padding, more, group, dilations)
        made = TRANSPOSED[rank](x, w, b, strides, 0, 0, group, dilations)
        if b is not None and any(behind < m for (_, behind), m in zip(sides, more, strict=True)):
            made = TRANSPOSED[rank](x, w, None, strides, 0, 0, group, dilations)
            made = F.pad(made, as_pad([(-a, m - z) for (a, z), m in zip(sides, more, strict=True)]))
            return made + b.reshape(-1, *[1] * rank)
        return F.pad(made, as_pad([(-a, m - z) for (a, z), m in zip(sides, more, strict=True)]))

    return run


def _transposed_sides(
    op: Op, sizes: Sequence[int], full: Sequence[int], more: Sequence[int], strides: Sequence[int]
) -> Sides:
    auto, shape = op.get("auto_pad", "NOTSET"), op.get("output_shape")
    if shape is None and auto in ("SAME_UPPER", "SAME_LOWER"):
        shape = [n * s for n, s in zip(sizes, strides, strict=True)]
    if shape is None:
        return sides_of(op, sizes, [1] * len(sizes), strides)
    room(*shape)
    found = []
    for wanted, f, m in zip(shape[-len(sizes) :], full, more, strict=True):
        total = f + m - int(wanted)
        small, large = total // 2, total - total // 2
        found.append((large, small) if auto == "SAME_LOWER" or (auto == "NOTSET" and total < 0) else (small, large))
    return found


TABLE = {"Conv": conv, "ConvTranspose": conv_transpose}
