"""A weight in two parts: its direction and its length, which are learned apart.

Source: Salimans and Kingma, Weight Normalization, https://arxiv.org/abs/1602.07868
"""

from collections.abc import Iterator

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.replay import function_value
from fivebyfive.explain.step import Arithmetic, Step

_SYMBOLS = {
    "weight_norm": "g · v / ‖v‖",
    "norm_except_dim": "‖v‖",
    "renorm": "I, made as short as the norm may be at most",
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return function_value(step, index, position, _SYMBOLS[step.op])


def _words(step: Step) -> Iterator[str]:
    said = {
        "weight_norm": "A weight is made of its direction v and its length g, which are learned apart",
        "norm_except_dim": "The length of each filter of a weight",
        "renorm": "Rows that are too long are made shorter",
    }
    yield f"{said[step.op]} ({_SYMBOLS[step.op]}): {tensor_shape(step)}."


def _back(step: Step) -> Iterator[str]:
    if step.op == "weight_norm":
        yield (
            "The length g gets the part of the gradient along the direction v; v gets what is left, which only "
            "turns it."
        )
    elif step.op == "norm_except_dim":
        yield "Each number of a filter gets the gradient times itself, divided by the filter's length."
    else:
        yield (
            "Rows that were short enough pass the gradient on unchanged; those made shorter get it scaled, without "
            "the part along themselves."
        )


KIND = Kind(
    name=OTHER,
    operations={"weight_norm": "input g dim", "norm_except_dim": "input pow dim", "renorm": "input p dim maxnorm"},
    aliases={"_weight_norm": "weight_norm"},
    field={
        "renorm": mixing.reduced,
        "weight_norm norm_except_dim": mixing.of_all,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
