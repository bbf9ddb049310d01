"""Reduction: many values along dimensions become one, their sum, mean, largest, spread or length.

Source of the definitions: https://pytorch.org/docs/stable/torch.html#reduction-ops
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import along, short
from fivebyfive.explain.kind import OTHER, Called, Index, Kind
from fivebyfive.explain.kinds import binary
from fivebyfive.explain.layout import Position, by_rank, position_of
from fivebyfive.explain.phrases import from_to, whole_map
from fivebyfive.explain.step import Arithmetic, Operation, Step
from fivebyfive.explain.sums import extreme, function_of, of_input, place_of_extreme, weighted_sum
from fivebyfive.explain.terms import (
    MOST_WINDOW,
    Doubles,
    doubles,
    grid,
    largest,
    listed_terms,
    of_one_picture,
    tensor_of,
)


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if "other" in step.call.values:  # max(a, b)
        return binary.value_by_value(step, index, position)
    if step.op in _STATISTICS:
        return of_input(step, _statistic(step, index, position))
    return of_input(step, _reduction(step, index, position))


def _reduction(step: Step, index: Index, position: Position) -> Arithmetic:
    """Mean, sum, maximum or minimum along dimensions: global pooling as many write it."""
    flat, places, dims = _along_dimensions(step, index)
    if not len(flat) and step.op != "sum":
        raise InputError(f"{step.name} is taken over no values at all, so there is nothing that could be shown")
    op = "max" if "max" in step.op else "min" if "min" in step.op else step.op
    if op in ("max", "min"):
        return _extreme(step, position, flat, places, "max" if op == "max" else "min")
    weights = np.full(len(flat), 1.0 / len(flat) if op == "mean" else 1.0)
    terms, remainder, count = largest(flat, weights, places, MOST_WINDOW)
    symbols = f"O = (1/{len(flat)}) Σ I" if op == "mean" else "O = Σ I"
    return weighted_sum(position, terms, None, f"{symbols} over {along(dims)}",
                "mean" if op == "mean" else "sum", remainder, count)  # fmt: skip


def _extreme(
    step: Step, position: Position, values: Doubles, places: Sequence[Position], operation: Operation
) -> Arithmetic:
    none = np.zeros(len(values), dtype=bool)
    if step.attributes.get("part") != 1:
        return extreme(position, values, places, none, operation, f"O = {operation} I, over y, x")
    best = place_of_extreme(values, none, operation)  # the other result: where along the dimension it stands
    terms = listed_terms(values, np.eye(len(values))[best], places, none)
    return function_of(position, terms, float(best), f"the place of the {operation}")


def _along_dimensions(step: Step, index: Index) -> tuple[Doubles, list[Position], list[int]]:
    """The values that become the one at `index`, their places, and the dimensions that they lie along."""
    operand = step.call.values["input"]
    values = tensor_of(operand)
    dim = step.call.values.get("dim")
    rank = values.dim()
    dims = range(rank) if dim is None or dim == () else dim if isinstance(dim, Sequence) else (dim,)
    gone = {d % rank for d in dims}
    kept = list(index)
    if values.dim() != len(index):
        left = iter(index)
        kept = [0 if d in gone else next(left) for d in range(rank)]
    picked = values[tuple(slice(None) if d in gone else i for d, i in enumerate(kept))]
    layout = operand.layout if isinstance(operand, Step) else by_rank(rank)
    ranges = [range(values.shape[d]) if d in gone else range(i, i + 1) for d, i in enumerate(kept)]
    return doubles(picked).ravel(), [position_of(p, values.shape, layout) for p in grid(ranges)], sorted(gone)


def _statistic(step: Step, index: Index, position: Position) -> Arithmetic:
    """One number about all the values along dimensions: their spread, their length, the place of the largest."""
    flat, places, dims = _along_dimensions(step, index)
    symbols, function = _STATISTICS[step.op]
    with np.errstate(all="ignore"):
        total = float(function(flat, step.call.values))
    terms, remainder, count = largest(flat, np.ones(len(flat)), places, MOST_WINDOW)
    symbols = f"{symbols} over {along(dims)}"
    return Arithmetic(position, "function", terms, total, remainder=remainder, remainder_count=count,
                      symbols=f"O = {symbols}", figures=f"{symbols}, {len(flat)} values = {short(total)}")  # fmt: skip


def _variance(values: Doubles, given: Mapping[str, Any]) -> float:
    less = given.get("correction", given.get("unbiased", True))
    return float(((values - values.mean()) ** 2).sum() / max(len(values) - (1 if less is None else less), 0))


def _norm(values: Doubles, given: Mapping[str, Any]) -> float:
    p = given.get("p")
    return float(np.linalg.norm(values, 2 if p is None or p == "fro" else p))


def _log_of_sum(values: Doubles, _: Mapping[str, Any]) -> float:
    return float(values.max() + np.log(np.exp(values - values.max()).sum()))


_STATISTICS: dict[str, tuple[str, Callable[[Doubles, Mapping[str, Any]], float]]] = {
    "var": ("the variance of I", _variance),
    "std": ("the standard deviation of I", lambda values, given: math.sqrt(_variance(values, given))),
    "norm": ("‖I‖", _norm),
    "prod": ("the product of I", lambda values, _: float(values.prod())),
    "logsumexp": ("ln Σ e^I", _log_of_sum),
    "argmax": ("the place of the largest I", lambda values, _: float(values.argmax())),
    "argmin": ("the place of the smallest I", lambda values, _: float(values.argmin())),
}


def _words(step: Step) -> Iterator[str]:
    if step.kind == "joining":
        yield from binary.words(step)
        return
    extreme_ = "the largest value" if "max" in step.op else "the smallest value"
    if step.kind == "pooling":
        yield whole_map(step, {"mean": "the mean", "sum": "the sum"}.get(step.op, extreme_))
        return
    dim = step.attributes.get("dim")
    along = "of all values" if dim is None else f"along dimension {dim}"
    sizes = f": {from_to(step.origins[0], step)}" if step.origins else ""
    yield f"{_SAID.get(step.op, f'The {step.op}')} {along}{sizes}."


_SAID = {
    "var": "The variance", "std": "The standard deviation", "norm": "The length (norm)", "prod": "The product",
    "logsumexp": "The logarithm of the sum of e to the power of each", "argmax": "The place of the largest",
    "argmin": "The place of the smallest", "amax": "The largest", "amin": "The smallest", "max": "The largest",
    "min": "The smallest", "all": "Whether all are true,", "any": "Whether one is true,",
}  # fmt: skip


def _called(called: Called, origins: Sequence[Step], output: Tensor) -> str:
    if "other" in called.values:
        return binary.name_of(called, origins, output)
    return "pooling" if called.op in _POOLED and origins and _loses_space(origins[0], output) else OTHER


_POOLED = ("mean", "sum", "amax", "amin", "max", "min")


def _loses_space(origin: Step, output: Tensor) -> bool:
    height, width, _ = origin.size
    return height * width > 1 and output.numel() * height * width == origin.output.numel()


def _form(step: Step) -> str:
    pooled = step.kind == "pooling" and len(step.origins) == 1 and step.size[2] == step.origins[0].size[2]
    return {"mean": "mean", "amax": "maximum"}.get(step.op, "") if pooled and of_one_picture(step) else ""


KIND = Kind(
    name=OTHER,
    operations={
        "mean sum amax amin max min prod logsumexp all any argmax argmin": "input dim keepdim",
        "std var": "input dim unbiased keepdim",
        "norm": "input p dim keepdim",
    },
    called=_called,
    axes={
        "mean sum amax amin prod logsumexp all any argmax argmin std var norm": dimensions.reduced,
        "max min": dimensions.largest,
    },
    field=mixing.reduced,
    sum=_sum,
    words=_words,
    form=_form,
)
