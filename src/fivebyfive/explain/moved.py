"""Where a value came from, for operations that only move values: reshape, permute, index, cat, pad, pixel shuffle …

The operation itself is asked: run again on the numbers 1, 2, 3 … in place of the values that it moves, it shows by the
number that arrives where each value started. 0 arrives where nothing did: padding.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import Index, names, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.terms import magnitude, places_of, rounded, tensor_of

SAME_ORDER = names(
    """
    reshape view flatten unflatten ravel squeeze unsqueeze view_as reshape_as contiguous clone detach data
    to float double half bfloat16 int long short bool type type_as cpu cuda requires_grad_ alias output
    """
)
"""The values stay as they are, one behind the other."""


def moved(
    step: Step,
    index: Index,
    position: Position,
    operands: Sequence[Any],
    symbols: str = "O = the input's value at the place that moved here",
    filled: tuple[str, float] = ("the padding's value", 0.0),
) -> Arithmetic:
    """The one value that came here, from wherever it was.

    Args:
        operands: the steps and tensors whose values move.
        filled: what stands where no value moved to, in words, and the number.
    """
    found = origin(step, index, operands)
    if found is None:
        name, value = filled
        term = Term(value, None, 1.0, value, padding=step.op != "assign")
        return Arithmetic(position, "copy", (term,), value, symbols=f"O = {name}", figures=f"{name}: {short(value)}")
    operand, place = found
    value = magnitude(tensor_of(operand)[place])
    (where,) = places_of(operand, [place])
    which = step.origins.index(operand) if isinstance(operand, Step) and operand in step.origins else 0
    term = Term(value, where, 1.0, value, input=which)
    name = operand.name if isinstance(operand, Step) else "a constant"
    at = "" if where is None else f"[{where[0]}, {where[1]}, {where[2]}]"
    total = rounded(value, step)  # .half(), .int() … round it
    if total != value and not math.isnan(value):
        kind = str(step.output.dtype).removeprefix("torch.")
        return Arithmetic(position, "function", (term,), total, symbols=f"O = I as a {kind}",
                          figures=f"{name}{at} = {value:g} as a {kind}: {total:g}")  # fmt: skip
    return Arithmetic(position, "copy", (term,), value, symbols=symbols, figures=f"{name}{at} = {short(value)}")


def origin(step: Step, index: Index, operands: Sequence[Any]) -> tuple[Step | Tensor, Index] | None:
    """The one of `operands`, and the place in it, that the output at `index` came from; None for padding."""
    if step.op in SAME_ORDER:
        operand = step.origins[0] if step.origins else operands[0]
        place = np.ravel_multi_index(index, step.output_shape) if index else 0
        return operand, tuple(int(i) for i in np.unravel_index(int(place), shape_of(operand)))
    numbers, starts, first = {}, [], 1
    for operand in operands:
        count = math.prod(shape_of(operand))
        numbers[id(operand)] = torch.arange(first, first + count, dtype=torch.float64).reshape(shape_of(operand))
        starts.append(first)
        first += count
    with torch.no_grad():
        arrived = int(run_again(step, numbers)[index])
    if arrived == 0:
        return None
    at = max(i for i, start in enumerate(starts) if start <= arrived)
    return operands[at], tuple(int(i) for i in np.unravel_index(arrived - starts[at], shape_of(operands[at])))


def run_again(step: Step, instead: Mapping[int, Tensor], part: int | None = None) -> Tensor:
    """The step's output with other tensors in place of some of its operands, which are found by their ``id``.

    Args:
        part: which of several results it is; None for the step's own.
    """
    first = step.call.arguments[0] if step.call.arguments else step.call.keywords.get("input")
    if step.attributes.get("inplace") and isinstance(first, Step) and id(first) not in instead:
        instead = {**instead, id(first): first.output.clone()}  # what was captured stays as it is
    call = step.call
    if step.op == "pad":
        return F.pad(_put(call.values["input"], instead), sides_of(step), call.values.get("mode") or "constant")
    args = [_put(value, instead) for value in call.arguments]
    keywords = {name: _put(value, instead) for name, value in call.keywords.items() if name != "out"}
    _put_zero(step, args, keywords)
    assert call.function is not None
    result = call.function(*args, **keywords)
    if step.op == "assign":
        result = args[0]
    if isinstance(result, (tuple, list)):
        result = result[step.attributes.get("part", 0) if part is None else part]
    assert isinstance(result, Tensor)
    return result


def _put_zero(step: Step, args: list[Any], keywords: dict[str, Any]) -> None:
    """0 in place of the one number that the operation writes to some places."""
    at, name = _NUMBER_WRITTEN.get(step.op, (0, ""))
    held: Any = args if 0 < at < len(args) else keywords
    key = at if held is args else name
    if (key in keywords if held is keywords else True) and isinstance(held[key], (bool, int, float)):
        held[key] = 0


_NUMBER_WRITTEN = {"assign": (2, ""), "scatter": (3, "value"), "index_fill": (3, "value"), "fill_diagonal": (1, "")}
"""Where it stands among the arguments, and what it is called."""


def sides_of(step: Step) -> list[int]:
    """How much a padding adds on each side; a side may have been computed, as a tensor of one number."""
    return [int(tensor_of(n)) if isinstance(n, (Step, Tensor)) else int(n) for n in step.call.values["pad"]]


def _put(value: Any, instead: Mapping[int, Tensor]) -> Any:
    """What stands instead of the operand, or the operand itself (an index, a shape)."""
    if id(value) in instead:
        return instead[id(value)]
    if isinstance(value, Step):
        return value.output
    if isinstance(value, (tuple, list)) and not isinstance(value, torch.Size):
        return type(value)([_put(v, instead) for v in value])
    return value
