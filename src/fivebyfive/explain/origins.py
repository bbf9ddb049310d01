"""Where a value came from, for operations that only move values: reshape, permute, index, cat, pad, pixel shuffle …

The operation itself is asked: run again on the numbers 1, 2, 3 … in place of its input's values, it shows by the
number that arrives where each value started. 0 arrives where nothing did: padding.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.operations import names
from fivebyfive.explain.trace import Step

_SAME_ORDER = names(
    """
    reshape view flatten unflatten ravel squeeze unsqueeze view_as reshape_as contiguous clone detach data
    to float double half bfloat16 int long short bool type type_as cpu cuda requires_grad_ alias output
    """
)
_TABLES = {"embedding": "weight"}
"""Which argument's values move, where it is not the first."""


def origin(step: Step, index: tuple[int, ...]) -> tuple[Step | Tensor, tuple[int, ...]] | None:
    """The operand of `step` and the place in it that the output at `index` came from; None for padding."""
    if step.op in _SAME_ORDER:
        operand = step.origins[0] if step.origins else step.call.values["input"]
        return operand, _unravel(_ravel(index, step.output_shape), _shape(operand))
    moved = (
        [step.call.values[_TABLES.get(step.op, "input")]]
        if "tensors" not in step.call.values
        else list(step.call.values["tensors"])
    )
    if step.op == "assign" and isinstance(step.call.values["other"], (Step, Tensor)):
        moved.append(step.call.values["other"])
    numbers, starts, first = {}, [], 1
    for operand in moved:
        count = math.prod(_shape(operand))
        numbers[id(operand)] = torch.arange(first, first + count, dtype=torch.float64).reshape(_shape(operand))
        starts.append(first)
        first += count
    with torch.no_grad():
        arrived = int(_run(step, numbers)[index])
    if arrived == 0:
        return None
    at = max(i for i, start in enumerate(starts) if start <= arrived)
    return moved[at], _unravel(arrived - starts[at], _shape(moved[at]))


def _run(step: Step, numbers: Mapping[int, Tensor]) -> Tensor:
    call = step.call
    if step.op == "pad":
        return F.pad(_put(call.values["input"], numbers), call.values["pad"], call.values.get("mode", "constant"))
    args = [_put(value, numbers) for value in call.arguments]
    keywords = {name: _put(value, numbers) for name, value in call.keywords.items() if name != "out"}
    if step.op == "assign" and not isinstance(call.values["other"], (Step, Tensor)):
        args[2] = 0
    assert call.function is not None
    result = call.function(*args, **keywords)
    if step.op == "assign":
        result = args[0]
    if isinstance(result, (tuple, list)):
        result = result[step.attributes.get("part", 0)]
    assert isinstance(result, Tensor)
    return result


def _put(value: Any, numbers: Mapping[int, Tensor]) -> Any:
    """The operand's numbers, or the operand itself where it is not what is moved (an index, a shape)."""
    if id(value) in numbers:
        return numbers[id(value)]
    if isinstance(value, Step):
        return value.output
    if isinstance(value, (tuple, list)) and not isinstance(value, torch.Size):
        return type(value)([_put(v, numbers) for v in value])
    return value


def _shape(operand: Step | Tensor) -> tuple[int, ...]:
    return operand.output_shape if isinstance(operand, Step) else tuple(operand.shape)


def _ravel(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    place = 0
    for i, n in zip(index, shape, strict=True):
        place = place * n + i
    return place


def _unravel(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    index = []
    for n in reversed(shape):
        index.append(place % n)
        place //= n
    return tuple(reversed(index))
