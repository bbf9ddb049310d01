"""The forms that sums have: a weighted sum, an extreme, a function of a few values, a linear map."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fivebyfive.explain.figures import listed, short, sum_figures
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Operation, Step, Term
from fivebyfive.explain.terms import (
    Doubles,
    added,
    listed_terms,
    which_input,
)


def weighted_sum(
    position: Position,
    terms: tuple[Term, ...],
    bias: float | None,
    symbols: str,
    operation: Operation = "sum",
    remainder: float = 0.0,
    count: int = 0,
) -> Arithmetic:
    """What terms, remainder and bias add up to."""
    total = added([*(t.product for t in terms), remainder, bias or 0.0])
    figures = sum_figures(terms, bias, total, remainder, count)
    return Arithmetic(position, operation, terms, total, bias, remainder, count, symbols=symbols, figures=figures)


def function_of(position: Position, terms: tuple[Term, ...], total: float, symbols: str) -> Arithmetic:
    """A function of one value, or of two: a and b."""
    named = ", ".join(f"{name} = {short(t.value)}" for name, t in zip("ab", terms, strict=False))
    named = named if len(terms) > 1 else f"I = {short(terms[0].value)}"
    figures = f"{named}: {symbols} = {short(total)}" if len(terms) <= 2 else f"{symbols} = {short(total)}"
    return Arithmetic(position, "function", terms, total, symbols=f"O = {symbols}", figures=figures)


def extreme(
    position: Position,
    values: Doubles,
    places: Sequence[Position | None],
    out: npt.NDArray[np.bool_],
    operation: Operation,
    symbols: str,
) -> Arithmetic:
    """The largest ("max") or smallest ("min") of the values; those that are `out`, as padding is, never win."""
    weights = np.zeros(len(values))
    if out.all():
        terms = listed_terms(values, weights, places, out)
        return Arithmetic(position, operation, terms, -math.inf, symbols=f"O = {operation} of nothing", figures="−∞")
    best = place_of_extreme(values, out, operation)
    weights[best] = 1.0
    terms = listed_terms(values, weights, places, out)
    total = float(values[best])
    inside = [float(v) for v, outside in zip(values, out, strict=True) if not outside]
    figures = f"{operation}({listed([short(v) for v in inside])}) = {short(total)}"
    return Arithmetic(position, operation, terms, total, winner=best, symbols=symbols, figures=figures)


def place_of_extreme(values: Doubles, out: npt.NDArray[np.bool_], operation: Operation) -> int:
    """Which of the values is the largest, or the smallest, of those that are not `out`."""
    sign = 1.0 if operation == "max" else -1.0
    inside = np.flatnonzero(~out)
    return int(inside[np.argmax(sign * values[inside])])


def of_input(step: Step, found: Arithmetic) -> Arithmetic:
    """All terms of an operation on one tensor belong to that tensor, whichever of the step's inputs it is."""
    which = which_input(step, step.call.values["input"])
    return replace(found, terms=tuple(replace(term, input=which) for term in found.terms)) if which else found
