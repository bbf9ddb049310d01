"""Contraction: products of two tensors or more, added up over the dimensions that they share; matrices are a case.

Such an operation is linear in each operand alone: the value is a sum over the first result that goes in, and the other
operands make the weights.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.tensordot.html
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Called, Index, Kind, numel_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.replay import linear_sum
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import MOST_TERMS, tensor_of

_SAID = {
    "tensordot": ("Products of two results are added up over some dimensions", "Σ a · b over the dimensions named"),
    "inner": ("Products are added up along the last dimension of both", "Σ_q a[q] · b[q]"),
    "vdot": ("Two lists are multiplied, number by number, and added up", "Σ_q a[q] · b[q]"),
    "linalg_vecdot": ("Two lists are multiplied, number by number, and added up", "Σ_q a[q] · b[q]"),
    "outer": ("Each number of one list is multiplied with each of the other", "a[i] · b[j]"),
    "kron": ("Each number of one is multiplied with the whole of the other", "a[i] · b[j]"),
    "cross": ("A vector at right angles to two others", "a[1]·b[2] − a[2]·b[1], and so on in a circle"),
    "addr": ("The products of two lists are added to a matrix", "β · m[i,j] + α · a[i] · b[j]"),
    "bilinear": ("Each answer weighs all products of one list's numbers with the other's", "Σ a[i] · W[k,i,j] · b[j]"),
    "chain_matmul": ("Several matrices are multiplied with each other", "Σ products along the chain"),
    "linalg_multi_dot": ("Several matrices are multiplied with each other", "Σ products along the chain"),
    "trace": ("The numbers on the diagonal are added up", "Σ_q I[q,q]"),
    "diff": ("Each number becomes its distance from the next", "I[q+1] − I[q]"),
    "cumulative_trapezoid": ("The area under a line of values is added up, place by place", "Σ (I[q] + I[q+1]) / 2"),
    "trapezoid": ("The area under a line of values is added up", "Σ (I[q] + I[q+1]) / 2 · the distance"),
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    bias = step.call.values.get("bias")
    added = None if bias is None else float(tensor_of(bias)[index[-1]])
    plus = "" if bias is None else " + b[k]"
    whole = [step.call.values["input"], step.call.values["vec1"]] if step.op == "addr" else ()
    symbols = f"O = {_SAID[step.op][1]}{plus}"
    return linear_sum(step, index, position, symbols, whole, added, MOST_TERMS)


def _words(step: Step) -> Iterator[str]:
    yield f"{_SAID[step.op][0]}: {tensor_shape(step)}."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int | None:
    """A product for each combination of the dimensions: with M·K, K·N and M·N values these are M·K·N."""
    del learned
    values = called.values
    if called.op == "bilinear":
        return (numel_of(values["weight"]) + numel_of(values.get("bias"))) * (output.numel() // output.shape[-1])
    if called.op in ("trace", "diff", "trapezoid", "cumulative_trapezoid"):
        return 0
    if called.op in ("tensordot", "inner", "vdot", "outer", "kron"):
        return math.isqrt(numel_of(values["input"]) * numel_of(values["other"]) * output.numel())
    return None


def _back(step: Step) -> Iterator[str]:
    if step.op in ("trace", "diff", "trapezoid", "cumulative_trapezoid"):
        yield (
            "Each number gets the gradients of all sums that it was in, by the same signs and weights as on the "
            "way there."
        )
        return
    yield (
        "Each operand is the other's weight: it gets, for every product that it was in, the gradient times what it met."
    )
    if step.op == "bilinear":
        yield "A weight gets the gradient of its answer times the product of the two numbers that it weighs."


KIND = Kind(
    name=OTHER,
    operations={
        "tensordot": "input other dims",
        "inner outer vdot linalg_vecdot kron": "input other",
        "cross": "input other dim",
        "addr": "input vec1 vec2",
        "bilinear": "input other weight bias",
        "chain_matmul linalg_multi_dot trace": "input",
        "diff": "input n dim",
        "trapezoid cumulative_trapezoid": "input",
    },
    aliases={"ger": "outer", "linalg_cross": "cross", "trapz": "trapezoid"},
    keywords={
        "tensordot": {"a": "input", "b": "other"},
        "outer": {"vec2": "other"},
        "bilinear": {"input1": "input", "input2": "other"},
        "linalg_vecdot": {"x": "input", "y": "other"},
    },
    cost=_cost,
    field=mixing.of_all,
    sum=_sum,
    words=_words,
    back=_back,
)
