"""Products of matrices: a fully connected layer, and what two results multiplied with each other give.

Source of the definitions: https://pytorch.org/docs/stable/torch.html#blas-and-lapack-operations
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import dead_units, out_of
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Called, Index, Kind, numel_of, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.sums import weighted_sum
from fivebyfive.explain.terms import (
    MOST_TERMS,
    Doubles,
    as_multiplied,
    cut,
    doubles,
    largest,
    operand_at,
    places_of,
    rounded,
    tensor_of,
    which_input,
)


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return _sum_of_products(step, index, position) if step.op == "addbmm" else _product_sum(step, index, position)


def _product_sum(step: Step, index: Index, position: Position) -> Arithmetic:
    values = step.call.values
    left, right = values["input"], values["weight" if step.op == "linear" else "other"]
    row, left_places = _row(left, index, right)
    column, right_places = _column(right, index, step.op, left)
    row, column = as_multiplied(step, row), as_multiplied(step, column)
    alpha = float(values.get("alpha", 1.0)) if step.op in ("addmm", "addmv", "baddbmm") else 1.0
    bias = None
    if values.get("bias") is not None:
        beta = float(values.get("beta", 1.0))
        bias = beta * rounded(operand_at(values["bias"], index), step)
    swapped = not isinstance(left, Step) and isinstance(right, Step)
    data, weights, places = (column, alpha * row, right_places) if swapped else (row, alpha * column, left_places)
    terms, remainder, count = largest(data, weights, places, MOST_TERMS)
    which = which_input(step, right if swapped else left)
    terms = tuple(replace(term, input=which) for term in terms)
    symbols = "O[n,k] = Σ_q I[n,q] · W[q,k]" + (" + b[k]" if bias is not None else "")
    return weighted_sum(position, terms, bias, symbols, "sum", remainder, count)


def _row(operand: Any, index: Index, right: Any) -> tuple[Doubles, list[Position | None]]:
    """The row of the left factor that the output at `index` is made of."""
    tensor = tensor_of(operand)
    lead = tensor.dim() - 1
    outer = index[:-1] if tensor_of(right).dim() > 1 else index
    place = cut(outer[len(outer) - lead :], tensor.shape[:-1])
    return doubles(tensor[place]), places_of(operand, [(*place, q) for q in range(tensor.shape[-1])])


def _column(operand: Any, index: Index, op: str, left: Any) -> tuple[Doubles, list[Position | None]]:
    tensor = tensor_of(operand)
    if op == "linear":
        if tensor.dim() == 1:
            return doubles(tensor), places_of(operand, [(q,) for q in range(tensor.shape[0])])
        return doubles(tensor[index[-1]]), places_of(operand, [(index[-1], q) for q in range(tensor.shape[1])])
    if tensor.dim() == 1:
        return doubles(tensor), places_of(operand, [(q,) for q in range(tensor.shape[0])])
    lead = tensor.dim() - 2
    batch = index[: len(index) - (1 if tensor_of(left).dim() == 1 else 2)]
    place = cut(batch[len(batch) - lead :], tensor.shape[:-2])
    column = tensor[place][..., index[-1]]
    return doubles(column), places_of(operand, [(*place, q, index[-1]) for q in range(tensor.shape[-2])])


def _sum_of_products(step: Step, index: Index, position: Position) -> Arithmetic:
    """``addbmm``: the products of all pairs of matrices added up, and a matrix."""
    values = step.call.values
    left, right = values["input"], values["other"]
    rows, columns = tensor_of(left)[:, index[0]], tensor_of(right)[:, :, index[1]]
    alpha, beta = float(values.get("alpha", 1.0)), float(values.get("beta", 1.0))
    from_left = isinstance(left, Step) or not isinstance(right, Step)
    places = [(b, index[0], q) if from_left else (b, q, index[1]) for b, q in np.ndindex(*rows.shape)]
    row, column = (as_multiplied(step, doubles(t).ravel()) for t in (rows, columns))
    data, weights, operand = (row, alpha * column, left) if from_left else (column, alpha * row, right)
    terms, remainder, count = largest(data, weights, places_of(operand, places), MOST_TERMS)
    terms = tuple(replace(term, input=which_input(step, operand)) for term in terms)
    bias = beta * rounded(operand_at(values["bias"], index), step)
    return weighted_sum(position, terms, bias, "O[n,k] = Σ_{b,q} I[b,n,q] · W[b,q,k] + b[n,k]", "sum", remainder, count)


def _words(step: Step) -> Iterator[str]:
    if step.kind != "fully connected":
        pairs = f"rows of {step.origins[0].name} with columns of {step.origins[-1].name}"
        products = shape_of(step.call.values["input"])[-1]
        yield f"Two results are multiplied as matrices, {pairs}: each value is a sum of {counted(products, 'product')}."
        return
    left = step.call.values["input"]
    rows = step.output_shape if isinstance(left, Step) else shape_of(left)[:-1]
    inputs, outputs = shape_of(left)[-1], rows[-1] if rows else 1
    places = step.output.numel() // max(outputs, 1)
    each = f" at each of the {places} places" if places > 1 else ""
    many = counted(outputs, "output")
    yield f"{many}, each connected with all {inputs} inputs{each}: O[n,k] = Σ_q I[n,q] · W[q,k]."
    bias = f", plus {outputs} bias{'es' * (outputs > 1)}" if step.bias is not None else ""
    yield f"That takes {inputs}·{outputs} = {inputs * outputs:,} weights{bias}."
    if places > 1:
        yield "It is a convolution whose window is 1×1: all places share the weights."
    else:
        yield "It is a convolution whose window is the whole input: every output has one weight for every input value."


def _called(called: Called, origins: Sequence[Step], output: Tensor) -> str:
    del called, output
    return OTHER if len(origins) > 1 else "fully connected"


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int | None:
    values = called.values
    bias = values.get("bias")
    if called.op == "linear":
        return (numel_of(values["weight"]) + numel_of(bias)) * (output.numel() // max(output.shape[-1], 1))
    if _is_sparse(values["input"]) or _is_sparse(values["other"]):
        return None  # only what is not 0 is multiplied
    pairs = shape_of(values["input"])[0] if called.op == "addbmm" else 1
    return output.numel() * shape_of(values["input"])[-1] * pairs + (output.numel() if learned(bias) else 0)


def _is_sparse(value: Any) -> bool:
    return isinstance(value, Tensor) and value.layout != torch.strided


def _back(step: Step) -> Iterator[str]:
    if step.kind != "fully connected":
        first, second = step.origins[0].name, step.origins[-1].name
        yield f"Each is the other's weight: {first} gets the gradient times {second}, {second} gets it times {first}."
        return
    left, outputs = step.call.values["input"], step.output_shape[-1] if step.output_shape else 1
    swapped = not isinstance(left, Step)
    data = tensor_of(step.call.values["weight" if step.op == "linear" else "other"] if swapped else left)
    places = step.output.numel() // max(outputs, 1)
    if swapped:
        yield "The gradient goes back along the same weights: Σ gradient · weight, over all outputs that a value is in."
        return
    yield (
        "The gradient goes back along the same weights: each input gets Σ gradient · weight over "
        f"{counted(outputs, 'output')}."
    )
    over = f", added up over {places:,} places" if places > 1 else ""
    silent = int((data.reshape(-1, data.shape[-1]) == 0).all(0).sum())
    yield f"A weight gets the gradient of its output times the input that it met{over}: W[q,k] learns I[q] · ∂L/∂O[k]."
    if silent:
        yield f"{out_of(silent, data.shape[-1])} inputs were 0: the weights from them learn nothing this time."
    yield from dead_units(step, "unit")


KIND = Kind(
    name="fully connected",
    operations={
        "linear": "input weight bias",
        "matmul mm bmm mv dot": "input other",
        "addmm addmv baddbmm addbmm": "bias input other",
    },
    ours={"matmul": "input other"},
    aliases={"sparse_mm": "mm", "linalg_matmul": "matmul"},
    keywords={
        "addmm": {"input": "bias", "mat1": "input", "mat2": "other"},
        "addmv": {"input": "bias", "mat": "input", "vec": "other"},
        "baddbmm": {"input": "bias", "batch1": "input", "batch2": "other"},
        "addbmm": {"input": "bias", "batch1": "input", "batch2": "other"},
        "mm": {"mat1": "input", "mat2": "other"},
        "bmm": {"mat2": "other"},
        "mv": {"vec": "other"},
        "dot": {"tensor": "other"},
    },
    called=_called,
    cost=_cost,
    axes={
        "linear": dimensions.linear,
        "matmul mm bmm addmm baddbmm": dimensions.product,
    },
    field={
        "linear": mixing.linear,
        "matmul mm bmm mv dot addmm addmv baddbmm addbmm": mixing.multiplied,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
