"""Searching: where values stand, which there are, and between which bounds they lie. What comes out is a place.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nonzero.html
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from fivebyfive.errors import InputError
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.picked import term_at
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.sums import function_of
from fivebyfive.explain.terms import MOST_TERMS, doubles, same_place, tensor_of

_SAID = {
    "nonzero": "The places are listed where the values are not 0, one number for each dimension",
    "argwhere": "The places are listed where the values are not 0, one number for each dimension",
    "unique": "The values that there are are listed, each once",
    "unique_consecutive": "The values that there are are listed, without repetitions",
    "searchsorted": "For each value the place is found that it has among others, which are in order",
    "bucketize": "For each value the interval is found that it lies in, between bounds that are in order",
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op in ("nonzero", "argwhere"):
        return listed_place(step, "input", index, position)
    if step.op in ("searchsorted", "bucketize"):
        return _counted(step, index, position)
    return _different(step, index, position)


def listed_place(step: Step, name: str, index: Index, position: Position) -> Arithmetic:
    """One number of the place of a value that is not 0; the value there is the term."""
    operand = step.call.values[name]
    places = tensor_of(operand).nonzero()
    dim = index[1] if len(index) > 1 else step.attributes.get("part", 0)  # a column, or a list for each dimension
    where = [int(i) for i in places[index[0]]]
    which = f"where value {index[0]} of those that are not 0 stands in dimension {dim}"
    return function_of(position, (term_at(step, operand, where),), float(where[dim]), which)


def _different(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.attributes.get("part", 0) != 0 or step.call.values.get("dim") is not None:
        raise InputError(f"{step.name} says of the values where or how often they stand; that is no sum of values")
    operand = step.call.values["input"]
    values = tensor_of(operand)
    there = getattr(torch, step.op)(values)
    where = (values == there[index]).nonzero()[0].tolist()
    term = term_at(step, operand, where)
    symbols = "a value that the input has" if step.op == "unique" else "a value that differs from the one before"
    return function_of(position, (term,), term.value, symbols)


def _counted(step: Step, index: Index, position: Position) -> Arithmetic:
    values = step.call.values
    term = same_place(step, "input", index)
    bounds = tensor_of(values["bounds"])
    row = doubles(bounds if bounds.dim() == 1 else bounds[index[:-1]])
    right = bool(values.get("right")) or values.get("side") == "right"
    total = int(np.searchsorted(row, term.value, side="right" if right else "left"))
    shown = [i for i in (total - 1, total) if 0 <= i < len(row)][:MOST_TERMS]
    near = [term_at(step, values["bounds"], (*index[:-1], i) if bounds.dim() > 1 else (i,)) for i in shown]
    near = [replace(bound, weight=0.0, product=0.0) for bound in near]
    symbols = f"how many of the bounds are {'at most' if right else 'less than'} a"
    return function_of(position, (term, *near), float(total), symbols)


def _words(step: Step) -> Iterator[str]:
    yield f"{_SAID[step.op]}: {tensor_shape(step)}."


KIND = Kind(
    name=OTHER,
    operations={
        "nonzero argwhere unique unique_consecutive": "input",
        "searchsorted": "bounds input",
        "bucketize": "input bounds",
    },
    keywords={
        "searchsorted": {"sorted_sequence": "bounds", "boundaries": "bounds", "self": "input"},
        "bucketize": {"boundaries": "bounds"},
    },
    field={"nonzero argwhere unique unique_consecutive": mixing.of_all, "searchsorted bucketize": mixing.same},
    sum=_sum,
    words=_words,
)
