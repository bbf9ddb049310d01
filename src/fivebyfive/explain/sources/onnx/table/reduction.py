"""Along dimensions: sums, means, norms, the largest value and its place, softmax."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, as_type
from fivebyfive.explain.sources.onnx.table.elementwise import widened
from fivebyfive.explain.sources.onnx.table.moving import numbers


def _reduced(function: Callable[[Tensor, list[int], bool], Any], empty: float = 0.0) -> Maker:
    """For a node that makes one number of those along its axes; `empty` is what it makes of none."""

    def make(op: Op) -> Run:
        keep = bool(op.get("keepdims", 1))

        def run(x: Tensor, axes: Tensor | None = None) -> Any:
            found = numbers(op, "axes", axes)
            if not found and op.get("noop_with_empty_axes", 0):
                return x.clone() if op.name in _SAME else function(x.unsqueeze(-1), [-1], False)
            dims = sorted(d % max(x.dim(), 1) for d in found) if found else list(range(x.dim()))
            if any(x.shape[d] == 0 for d in dims):
                shape = [1 if d in dims else n for d, n in enumerate(x.shape) if keep or d not in dims]
                if x.dtype == torch.bool:
                    return torch.full(shape, empty > 0)
                if math.isfinite(empty) or x.is_floating_point():
                    return torch.full(shape, empty).to(x.dtype)
            return as_type(function(x, dims, keep), x.dtype) if dims else function(x.reshape(1), [0], False)

        return widened(run)

    return make


def _product(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    for d in reversed(dims):
        x = torch.prod(x, d, keepdim=keep)
    return x


def _sum(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    return torch.sum(x, dims, keepdim=keep)


def _mean(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    if x.is_floating_point():
        return torch.mean(x, dims, keepdim=keep)
    count = math.prod(x.shape[d] for d in dims)
    return torch.div(torch.sum(x, dims, keepdim=keep), count, rounding_mode="trunc")


def _largest(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    return torch.amax(x, dims, keepdim=keep)


def _smallest(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    return torch.amin(x, dims, keepdim=keep)


def _norm(p: int) -> Callable[[Tensor, list[int], bool], Tensor]:
    def run(x: Tensor, dims: list[int], keep: bool) -> Tensor:
        plain = x if x.is_floating_point() else x.to(torch.float64)
        made: Tensor = torch.linalg.vector_norm(plain, p, dims, keepdim=keep)
        return made

    return run


def _log_sum(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    return torch.log(torch.sum(x, dims, keepdim=keep))


def _log_sum_exp(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    return torch.logsumexp(x if x.is_floating_point() else x.to(torch.float64), dims, keepdim=keep)


def _sum_of_squares(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    return torch.sum(x * x, dims, keepdim=keep)


def _place(largest: bool) -> Maker:
    def make(op: Op) -> Run:
        axis, keep = int(op.get("axis", 0)), bool(op.get("keepdims", 1))
        last = bool(op.get("select_last_index", 0))
        function = torch.argmax if largest else torch.argmin

        def run(x: Tensor) -> Any:
            if last:
                return x.shape[axis] - 1 - function(x.flip(axis), axis, keepdim=keep)
            return function(x, axis, keepdim=keep)

        return widened(run)

    return make


def _soft(function: Callable[..., Tensor]) -> Maker:
    """Softmax: of one dimension since opset 13, of all from one on before that."""

    def make(op: Op) -> Run:
        def run(x: Tensor) -> Any:
            axis = int(op.get("axis", -1 if op.version >= 13 else 1))
            axis += x.dim() if axis < 0 else 0
            if op.version >= 13 or axis == x.dim() - 1:
                return function(x, dim=axis)
            flat = x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))
            return function(flat, dim=1).reshape(x.shape)

        return run

    return make


def _hardmax(x: Tensor, dim: int) -> Tensor:
    places = torch.argmax(x, dim, keepdim=True)
    return torch.zeros_like(x).scatter(dim, places, 1.0)


_SAME = ("ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceLogSumExp")
"""Of one number they make that number."""
TABLE: dict[str, Maker] = {
    "ReduceSum": _reduced(_sum), "ReduceMean": _reduced(_mean, math.nan), "ReduceProd": _reduced(_product, 1.0),
    "ReduceMax": _reduced(_largest, -math.inf), "ReduceMin": _reduced(_smallest, math.inf),
    "ReduceL1": _reduced(_norm(1)), "ReduceL2": _reduced(_norm(2)), "ReduceLogSum": _reduced(_log_sum, -math.inf),
    "ReduceLogSumExp": _reduced(_log_sum_exp, -math.inf), "ReduceSumSquare": _reduced(_sum_of_squares),
    "ArgMax": _place(True), "ArgMin": _place(False), "Softmax": _soft(F.softmax), "LogSoftmax": _soft(F.log_softmax),
    "Hardmax": _soft(_hardmax),
}  # fmt: skip
FIXED = tuple(TABLE)
