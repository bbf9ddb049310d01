"""Functions of one value as the page is told of them: how they are written, and how they run.

Buffers: ``pieces/I`` [channels or 1, pieces, (end, slope, intercept)] of a function that is made of straight pieces,
where each channel may have numbers of its own (PReLU); of any other, ``samples/I`` [1, points, (x, y)] over the range
that this picture's values have.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fivebyfive.explain import curves
from fivebyfive.explain.curves import FUNCTIONS
from fivebyfive.views.guard import guarded
from fivebyfive.views.page.envelope import Buffers

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

NOWHERE = (-1.0, 1.0)
"""The range of an input without a finite value."""


def is_function(step: "Step") -> bool:
    """Whether each output value is a known function of the input's value at the same place."""
    if step.op not in FUNCTIONS or len(step.origins) != 1 or step.size != step.origins[0].size:
        return False
    if step.output.is_complex() or step.origins[0].output.is_complex():
        return False
    given = step.call.values
    if given.get("input") is not step.origins[0] or (step.op == "rrelu" and step.attributes.get("training")):
        return False
    if step.op == "prelu":
        letters = "NC" if step.layout == "flat" else step.layout
        return step.weight is not None and (step.weight.numel() == 1 or letters[1:2] == "C")
    return all(isinstance(given.get(name), (int, float, type(None))) for name in ("min", "max"))


def formulas(step: "Step") -> list[str]:
    """The function as it is written, in x, with the step's own numbers: one formula, or one for each channel."""
    return [FUNCTIONS[_side(step)].written(numbers) for numbers in _numbers(step)]


def _side(step: "Step") -> str:
    """Of clamping, the side that there is."""
    low, high = (step.attributes.get(name) for name in ("min", "max"))
    one_sided = "clamp_max" if low is None else "clamp_min" if high is None else "clamp"
    return one_sided if step.op == "clamp" else step.op


def pieces(trace: "Trace") -> Buffers:
    """The straight pieces of every function that is made of them."""
    found = {step.index: guarded(step, "The curve", _pieces, _none) for step in trace.steps if is_function(step)}
    return {f"pieces/{index}": np.array(each, np.float32) for index, each in found.items() if each}


def samples(trace: "Trace") -> Buffers:
    """Points of every other function."""
    found = {step.index: guarded(step, "The curve", _samples, _none) for step in trace.steps if is_function(step)}
    return {f"samples/{index}": np.array([points], np.float32) for index, points in found.items() if points}


def exact(step: "Step") -> bool:
    """Whether the page gets the function's very values from its pieces."""
    found = guarded(step, "The curve", _pieces, _none)
    simple = all(slope in (0, 1, -1) and not intercept for piece in found for _, slope, intercept in piece)
    return bool(found) and (simple or (step.output.dtype.itemsize >= 4 and all(curves.exact(p) for p in found)))


def _pieces(step: "Step") -> list[list[curves.Piece]]:
    found = [curves.pieces(step.op, numbers) for numbers in _numbers(step)]
    return [each for each in found if each is not None]


def _none(_: str) -> list[Any]:
    return []


def _samples(step: "Step") -> list[tuple[float, float]]:
    if _pieces(step):
        return []
    values = step.origins[0].output.detach().float()
    values = values[values.isfinite()]
    low, high = (float(values.min()), float(values.max())) if values.numel() else NOWHERE
    if low == high:
        low, high = low - 1, high + 1
    (numbers,) = _numbers(step)
    return curves.samples(step.op, numbers, low, high)


def _numbers(step: "Step") -> list[Mapping[str, Any]]:
    numbers = dict(step.attributes)
    if step.op == "rrelu":
        return [numbers | {"slope": (numbers.get("lower", 1 / 8) + numbers.get("upper", 1 / 3)) / 2}]
    if step.op == "prelu":
        assert step.weight is not None
        return [numbers | {"slope": float(slope)} for slope in step.weight.detach().reshape(-1)]
    return [numbers]
