"""Cumulation: along a dimension each value becomes the sum, the product or the extreme of itself and all before it.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.cumsum.html
"""

from collections.abc import Iterator

from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.picked import picked
from fivebyfive.explain.replay import function_value, linear_sum
from fivebyfive.explain.step import Arithmetic, Step

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
        return linear_sum(step, index, position, f"O = {symbols}")
    if step.op in ("cummax", "cummin"):
        return picked(step, index, position, step.call.values["dim"], symbols)
    return function_value(step, index, position, symbols)


def _words(step: Step) -> Iterator[str]:
    yield f"Each value becomes {_SAID[step.op]} along dimension {step.attributes.get('dim', 0)}."


KIND = Kind(
    name=OTHER, operations={" ".join(_SAID): "input dim"}, aliases={"special_logcumsumexp": "logcumsumexp"},
    axes={
        "cumsum": dimensions.sized,
    }, field=mixing.running, sum=_sum, words=_words,
)  # fmt: skip
