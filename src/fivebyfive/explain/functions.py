"""Functions of one value: how they are written, and what they are.

Definitions: https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fivebyfive.explain.curves import Piece, Pieces
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import Index
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import same_place

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Function:
    """A formula in x, the same as a Python function of x and the step's numbers, and these where they are not said."""

    formula: str
    value: Callable[[float, Numbers], float]
    numbers: Numbers = field(default_factory=dict)
    pieces: Pieces | None = None
    """Its straight pieces, where it is made of these."""

    def straight(self, numbers: Numbers) -> list[Piece] | None:
        """Its straight pieces with the step's own numbers; None where it is curved."""
        return None if self.pieces is None else self.pieces(self.known(numbers))

    def known(self, numbers: Numbers) -> Numbers:
        """The step's own numbers, and where they are not said the function's."""
        return {**self.numbers, **{name: n for name, n in numbers.items() if n is not None}}

    def written(self, numbers: Numbers) -> str:
        """The formula with the step's own numbers in it."""
        known = self.known(numbers)
        return self.formula.format_map({k: v if isinstance(v, str) else _short(v) for k, v in known.items()})

    def at(self, x: float, numbers: Numbers) -> float:
        """Its value at `x`.

        Raises:
            ValueError, ZeroDivisionError, OverflowError: it has none.
        """
        return self.value(x, self.known(numbers))


@dataclass(frozen=True)
class Single:
    """A function of one value as a step applies it, with its numbers: once for all values, or for each channel."""

    function: Function
    numbers: tuple[Numbers, ...]


def single(step: Step, function: Function, *numbers: Numbers) -> Single | None:
    """Of a step whose values are each a function of the input's value at the same place; None for any other."""
    alone = len(step.origins) == 1 and step.call.values.get("input") is step.origins[0]
    if not alone or step.size != step.origins[0].size:
        return None
    if step.output.is_complex() or step.origins[0].output.is_complex():
        return None
    return Single(function, numbers)


def function_sum(step: Step, function: Function, numbers: Numbers, index: Index, position: Position) -> Arithmetic:
    """A function of the one value at the same place."""
    term = same_place(step, "input", index)
    try:
        total = function.at(term.value, numbers)
    except (ValueError, ZeroDivisionError, OverflowError):
        total = float(step.output[index])  # not a number, or infinite: no formula says more than that
    symbols = function.written(numbers)
    return Arithmetic(position, "function", (term,), total, symbols=f"O[n,i,j,k] = {symbols}, x = I[n,i,j,k]",
                      figures=f"x = {short(term.value)}: {symbols} = {short(total)}")  # fmt: skip


def sigmoid(x: float) -> float:
    """1 / (1 + e⁻ˣ), without overflow."""
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def clamped(x: float, low: Any, high: Any) -> float:
    """`x`, at least `low` and at most `high`, where they are given; the latter where they contradict each other."""
    x = x if low is None else max(x, float(low))
    return x if high is None else min(x, float(high))


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
