"""What a step's values are made of, one operand after the other: where each finds its numbers, and at which places.

Operand K of step I stands in ``attributes.operands[K]``, ``{"input": position}`` or ``{"buffer": name}`` for constants
that are sent as ``NAME/I``. ``base-K/I`` is a table (`places.table`) of the first place that each output value reads of
it; ``along-K/I`` are the distances to the others, where there are several. Without a base, the place is the own one.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import tensor_of
from fivebyfive.views.page.places import places, table

if TYPE_CHECKING:
    from fivebyfive.views.page.envelope import Buffers

MOST_CONSTANTS = 1 << 20
"""Numbers that are sent of an operand that the network holds."""


@dataclass(frozen=True)
class Read:
    """What is read of an operand: the first place for each output value, and the distances to the others."""

    operand: Any
    base: Tensor
    along: Tensor | None = None


def numbered(operand: Any) -> Tensor | None:
    """Of each value of a step's output its place on the page, of a constant its number; None for what is not sent."""
    if isinstance(operand, Step):
        return None if operand.output.is_complex() else places(operand)
    if not isinstance(operand, Tensor) or operand.is_complex() or operand.numel() > MOST_CONSTANTS:
        return None
    return torch.arange(operand.numel()).reshape(operand.shape)


def described(step: Step, reads: list[Read], *, weight: bool = False) -> "tuple[list[dict[str, Any]], Buffers]":
    """The operands as attributes, and the buffers that they need.

    Args:
        weight: the matrix that the step has learned is sent with the others, where there is room.
    """
    operands: list[dict[str, Any]] = []
    buffers: Buffers = {}
    for k, read in enumerate(reads):
        if isinstance(read.operand, Step):
            operands.append({"input": step.origins.index(read.operand)})
        elif weight and is_weight(step, read.operand):
            operands.append({"buffer": "weight"})
        else:
            operands.append({"buffer": f"constant-{k}"})
            buffers[f"constant-{k}"] = tensor_of(read.operand).float().reshape(-1).numpy()
        buffers[f"base-{k}"] = table(read.base, step)
        if read.along is not None:
            buffers[f"along-{k}"] = read.along.numpy().astype(np.int32)
    return operands, buffers


def is_weight(step: Step, operand: Any) -> bool:
    """Whether the operand is the matrix that the step has learned."""
    weight = step.weight
    return weight is not None and isinstance(operand, Tensor) and operand.shape == weight.shape and weight.dim() > 1


def along_dimensions(numbers: Tensor, dims: list[int]) -> Tensor:
    """The distances from a value to all that differ from it along `dims` alone, the last of them counting fastest."""
    kept = [d for d in range(numbers.dim()) if d not in dims]
    lines = numbers.permute(*kept, *dims).reshape(-1, math.prod(numbers.shape[d] for d in dims))
    return lines[0] - lines[0, 0]


def first_along(numbers: Tensor, dims: list[int]) -> Tensor:
    """Of all that differ along `dims` alone the first; these dimensions have size 1 then."""
    for d in dims:
        numbers = numbers.narrow(d, 0, 1)
    return numbers
