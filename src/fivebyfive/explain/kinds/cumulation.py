"""Cumulation: along a dimension each value becomes the sum, the product or the extreme of itself and all before it.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.cumsum.html
"""

from collections.abc import Iterator

import numpy as np

from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import winners
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.picked import picked
from fivebyfive.explain.replay import function_value, linear_sum
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.sums import of_input, weighted_sum
from fivebyfive.explain.terms import MOST_WINDOW, largest, line_of, places_of, tensor_of

_SAID = {
    "cumsum": "the sum of itself and all before it",
    "cumprod": "the product of itself and all before it",
    "logcumsumexp": "ln of the sum of e to the power of itself and of all before it",
    "cummax": "the largest of itself and all before it",
    "cummin": "the smallest of itself and all before it",
}
_SYMBOLS = {"cumsum": "Σ I", "cumprod": "Π I", "logcumsumexp": "ln Σ e^I", "cummax": "max I", "cummin": "min I"}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    symbols = f"{_SYMBOLS[step.op]} up to this place"
    if step.op == "cumsum":
        return _running_sum(step, index, position, f"O = {symbols}")
    if step.op in ("cummax", "cummin"):
        return picked(step, index, position, step.call.values["dim"], symbols)
    return function_value(step, index, position, symbols)


def _running_sum(step: Step, index: Index, position: Position, symbols: str) -> Arithmetic:
    operand = step.call.values["input"]
    tensor = tensor_of(operand)
    if tensor.is_complex():
        return linear_sum(step, index, position, symbols)
    dim = step.call.values["dim"] % max(tensor.dim(), 1)
    values = line_of(tensor, index, dim)[: index[dim] + 1]
    places = places_of(operand, [(*index[:dim], i, *index[dim + 1 :]) for i in range(len(values))])
    terms, remainder, count = largest(values, np.ones(len(values)), places, MOST_WINDOW)
    return of_input(step, weighted_sum(position, terms, None, symbols, "sum", remainder, count))


def _words(step: Step) -> Iterator[str]:
    yield f"Each value becomes {_SAID[step.op]} along dimension {step.attributes.get('dim', 0)}."


def _back(step: Step) -> Iterator[str]:
    if step.op == "cumsum":
        yield "Each value is in its own sum and in all behind it: it gets the sum of the gradients from its place on."
    elif step.op in ("cummax", "cummin"):
        yield (
            "Only those that led at some place are paid, for each such place: "
            f"{winners(step, step.call.values['input'])}."
        )
    else:
        yield (
            "Each value is in its own result and in all behind it: it gets all their gradients, times how it "
            "changes each."
        )


KIND = Kind(
    name=OTHER,
    operations={" ".join(_SAID): "input dim"},
    aliases={"special_logcumsumexp": "logcumsumexp"},
    axes={"cumsum": dimensions.sized},
    field=mixing.running,
    sum=_sum,
    words=_words,
    back=_back,
)
