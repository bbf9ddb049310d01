"""Tensors that are made of nothing but sizes and numbers; and what only hands on."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, aside, listed, plain, room
from fivebyfive.explain.sources.onnx.tensors import DTYPES


def _constant(op: Op) -> Run:
    for name in ("value", "sparse_value"):
        if isinstance(op.get(name), Tensor):
            return lambda: op.get(name)
    for name, dtype in (("value_float", torch.float32), ("value_int", torch.int64), ("value_floats", torch.float32),
                        ("value_ints", torch.int64)):  # fmt: skip
        if name in op.attributes:
            return lambda: torch.tensor(op.get(name), dtype=dtype)
    raise InputError("a Constant in it has no value that is a tensor")


def _constant_of_shape(op: Op) -> Run:
    def run(shape: Tensor) -> Any:
        room(*listed(shape))
        value = op.get("value")
        if value is None:
            return torch.zeros(listed(shape))
        return torch.full(listed(shape), value.item(), dtype=value.dtype)

    return run


def _range(start: Tensor, limit: Tensor, step: Tensor) -> Tensor:
    a, b, s = (x.double().item() for x in (start, limit, step))
    if s == 0:
        raise InputError("Range has a step of 0")
    count = max(int(-(-(b - a) // s)), 0)
    room(count)
    if start.is_floating_point():
        return (start.double() + torch.arange(count) * step.double()).to(start.dtype).reshape(-1)
    return (start.reshape(()).to(torch.int64) + torch.arange(count) * step.reshape(()).to(torch.int64)).to(start.dtype)


def _shape(op: Op) -> Run:
    def run(x: Tensor) -> Any:
        sizes = list(x.shape)
        end = op.get("end")
        return torch.tensor(sizes[int(op.get("start", 0)) : None if end is None else int(end)], dtype=torch.int64)

    return run


def _size(x: Tensor) -> Tensor:
    return torch.tensor(x.numel(), dtype=torch.int64)


def _eye(op: Op) -> Run:
    def run(x: Tensor) -> Any:
        dtype = DTYPES[int(op.get("dtype"))] if op.get("dtype") is not None else x.dtype
        k = int(op.get("k", 0))
        rows = torch.arange(x.shape[0]).reshape(-1, 1)
        return (torch.arange(x.shape[1]).reshape(1, -1) - rows == k).to(dtype)

    return run


def _one_hot(op: Op) -> Run:
    def run(places: Tensor, depth: Tensor, values: Tensor) -> Any:
        count = listed(depth.to(torch.int64))[0]
        room(places.numel(), count)
        axis = int(op.get("axis", -1))
        axis += places.dim() + 1 if axis < 0 else 0
        off, on = values[0], values[1]
        found = places.to(torch.int64)
        found = torch.where(found < 0, found + count, found)
        with aside():
            marks = torch.arange(count).reshape([-1 if d == axis else 1 for d in range(places.dim() + 1)])
        return torch.where(found.unsqueeze(axis) == marks, on, off)

    return run


def _dropout(op: Op) -> Run:
    ratio = float(op.get("ratio", 0.5))

    def run(x: Tensor, share: Tensor | None = None, training: Tensor | None = None) -> Any:
        if training is not None and bool(training) and (share is None or share.item() != 0):
            raise InputError("it drops values at random, as in training")
        made = F.dropout(x, ratio, False)
        return (made, torch.ones_like(x, dtype=torch.bool)) if op.wants(1) else made

    return run


def _window(function: Any) -> Maker:
    def make(op: Op) -> Run:
        dtype = DTYPES[int(op.get("output_datatype", 1))]

        def run(size: Tensor) -> Any:
            room(listed(size)[0])
            periodic = bool(op.get("periodic", 1))
            return function(listed(size)[0], periodic=periodic, dtype=torch.float64).to(dtype)

        return run

    return make


def _hamming(size: int, periodic: bool, dtype: torch.dtype) -> Tensor:
    return torch.hamming_window(size, periodic, alpha=25 / 46, beta=21 / 46, dtype=dtype)


TABLE: dict[str, Maker] = {
    "Constant": _constant, "ConstantOfShape": _constant_of_shape, "Range": plain(_range), "Shape": _shape,
    "Size": plain(_size),
    "EyeLike": _eye, "OneHot": _one_hot, "Dropout": _dropout, "HannWindow": _window(torch.hann_window),
    "BlackmanWindow": _window(torch.blackman_window), "HammingWindow": _window(_hamming),
}  # fmt: skip
FIXED = tuple(TABLE)
