"""PyTorch's own operations by the names that exported programs have for them.

Most are called as they are: the kinds know ``conv2d`` by whatever name. What only decomposed programs have
(``run_decompositions``) is called as the function that it came from.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.errors import InputError

SHAPES = {
    "_operator": {
        "mul",
        "add",
        "sub",
        "floordiv",
        "mod",
        "neg",
        "truediv",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "getitem",
    },
    "math": {"ceil", "floor", "trunc"},
}
"""Python's own functions that a program may call on sizes."""
UPSAMPLINGS = (
    ("nearest", 1), ("nearest", 2), ("nearest", 3), ("linear", 1), ("bilinear", 2), ("bicubic", 2), ("trilinear", 3),
)  # fmt: skip
REFUSED = frozenset({"from_file", "set_data", "set_", "resize_", "resize_as_", "as_strided_", "_assert_async"})
"""Operations that open files, or take memory that is not theirs."""
TYPES = (
    "Tensor", "int", "float", "bool", "number", "Scalar", "SymInt", "SymFloat", "SymBool", "str", "Device",
    "ScalarType", "Layout", "MemoryFormat", "Dimname",
)  # fmt: skip
"""What an argument may be: numbers, texts and tensors, nothing that reaches beyond them."""


def function(target: str) -> tuple[str, Callable[..., Any]]:
    """The name and the function of an operation: of ``torch.ops.aten.conv2d.default`` conv2d.

    Raises:
        InputError: it is none of PyTorch's, or one that may do more than compute.
    """
    space, _, name = target.rpartition(".")
    if name in SHAPES.get(space, ()):
        return name, getattr(operator if space == "_operator" else math, name)
    parts = target.split(".")
    is_aten = len(parts) == 5 and parts[:3] == ["torch", "ops", "aten"]
    packet = getattr(torch.ops.aten, parts[3], None) if is_aten else None
    found = getattr(packet, parts[4], None) if packet is not None else None
    if found is None or not _only_computes(found):
        raise InputError(f"the program calls {target[:200]}, which is not run here: only PyTorch's aten operations are")
    return parts[3], partial(_called, found, _DECOMPOSED.get(parts[3]) or _DECOMPOSED.get(".".join(parts[3:]), found))


def _only_computes(op: Any) -> bool:
    """Whether it takes nothing but numbers, texts and tensors, and writes to its first argument at most."""
    schema = op._schema
    plain = all(any(word in str(argument.type) for word in TYPES) for argument in schema.arguments)
    writes = any(a.alias_info is not None and a.alias_info.is_write for a in schema.arguments[1:])
    return plain and not writes and schema.name.removeprefix("aten::") not in REFUSED


def _called(op: Any, call: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """The call with its arguments by place, as the kinds read them; gaps have what stands there by default."""
    schema = op._schema.arguments
    given = {argument.name: value for argument, value in zip(schema, arguments, strict=False)} | keywords
    last = max((i for i, a in enumerate(schema) if a.name in given and not a.kwarg_only), default=-1)
    placed = [given.pop(a.name) if a.name in given else a.default_value for a in schema[: last + 1]]
    return call(*placed, **given)


def _convolution(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any, transposed: bool,
    output_padding: Any, groups: int,
) -> Tensor:  # fmt: skip
    spatial = weight.dim() - 2
    if transposed:
        spread = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[spatial - 1]
        return spread(x, weight, bias, stride, padding, output_padding, groups, dilation)
    return (F.conv1d, F.conv2d, F.conv3d)[spatial - 1](x, weight, bias, stride, padding, dilation, groups)


def _batch_norm(x: Tensor, weight: Any, bias: Any, mean: Tensor, variance: Tensor, momentum: float, eps: float) -> Any:
    return F.batch_norm(x, mean, variance, weight, bias, False, momentum, eps), torch.empty(0), torch.empty(0)


def _own_norm(x: Tensor, weight: Any, bias: Any, training: bool, momentum: float, eps: float) -> Any:
    return F.batch_norm(x, None, None, weight, bias, training, momentum, eps), torch.empty(0), torch.empty(0)


def _slice(x: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    return x[(*[slice(None)] * (dim % x.dim()), slice(start, end, step))]


def _layer_norm(x: Tensor, shape: Sequence[int], weight: Any, bias: Any, eps: float) -> Any:
    return F.layer_norm(x, list(shape), weight, bias, eps), torch.empty(0), torch.empty(0)


def _group_norm(x: Tensor, weight: Any, bias: Any, n: int, c: int, hxw: int, groups: int, eps: float) -> Any:
    del n, c, hxw
    return F.group_norm(x, groups, weight, bias, eps), torch.empty(0), torch.empty(0)


def _max_pool2d(
    x: Tensor, kernel: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil: bool = False
) -> Any:
    return F.max_pool2d(x, kernel, stride or None, padding, dilation, ceil, return_indices=True)


def _resized(mode: str, x: Tensor, size: Any, *rest: Any) -> Tensor:
    """``upsample_bilinear2d.vec(x, size, align_corners, factors)``; nearest neighbours have no corners to align."""
    corners, factors = (None, rest[0]) if mode == "nearest" else (rest[0], rest[1])
    return F.interpolate(x, size, None if size is not None else factors, mode, corners)


def _to_copy(x: Tensor, **keywords: Any) -> Tensor:
    dtype = keywords.get("dtype")
    return x.to(dtype) if dtype is not None else x.clone()


_DECOMPOSED: Mapping[str, Callable[..., Any]] = {
    "convolution": _convolution,
    "_native_batch_norm_legit_no_training": _batch_norm,
    "_native_batch_norm_legit.no_stats": _own_norm,
    "constant_pad_nd": lambda x, pad, value=0.0: F.pad(x, list(pad), "constant", value),
    "slice": _slice,
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
    "max_pool2d_with_indices": _max_pool2d,
    "_softmax": lambda x, dim, _: torch.softmax(x, dim),
    "_log_softmax": lambda x, dim, _: torch.log_softmax(x, dim),
    "_adaptive_avg_pool2d": F.adaptive_avg_pool2d,
    "_to_copy": _to_copy,
    "_unsafe_view": lambda x, size: x.reshape(size),
    **{f"upsample_{mode}{n}d": partial(_resized, mode) for mode, n in UPSAMPLINGS},
    "lift_fresh_copy": lambda x: x.clone(),
}
