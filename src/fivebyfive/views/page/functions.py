"""Functions of one value as the page is told of them: how they are written, and how they run.

Buffers: ``pieces/I`` [channels or 1, pieces, (end, slope, intercept)] of a function that is made of straight pieces,
where each channel may have numbers of its own (PReLU); of any other, ``samples/I`` [1, points, (x, y)] over the range
that this picture's values have.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from fivebyfive.explain import curves
from fivebyfive.explain.functions import Single
from fivebyfive.explain.kind import names
from fivebyfive.explain.kinds import home
from fivebyfive.views.guard import guarded
from fivebyfive.views.page.envelope import Buffers

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

CURVES = names(
    """
    elu celu selu gelu silu mish hardswish softplus softsign tanh sigmoid logsigmoid tanhshrink exp exp2 expm1 log log1p
    log2 log10 sqrt rsqrt square reciprocal floor ceil round trunc frac sin cos tan asin acos atan sinh cosh asinh acosh
    atanh sinc deg2rad rad2deg erf erfc logit logical_not isnan isinf isfinite signbit isposinf isneginf special_ndtr
    special_entr nan_to_num
    """
)
"""The functions that js/network/functions.js has, beside those that are made of straight pieces."""
NUMBERS = ("alpha", "beta", "threshold", "approximate", "decimals", "eps", "largest", "nan", "posinf", "neginf")
"""What these functions ask for."""
NOWHERE = (-1.0, 1.0)
"""The range of an input without a finite value."""


def is_function(step: "Step") -> bool:
    """Whether each output value is a known function of the input's value at the same place."""
    return _single(step) is not None


def _single(step: "Step") -> Single | None:
    kind = home(step.op)
    found: Single | None = None if kind is None or kind.single is None else kind.single(step)
    return found


def formulas(step: "Step") -> list[str]:
    """The function as it is written, in x, with the step's own numbers: one formula, or one for each channel."""
    found = _single(step)
    return [] if found is None else [found.function.written(numbers) for numbers in found.numbers]


def numbers(step: "Step") -> dict[str, Any]:
    """The numbers of a function that is not made of straight pieces, by the names that the page has for them."""
    found = _single(step)
    if found is None or straight(step):
        return {}
    (own,) = found.numbers
    known = found.function.known(own)
    return {name: known.get(name) for name in NUMBERS if name in known}


def on_the_page(step: "Step") -> bool:
    """Whether the page can work the function out."""
    return bool(straight(step)) or step.op in CURVES


def pieces(trace: "Trace") -> Buffers:
    """The straight pieces of every function that is made of them."""
    found = {step.index: guarded(step, "The curve", straight, _none) for step in trace.steps if is_function(step)}
    return {f"pieces/{index}": np.array(each, np.float32) for index, each in found.items() if each}


def samples(trace: "Trace") -> Buffers:
    """Points of every other function."""
    found = {step.index: guarded(step, "The curve", _samples, _none) for step in trace.steps if is_function(step)}
    return {f"samples/{index}": np.array([points], np.float32) for index, points in found.items() if points}


def exact(step: "Step") -> bool:
    """Whether the page gets the function's very values from its pieces."""
    found = guarded(step, "The curve", straight, _none)
    simple = all(slope in (0, 1, -1) and not intercept for piece in found for _, slope, intercept in piece)
    return bool(found) and (simple or (step.output.dtype.itemsize >= 4 and all(curves.exact(p) for p in found)))


def straight(step: "Step") -> list[list[curves.Piece]]:
    """The straight pieces of a step's function, of all channels or of each; none where it is not made of any."""
    single = _single(step)
    found = [] if single is None else [single.function.straight(numbers) for numbers in single.numbers]
    return [each for each in found if each is not None]


def _none(_: str) -> list[Any]:
    return []


def _samples(step: "Step") -> list[tuple[float, float]]:
    if straight(step):
        return []
    values = step.origins[0].output.detach().float()
    values = values[values.isfinite()]
    low, high = (float(values.min()), float(values.max())) if values.numel() else NOWHERE
    if low == high:
        low, high = low - 1, high + 1
    single = _single(step)
    assert single is not None
    (numbers,) = single.numbers
    return curves.samples(lambda x: single.function.at(x, numbers), low, high)
