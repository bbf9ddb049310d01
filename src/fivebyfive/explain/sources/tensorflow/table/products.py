"""Products of matrices, and what is summed up.

Source of the definitions: https://www.tensorflow.org/api_docs/python/tf/raw_ops
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from fivebyfive import ops
from fivebyfive.explain.sources.tensorflow.table import Attributes, Call, Entry, numbers


def _matmul(first: str, second: str) -> Entry:
    def entry(attributes: Attributes) -> Call:
        a_turned, b_turned = bool(attributes(first)), bool(attributes(second))
        if not a_turned and not b_turned:
            return lambda a, b: ops.matmul(a, b) if a.dim() == b.dim() == 2 else torch.matmul(a, b)
        return lambda a, b: torch.matmul(a.mT if a_turned else a, b.mT if b_turned else b)

    return entry


def _einsum(attributes: Attributes) -> Call:
    equation = attributes("equation")
    said = equation.decode() if isinstance(equation, bytes) else str(equation)
    return lambda *operands: torch.einsum(said, *operands)


def _reduced(call: Callable[[Tensor, list[int], bool], Tensor]) -> Entry:
    def entry(attributes: Attributes) -> Call:
        keep = bool(attributes("keep_dims"))

        def reduce(x: Tensor, axes: Tensor) -> Tensor:
            dims = numbers(axes)
            return call(x, dims, keep) if dims else x

        return reduce

    return entry


def _product(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    for dim in sorted((d % x.dim() for d in dims), reverse=True):
        x = x.prod(dim, keepdim=keep)
    return x


def _mean(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    return x.mean(dims, keepdim=keep)


def _sum(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    return x.sum(dims, keepdim=keep)


def _of_largest(which: str) -> Entry:
    def entry(attributes: Attributes) -> Call:
        from fivebyfive.explain.sources.tensorflow.dtypes import torch_type

        dtype = torch_type(attributes("output_type"))
        find: Any = getattr(torch, which)
        return lambda x, dim: find(x, numbers(dim)[0]).to(dtype)

    return entry


def _top(attributes: Attributes) -> Call:
    is_sorted = bool(attributes("sorted"))
    return lambda x, k: tuple(torch.topk(x, int(k), -1, True, is_sorted))


def _cumulated(call: Callable[[Tensor, int], Tensor]) -> Entry:
    def entry(attributes: Attributes) -> Call:
        exclusive, reverse = bool(attributes("exclusive")), bool(attributes("reverse"))

        def cumulate(x: Tensor, axis: Tensor) -> Tensor:
            dim = numbers(axis)[0]
            x = x.flip(dim) if reverse else x
            found = call(x, dim)
            found = found - x if exclusive else found
            return found.flip(dim) if reverse else found

        return cumulate

    return entry


TABLE: dict[str, Entry] = {
    "MatMul": _matmul("transpose_a", "transpose_b"),
    "BatchMatMul": _matmul("adj_x", "adj_y"),
    "BatchMatMulV2": _matmul("adj_x", "adj_y"),
    "BatchMatMulV3": _matmul("adj_x", "adj_y"),
    "Einsum": _einsum,
    "Mean": _reduced(_mean),
    "Sum": _reduced(_sum),
    "Max": _reduced(lambda x, dims, keep: x.amax(dims, keepdim=keep)),
    "Min": _reduced(lambda x, dims, keep: x.amin(dims, keepdim=keep)),
    "All": _reduced(lambda x, dims, keep: x.all(dims, keepdim=keep)),
    "Any": _reduced(lambda x, dims, keep: x.any(dims, keepdim=keep)),
    "Prod": _reduced(_product),
    "ArgMax": _of_largest("argmax"),
    "ArgMin": _of_largest("argmin"),
    "TopKV2": _top,
    "Cumsum": _cumulated(torch.cumsum),
}
