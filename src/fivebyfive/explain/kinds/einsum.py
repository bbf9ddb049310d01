"""Einstein's sum: products of several operands, added up over the letters that the result lacks.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.einsum.html
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import Tensor

from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Called, Index, Kind, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.replay import linear_sum
from fivebyfive.explain.step import Arithmetic, Step

_SYMBOLS = "O = Σ a · the product of the other operands, over the letters that the result lacks"


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return linear_sum(step, index, position, _SYMBOLS)


def _words(step: Step) -> Iterator[str]:
    yield f"Products are added up as {step.call.values['input']} says: {tensor_shape(step)}."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int | None:
    """Of one operand nothing, of two a product for each combination of their letters; of more it is not counted."""
    del output, learned
    equation, operands = called.values.get("input"), called.values.get("operands")
    if not isinstance(equation, str) or not isinstance(operands, Sequence):
        return None
    terms = equation.replace(" ", "").partition("->")[0].split(",")
    if len(operands) == 1:
        return 0
    if len(operands) != 2 or "." in equation:
        return None
    sizes: dict[str, int] = {}
    for letters, operand in zip(terms, operands, strict=True):
        for letter, n in zip(letters, shape_of(operand), strict=True):
            sizes[letter] = max(n, sizes.get(letter, 1))
    return math.prod(sizes.values())


def _back(step: Step) -> Iterator[str]:
    operands = step.call.values.get("operands")
    if isinstance(operands, Sequence) and len(operands) > 1:
        yield "Each operand is the others' weight: it gets the gradient times the product of what it met."
        yield (
            "That is added up over the letters that it lacks itself, as on the way there over those that the "
            "result lacks."
        )
    else:
        yield "The values only move, or are added up: each gets the gradients of all places that it went to."


KIND = Kind(
    name=OTHER,
    operations={"einsum": "input operands"},
    cost=_cost,
    axes=dimensions.einsum,
    field=mixing.summed,
    sum=_sum,
    words=_words,
    back=_back,
)
