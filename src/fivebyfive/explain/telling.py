"""The most telling value of every step: from the answer back, always along the strongest product.

Behind the answer stands a sum, and one of its products made it most what it is: large, or far below 0. Behind that
product's value stands another sum, and so on to the picture. A step that is not met on the way has the value that is
farthest from 0.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.alone import expect_unchanged
from fivebyfive.explain.kinds.convolution import strongest_product
from fivebyfive.explain.layout import Position, index_of
from fivebyfive.explain.step import Arithmetic, Step, Term

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace

_KEPT: "WeakKeyDictionary[Trace, list[Position]]" = WeakKeyDictionary()


def telling(trace: "Trace") -> list[Position]:
    """The place (y, x, channel) of each step's most telling value; never that of a 0 while there is another value.

    A step that several later ones take is entered from the nearest of them.
    """
    if trace not in _KEPT:
        _KEPT[trace] = _found(trace)
    return _KEPT[trace]


def _found(trace: "Trace") -> list[Position]:
    reached = dict.fromkeys(_ends(trace.steps))
    found: dict[int, Position] = {step.index: _answer(trace, step) for step in reached}
    for step in reversed(trace.steps):
        if step.index not in found:
            continue
        for origin, place in zip(step.origins, strongest(step, found[step.index]), strict=True):
            if place is not None and origin.value(*place) != 0:
                found[origin.index] = place
    return [found.get(step.index) or farthest(step) for step in trace.steps]


def _ends(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.kind == "output"] or list(steps[-1:])


def _answer(trace: "Trace", step: Step) -> Position:
    """The winning class, where the output is a list of classes; else the largest value."""
    height, width, channels = step.size
    if trace.prediction and (height, width, channels) == (1, 1, len(trace.classes)):
        winner = (0, 0, trace.classes.index(trace.prediction[0][0]))
        return winner if step.value(*winner) != 0 else farthest(step)
    largest = _place(step.maps.detach().float())
    return largest if step.output.numel() and step.value(*largest) != 0 else farthest(step)


def farthest(step: Step) -> Position:
    """Where the value is farthest from 0, the first of several: map by map, and row by row."""
    return _place(step.maps.detach().float().abs())


def _place(numbers: Tensor) -> Position:
    if not numbers.numel():
        return 0, 0, 0
    known = numbers.nan_to_num(nan=-math.inf, posinf=math.inf, neginf=-math.inf)
    channel, y, x = (int(i) for i in torch.unravel_index(known.argmax(), known.shape))
    return y, x, channel


def strongest(step: Step, position: Position) -> list[Position | None]:
    """Of each input the place of the strongest term behind the value at `position`; None where none is known."""
    nothing: list[Position | None] = [None] * len(step.origins)
    try:
        if _is_plain_convolution(step):
            expect_unchanged(step)
            return [
                strongest_product(step, index_of(position, step.output_shape, step.layout), _direction(step, position))
            ]
        found = step.arithmetic(*position)
    except InputError:
        return nothing
    direction = _direction(step, position)
    return [_strongest(found, [t for t in found.terms if t.input == i], direction) for i in range(len(nothing))]


def _is_plain_convolution(step: Step) -> bool:
    """Whether its thousands of products need not be written out to find the strongest."""
    called = step.op in ("conv1d", "conv2d", "conv3d") and "weight" in step.call.values
    return called and step.output.is_floating_point() and len(step.origins) == 1


def _direction(step: Step, position: Position) -> float:
    return math.copysign(1.0, step.value(*position))


def _strongest(found: Arithmetic, terms: Sequence[Term], direction: float) -> Position | None:
    standing = [t for t in terms if t.position is not None and not t.padding]
    if not standing:
        return None
    if found.operation == "softmax":
        return standing[0].position  # the value's own
    if len(terms) == 1 and found.operation in ("function", "product"):
        return standing[0].position
    products = [t.product if math.isfinite(t.product) else 0.0 for t in standing]
    best = max(range(len(standing)), key=lambda i: (max(direction * products[i], 0.0), abs(products[i])))
    return standing[best].position if products[best] != 0 else None
