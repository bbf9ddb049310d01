"""Values that an operation picks along a dimension, and the places that it names: sorting, the largest few, medians.

The operation is run again on what it took; the place that it names says which value was picked.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import Index
from fivebyfive.explain.layout import Position
from fivebyfive.explain.moved import run_again
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import function_of
from fivebyfive.explain.terms import magnitude, places_of, tensor_of, which_input


def picked(step: Step, index: Index, position: Position, dim: int | None, which: str) -> Arithmetic:
    """The value that was picked, or of the other result the place where it stands.

    Args:
        dim: the dimension along which it was picked; None for all values, counted row by row.
        which: which value it is, in words.
    """
    values = tensor_of(step.call.values["input"])
    places = _places(step)
    place = int(places[index])
    if dim is None or not values.dim():
        where = tuple(int(i) for i in np.unravel_index(place, values.shape))
    else:
        d = dim % values.dim()
        left = list(index)
        if places.dim() < values.dim():  # the dimension is gone
            left.insert(d, 0)
        where = (*left[:d], place, *left[d + 1 :])
    term = term_at(step, step.call.values["input"], where)
    if step.op.startswith("arg") or step.attributes.get("part") == 1:
        return function_of(position, (term,), float(place), f"the place of {which}")
    return Arithmetic(position, "copy", (term,), term.value, symbols=f"O = {which}", figures=short(term.value))


def term_at(step: Step, operand: object, where: Sequence[int]) -> Term:
    """One value of an operand, as it is."""
    value = magnitude(tensor_of(operand)[tuple(where)])
    (place,) = places_of(operand, [tuple(where)])
    return Term(value, place, 1.0, value, input=which_input(step, operand))


def _places(step: Step) -> Tensor:
    """The places that the operation names: its only result, or the other one."""
    return run_again(step, {}, part=0 if step.op.startswith("arg") else 1)
