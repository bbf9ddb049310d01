"""Values taken from places, or put to places, that numbers say."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, as_type, aside, ints, listed, plain, room
from fivebyfive.explain.sources.onnx.table.elementwise import WIDE
from fivebyfive.explain.sources.onnx.table.moving import numbers

REDUCTIONS = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


def _slice(op: Op) -> Run:
    def run(
        x: Tensor, starts: Tensor | None = None, ends: Tensor | None = None, axes: Tensor | None = None,
        steps: Tensor | None = None,
    ) -> Any:  # fmt: skip
        first, last = numbers(op, "starts", starts) or [], numbers(op, "ends", ends) or []
        dims = numbers(op, "axes", axes) or list(range(len(first)))
        apart = ints(steps) or [1] * len(first)
        index: list[Any] = [slice(None)] * x.dim()
        for d, a, b, s in zip(dims, first, last, apart, strict=True):
            found = range(*slice(a, b if b >= -x.shape[d] or s > 0 else None, s).indices(x.shape[d]))
            if s < 0:
                with aside():
                    places = torch.tensor(list(found), dtype=torch.int64)
                x = x.index_select(d, places)
            else:
                index[d] = slice(found.start, max(found.stop, found.start), s)
        return x if all(part == slice(None) for part in index) and min(apart, default=1) < 0 else x[tuple(index)]

    return run


def inside(places: Tensor, size: int) -> Tensor:
    """Places that may be counted from the end."""
    return torch.where(places < 0, places + size, places)


def _gather(op: Op) -> Run:
    axis, known = int(op.get("axis", 0)), op.constant(1)
    if known is not None and known.dim() == 0:
        place = int(known)
        return lambda x, *_: x.select(axis, place)

    def run(x: Tensor, places: Tensor) -> Any:
        d = axis % x.dim()
        room(*x.shape[:d], places.numel(), *x.shape[d + 1 :])
        if known is not None:
            with aside():
                places = inside(as_type(known, torch.int64), x.shape[d])
        else:
            places = inside(as_type(places, torch.int64), x.shape[d])
        if d == 0 and x.dim() == 2 and x.is_floating_point() and known is None and places.dim():
            return F.embedding(places, x)
        if places.dim() == 1:
            return x.index_select(d, places)
        made = x.index_select(d, places.flatten())
        return made.reshape(*x.shape[:d], *places.shape, *x.shape[d + 1 :])

    return run


def _gather_elements(op: Op) -> Run:
    axis = int(op.get("axis", 0))
    return lambda x, places: torch.gather(x, axis, inside(as_type(places, torch.int64), x.shape[axis]))


def _gather_nd(op: Op) -> Run:
    batch = int(op.get("batch_dims", 0))

    def run(x: Tensor, places: Tensor) -> Any:
        room(*places.shape[:-1], *x.shape[batch + places.shape[-1] :])
        parts = [inside(p, x.shape[batch + i]) for i, p in enumerate(places.unbind(-1))]
        for d in range(batch):
            shape = [1] * (places.dim() - 1)
            shape[d] = x.shape[d]
            parts.insert(d, torch.arange(x.shape[d]).reshape(shape))
        return x[tuple(parts)]

    return run


def _scatter_elements(op: Op) -> Run:
    axis, how = int(op.get("axis", 0)), str(op.get("reduction", "none"))

    def run(x: Tensor, places: Tensor, values: Tensor) -> Any:
        at = inside(as_type(places, torch.int64), x.shape[axis])
        if how == "none":
            return torch.scatter(x, axis, at, values)
        return torch.scatter_reduce(x, axis, at, values, REDUCTIONS[how])

    return run


def _scatter_nd(op: Op) -> Run:
    how = str(op.get("reduction", "none"))

    def run(x: Tensor, places: Tensor, values: Tensor) -> Any:
        parts = [inside(p, x.shape[i]) for i, p in enumerate(places.unbind(-1))]
        if how in ("none", "add"):
            return torch.index_put(x, tuple(parts), values, accumulate=how == "add")
        deep = len(parts)
        rows = torch.zeros_like(parts[0])
        for size, part in zip(x.shape, parts, strict=False):
            rows = rows * size + part
        flat = x.reshape(_product(x.shape[:deep]), -1)
        at = rows.reshape(-1, 1).expand(-1, flat.shape[1])
        made = torch.scatter_reduce(flat, 0, at, values.reshape(at.shape), REDUCTIONS[how])
        return made.reshape(x.shape)

    return run


def _product(sizes: Sequence[int]) -> int:
    found = 1
    for size in sizes:
        found *= size
    return found


def _compress(op: Op) -> Run:
    def run(x: Tensor, condition: Tensor) -> Any:
        axis = op.get("axis")
        x, d = (x.reshape(-1), 0) if axis is None else (x, int(axis) % x.dim())
        return x.index_select(d, torch.nonzero(condition).reshape(-1))

    return run


def _nonzero(x: Tensor) -> Tensor:
    return torch.nonzero(x).t() if x.dim() else torch.zeros((0, int(bool(x))), dtype=torch.int64)


def _top_k(op: Op) -> Run:
    def run(x: Tensor, k: Tensor | None = None) -> Any:
        count = int(op.get("k", 1)) if k is None else listed(k)[0]
        axis, largest = int(op.get("axis", -1)), bool(op.get("largest", 1))
        with aside():
            places = torch.sort(x, dim=axis, descending=largest, stable=True).indices.narrow(axis, 0, count)
            alike = x.dtype not in WIDE and torch.equal(places, torch.topk(x, count, axis, largest, True).indices)
        if alike:
            return torch.topk(x, count, axis, largest, True)
        wide = x.to(torch.int64) if x.dtype in WIDE else x
        return as_type(torch.gather(wide, axis, places), x.dtype), places  # of equal values the first

    return run


def _unique(op: Op) -> Run:
    def run(x: Tensor) -> Any:
        axis = op.get("axis")
        dim = None if axis is None else int(axis)
        made, inverse, counts = torch.unique(x, True, return_inverse=True, return_counts=True, dim=dim)
        size = made.numel() if dim is None else made.shape[dim]
        inverse = inverse.reshape(-1)
        at = torch.arange(inverse.numel())
        first = torch.full((size,), inverse.numel()).scatter_reduce(0, inverse, at, "amin")
        if not op.get("sorted", 1):
            order = torch.argsort(first)
            made = made.reshape(-1)[order] if dim is None else made.index_select(dim, order)
            first, counts = first[order], counts[order]
            inverse = torch.argsort(order)[inverse]
        return made, first, inverse, counts

    return run


TABLE: dict[str, Maker] = {
    "Slice": _slice, "Gather": _gather, "GatherElements": _gather_elements, "GatherND": _gather_nd,
    "ScatterElements": _scatter_elements, "Scatter": _scatter_elements, "ScatterND": _scatter_nd,
    "Compress": _compress, "NonZero": plain(_nonzero), "TopK": _top_k, "Unique": _unique,
}  # fmt: skip
FIXED = tuple(TABLE)
