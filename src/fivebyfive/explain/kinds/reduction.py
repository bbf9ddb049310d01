"""Reduction: many values along dimensions become one, their sum, mean, largest, spread or length.

Source of the definitions: https://pytorch.org/docs/stable/torch.html#reduction-ops
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import winners
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import along, short
from fivebyfive.explain.kind import OTHER, Called, Index, Kind
from fivebyfive.explain.kinds import binary
from fivebyfive.explain.layout import Position, by_rank, position_of
from fivebyfive.explain.phrases import counted, from_to, whole_map
from fivebyfive.explain.replay import replay, value_at
from fivebyfive.explain.step import Arithmetic, Operation, Step
from fivebyfive.explain.sums import extreme, function_of, of_input, place_of_extreme, weighted_sum
from fivebyfive.explain.terms import (
    MOST_WINDOW,
    Doubles,
    doubles,
    grid,
    largest,
    listed_terms,
    magnitude,
    tensor_of,
)


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if "other" in step.call.values:  # max(a, b)
        return binary.value_by_value(step, index, position)
    how = _reduction if step.op in _LINEAR_OR_EXTREME else _statistic
    return of_input(step, how(step, index, position))


def _reduction(step: Step, index: Index, position: Position) -> Arithmetic:
    """Mean, sum, maximum or minimum along dimensions: global pooling as many write it."""
    flat, places, dims = _along_dimensions(step, index)
    if not len(flat) and step.op != "sum":
        raise InputError(f"{step.name} is taken over no values at all, so there is nothing that could be shown")
    if step.op not in ("mean", "sum"):
        return _extreme(step, position, flat, places, _side(step))
    op = step.op
    weights = np.full(len(flat), 1.0 / len(flat) if op == "mean" else 1.0)
    terms, remainder, count = largest(flat, weights, places, MOST_WINDOW)
    symbols = f"O = (1/{len(flat)}) Σ I" if op == "mean" else "O = Σ I"
    return weighted_sum(position, terms, None, f"{symbols} over {along(dims)}",
                "mean" if op == "mean" else "sum", remainder, count)  # fmt: skip


def _side(step: Step) -> Operation:
    """Whether the largest or the smallest is taken; of both, the smallest comes first."""
    if step.op == "aminmax":
        return "max" if step.attributes.get("part") == 1 else "min"
    return "max" if "max" in step.op else "min"


def _extreme(
    step: Step, position: Position, values: Doubles, places: Sequence[Position], operation: Operation
) -> Arithmetic:
    none = np.zeros(len(values), dtype=bool)
    if step.attributes.get("part") != 1 or step.op == "aminmax":
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
    if step.op in ("quantile", "nanquantile") and _is_list(step.call.values["q"]):
        index = index[1:]  # one number for each share stands in front
    if step.op == "linalg_matrix_norm" and dim is None:
        gone = {rank - 2, rank - 1}
    kept = list(index)
    if values.dim() != len(index):
        left = iter(index)
        kept = [0 if d in gone else next(left) for d in range(rank)]
    picked = values[tuple(slice(None) if d in gone else i for d, i in enumerate(kept))]
    layout = operand.layout if isinstance(operand, Step) else by_rank(rank)
    ranges = [range(values.shape[d]) if d in gone else range(i, i + 1) for d, i in enumerate(kept)]
    return doubles(picked).ravel(), [position_of(p, values.shape, layout) for p in grid(ranges)], sorted(gone)


def _is_list(shares: Any) -> bool:
    return not isinstance(shares, float) and tensor_of(shares).dim() == 1


def _statistic(step: Step, index: Index, position: Position) -> Arithmetic:
    """One number about all the values along dimensions: their spread, their length, the place of the largest."""
    flat, places, dims = _along_dimensions(step, index)
    total = magnitude(value_at(step, replay(step, rounded=False), index))
    terms, remainder, count = largest(flat, np.ones(len(flat)), places, MOST_WINDOW)
    symbols = f"{_symbols(step)} over {along(dims)}"
    return Arithmetic(position, "function", terms, total, remainder=remainder, remainder_count=count,
                      symbols=f"O = {symbols}", figures=f"{symbols}, {len(flat)} values = {short(total)}")  # fmt: skip


def _symbols(step: Step) -> str:
    if step.op in ("std_mean", "var_mean"):
        return _STATISTICS["mean" if step.attributes.get("part") == 1 else step.op.removesuffix("_mean")]
    return _STATISTICS[step.op]


_STATISTICS = {
    "var": "the variance of I",
    "std": "the standard deviation of I",
    "var_mean": "the variance of I",
    "std_mean": "the standard deviation of I",
    "mean": "the mean of I",
    "nanmean": "the mean of the I that are numbers",
    "nansum": "Σ of the I that are numbers",
    "norm": "‖I‖",
    "linalg_norm": "‖I‖",
    "linalg_vector_norm": "‖I‖",
    "linalg_matrix_norm": "‖I‖",
    "prod": "the product of I",
    "logsumexp": "ln Σ e^I",
    "argmax": "the place of the largest I",
    "argmin": "the place of the smallest I",
    "count_nonzero": "how many I are not 0",
    "all": "1 if all I are true, else 0",
    "any": "1 if one I is true, else 0",
    "quantile": "the I below which a share q of all lies",
    "nanquantile": "the I below which a share q of all that are numbers lies",
}
_LINEAR_OR_EXTREME = ("mean", "sum", "amax", "amin", "max", "min", "aminmax")


def _words(step: Step) -> Iterator[str]:
    if step.kind == "joining":
        yield from binary.words(step)
        return
    extreme_ = "the largest value" if "max" in step.op else "the smallest value"
    if step.kind == "pooling":
        yield whole_map(step, {"mean": "the mean", "sum": "the sum"}.get(step.op, extreme_))
        return
    dim = step.attributes.get("dim")
    where = "of all values" if dim is None else f"along dimension {dim}"
    sizes = f": {from_to(step.origins[0], step)}" if step.origins else ""
    yield f"{_said(step)} {where}{sizes}."


def _said(step: Step) -> str:
    second = step.attributes.get("part") == 1
    if step.op in ("std_mean", "var_mean"):
        return "The mean" if second else _SAID[step.op.removesuffix("_mean")]
    if step.op == "aminmax":
        return "The largest" if second else "The smallest"
    if second and step.op in ("max", "min"):
        return f"The place of {_SAID[step.op].lower()}"
    return _SAID.get(step.op, f"The {step.op}")


_SAID = {
    "var": "The variance", "std": "The standard deviation", "norm": "The length (norm)", "prod": "The product",
    "logsumexp": "The logarithm of the sum of e to the power of each", "argmax": "The place of the largest",
    "argmin": "The place of the smallest", "amax": "The largest", "amin": "The smallest", "max": "The largest",
    "min": "The smallest", "all": "Whether all are true,", "any": "Whether one is true,",
    "linalg_norm": "The length (norm)", "linalg_vector_norm": "The length (norm)",
    "linalg_matrix_norm": "The length (norm) of each matrix", "nanmean": "The mean of those that are numbers,",
    "nansum": "The sum of those that are numbers,", "count_nonzero": "How many are not 0,",
    "quantile": "The value below which a share of all lies,",
    "nanquantile": "The value below which a share of all that are numbers lies,",
}  # fmt: skip


def _called(called: Called, origins: Sequence[Step], output: Tensor) -> str:
    if "other" in called.values:
        return binary.name_of(called, origins, output)
    return "pooling" if called.op in _POOLED and origins and _loses_space(origins[0], output) else OTHER


_POOLED = ("mean", "sum", "amax", "amin", "max", "min")


def _loses_space(origin: Step, output: Tensor) -> bool:
    height, width, _ = origin.size
    return height * width > 1 and output.numel() * height * width == origin.output.numel()


def _back(step: Step) -> Iterator[str]:
    if "other" in step.call.values:  # max(a, b)
        yield from binary.back(step)
        return
    operand, op = step.call.values["input"], step.op
    many = tensor_of(operand).numel() // max(step.output.numel(), 1)
    second = step.attributes.get("part") == 1
    if op == "mean" or (op in ("std_mean", "var_mean") and second):
        yield f"A mean shares its gradient out evenly: each of its {counted(many, 'value')} gets 1 / {many:,} of it."
    elif op == "sum":
        yield f"A sum passes its gradient on to each of its {counted(many, 'value')}, unchanged."
    elif op in ("amax", "amin", "max", "min", "aminmax"):
        yield f"Only what was taken is paid, and gets the gradient: {winners(step, operand)}; all others get nothing."
    else:
        yield _BACK_SAYS.get(op, "Each value gets the gradient times how much the result grows with it.")


_BACK_SAYS = {
    "nanmean": "Each value that is a number gets the same share of the gradient; what is none gets nothing.",
    "nansum": "Each value that is a number gets the gradient unchanged; what is none gets nothing.",
    "prod": "Each value gets the gradient times the product of all others: one 0 among them leaves them nothing.",
    "logsumexp": (
        "Each value gets its share of the softmax of the gradient: the largest gets most, together they get it all."
    ),
    "std": "Each value gets the gradient times its distance from the mean, over the deviation: together they get 0.",
    "var": "Each value gets the gradient times its distance from the mean: together they get 0.",
    "std_mean": (
        "Each value gets the gradient times its distance from the mean, over the deviation: together they get 0."
    ),
    "var_mean": "Each value gets the gradient times its distance from the mean: together they get 0.",
    "quantile": (
        "The gradient goes to the one or two values that the result lies at, or between; all others get nothing."
    ),
    "nanquantile": (
        "The gradient goes to the one or two values that the result lies at, or between; all others get nothing."
    ),
}


KIND = Kind(
    name=OTHER,
    operations={
        "mean sum amax amin max min prod logsumexp all any argmax argmin nanmean nansum": "input dim keepdim",
        "std var std_mean var_mean": "input dim unbiased keepdim",
        "norm": "input p dim keepdim",
        "linalg_norm linalg_vector_norm linalg_matrix_norm": "input ord dim keepdim",
        "aminmax": "input",
        "count_nonzero": "input dim",
        "quantile nanquantile": "input q dim keepdim",
    },
    aliases={
        "special_logsumexp": "logsumexp",
        "frobenius_norm": "norm",
    },
    keywords={
        "linalg_vector_norm": {"x": "input"},
        "linalg_matrix_norm": {"A": "input"},
        "linalg_norm": {"A": "input"},
    },
    called=_called,
    axes={
        """
        mean sum amax amin prod logsumexp all any argmax argmin nanmean nansum std var std_mean var_mean norm
        linalg_norm linalg_vector_norm count_nonzero
        """: dimensions.reduced,
        "max min": dimensions.largest,
    },
    field={
        """
        mean sum amax amin max min prod logsumexp all any argmax argmin nanmean nansum std var std_mean
        var_mean norm linalg_norm linalg_vector_norm linalg_matrix_norm nanquantile aminmax count_nonzero quantile
        """: mixing.reduced,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
