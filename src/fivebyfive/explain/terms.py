"""What sums are made of: the values behind an output value, where they stand, and what adds up to what.

Everything is computed in double precision from the captured inputs; nothing is read from the output itself.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.explain.kind import Index, shape_of
from fivebyfive.explain.layout import Position, by_rank, position_of
from fivebyfive.explain.step import Step, Term

Doubles = npt.NDArray[np.float64]

MOST_TERMS = 32
"""A fully connected layer's terms: the largest so many are listed, the others are one remainder."""
MOST_WINDOW = 16384
"""A window's terms are all listed, up to so many."""
HALVES = (torch.float16, torch.bfloat16)


def tensor_of(value: Any) -> Tensor:
    """The values of a step, or of a constant, as an ordinary tensor."""
    tensor: Tensor = value.output if isinstance(value, Step) else value
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout != torch.strided:
        tensor = tensor.clone().to_dense()  # a copy, because one made in inference mode is not unpacked itself
    return tensor.detach()


def doubles(tensor: Tensor) -> Doubles:
    """The values in double precision."""
    array: Doubles = tensor.detach().to("cpu", torch.float64).numpy()
    return array


def magnitude(value: Tensor) -> float:
    """A single number; of a complex one how far it is from 0."""
    return float((value.abs() if value.is_complex() else value).detach())


def sizes(tensor: Tensor) -> Doubles:
    """The numbers in double precision; of complex ones their magnitudes."""
    return doubles(tensor.abs() if tensor.is_complex() else tensor)


def as_multiplied(step: Step, values: Doubles) -> Doubles:
    """The values as they were multiplied: ``autocast`` rounds them to the precision of the result before."""
    if step.output.dtype not in HALVES:
        return values
    return doubles(torch.from_numpy(np.ascontiguousarray(values)).to(step.output.dtype))


def rounded(value: float, step: Step) -> float:
    """One number in the precision of the result, which may be half or a whole number; a complex one has two reals."""
    dtype = step.output.dtype
    if step.output.is_quantized:
        return value  # to which steps is said in `arithmetic.py`
    return float(torch.tensor(value, dtype=torch.float64).to(dtype.to_real() if dtype.is_complex else dtype))


def line_of(tensor: Tensor, index: Index, dim: int) -> Doubles:
    """The values along one dimension, at the place of `index` in the others."""
    place: tuple[int | slice, ...] = (*index[:dim], slice(None), *index[dim + 1 :])
    return doubles(tensor[place])


def operand_at(operand: Any, index: Index) -> float:
    """The value of an operand, a number or a tensor with repeated dimensions, that belongs to the output's `index`."""
    if isinstance(operand, (bool, int, float)):
        return float(operand)
    tensor = tensor_of(operand)
    return float(tensor[cut(index[len(index) - tensor.dim() :], tensor.shape)])


def same_place(step: Step, name: str, index: Index, weight: float = 1.0) -> Term:
    """The value of operand `name` that belongs to the output's `index`, as a term."""
    operand = step.call.values[name if name in step.call.values else "exponent"]
    value = operand_at(operand, index)
    if not isinstance(operand, Step):
        return Term(value, None, weight, value * weight, input=len(step.origins))
    place = cut(index[len(index) - operand.output.dim() :], operand.output_shape)
    where = position_of(place, operand.output_shape, operand.layout)
    return Term(value, where, weight, value * weight, input=which_input(step, operand))


def which_input(step: Step, operand: Any) -> int:
    """Which of the step's inputs `operand` is; a constant stands behind them all."""
    return next((i for i, origin in enumerate(step.origins) if origin is operand), len(step.origins))


def places_of(operand: Any, places: Sequence[Index]) -> list[Position | None]:
    """The positions of places in an operand; None for each of a constant."""
    if not isinstance(operand, Step):
        return [None] * len(places)
    return [position_of(place, operand.output_shape, operand.layout) for place in places]


def cut(index: Index, shape: Sequence[int]) -> Index:
    """`index` where a dimension of size 1 is repeated."""
    return tuple(0 if n == 1 else i for i, n in zip(index, shape, strict=True))


def listed_terms(
    values: Doubles, weights: Doubles, places: Sequence[Position | None], flags: npt.NDArray[np.bool_]
) -> tuple[Term, ...]:
    """A term for each value; the flags say which are padding."""
    return tuple(
        Term(v, place, w, v * w, bool(flag))
        for v, w, place, flag in zip(values.tolist(), weights.tolist(), places, flags, strict=True)
    )


def largest(
    values: Doubles, weights: Doubles, places: Sequence[Position | None], most: int
) -> tuple[tuple[Term, ...], float, int]:
    """The terms with the largest products, largest first; the sum and the number of the others."""
    products = values * weights
    order = np.argsort(-np.abs(products), kind="stable") if most == MOST_TERMS else np.arange(len(products))
    listed, rest = order[:most], order[most:]
    terms = listed_terms(
        values[listed], weights[listed], [places[i] for i in listed], np.zeros(len(listed), dtype=bool)
    )
    return terms, added(products[rest].tolist()), len(rest)


def added(values: Iterable[float]) -> float:
    """`math.fsum`; where infinities of both signs meet, or the sum grows beyond all bounds, as floats add."""
    listed = list(values)
    try:
        return math.fsum(listed)
    except (ValueError, OverflowError):
        return sum(listed)


def grid(ranges: Sequence[range]) -> list[Index]:
    """All places of the ranges, the last one counting fastest."""
    places: list[Index] = [()]
    for axis in ranges:
        places = [(*place, i) for place in places for i in axis]
    return places


Placed = Callable[[Index, int], Position]
"""From (place, channel) within one part of the batch to the position in the step's input."""


def placing(step: Step, indexed: Callable[[Index, int], Index]) -> Placed:
    """Where a place and a channel of a part of the batch stand in the whole input; `indexed` gives the index there."""
    operand = step.call.values["input"]
    shape = shape_of(operand)
    layout = operand.layout if isinstance(operand, Step) else by_rank(len(shape))
    return lambda place, q: position_of(indexed(place, q), shape, layout)


def of_one_picture(step: Step) -> bool:
    """Whether no part of the picture, and no depth, stands among the channels."""
    return all(s.layout == "flat" or {"N", "C"} <= set(s.layout) for s in (step, *step.origins))


def in_double(value: Any, step: Step) -> Any:
    """A tensor, or a step's output, in double precision, rounded as the step rounds; anything else as it is."""
    if not isinstance(value, (Step, Tensor)):
        return value
    tensor = tensor_of(value)
    if not tensor.is_floating_point():
        return tensor
    return tensor.to(step.output.dtype if step.output.dtype in HALVES else tensor.dtype).double()
