"""One weight's step, written out: each number with its formula, in symbols and in figures."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

SHORT, EXACT = 6, 9
"""Significant digits: of what lies between, and of weights and settings, where nine tell any two float32 apart."""


@dataclass(frozen=True)
class Quantity:
    """One number of the chain.

    Args:
        name: in words: "momentum".
        symbol: "m′"; a stroke marks what the step has made of m.
        symbols: the formula: "m′ = β₁·m + (1 − β₁)·g".
        figures: the same with this weight's numbers, rounded as they are shown: "0.9·0.0312 + 0.1·(−0.2) = 0.00808".
        value: as exactly as it is known: with the optimizer's own bits, or as a double.
    """

    name: str
    symbol: str
    symbols: str
    figures: str
    value: float


@dataclass(frozen=True)
class Update:
    """What a step of an optimizer does to one weight.

    Args:
        optimizer: "SGD", "Adam", "AdamW" or "Muon".
        step: this step's number, from 1; None where the optimizer does not count.
        rate: the learning rate of this step.
        quantities: from the gradient to the new weight, in the order in which they are worked out.
        before, after: the weight.
        words: why the step is as long as it is, one sentence each.
    """

    optimizer: str
    step: int | None
    rate: float
    quantities: tuple[Quantity, ...]
    before: float
    after: float
    words: tuple[str, ...]

    def __getitem__(self, name: str) -> Quantity:
        """The quantity of that name or symbol."""
        for quantity in self.quantities:
            if name in (quantity.name, quantity.symbol):
                return quantity
        raise KeyError(name)

    def __contains__(self, name: str) -> bool:
        return any(name in (quantity.name, quantity.symbol) for quantity in self.quantities)

    def __str__(self) -> str:
        names, symbols = ([getattr(q, part) for q in self.quantities] for part in ("name", "symbols"))
        wide, wider = max(map(len, names)), max(map(len, symbols))
        rows = [f"  {q.name:<{wide}}  {q.symbols:<{wider}}  {q.figures}" for q in self.quantities]
        return "\n".join([self._headline(), *rows, *self.words])

    def _repr_html_(self) -> str:
        cells = [(q.name, q.symbols, q.figures) for q in self.quantities]
        rows = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in cells)
        return f"<p>{escape(self._headline())}</p><table>{rows}</table><p>{escape(' '.join(self.words))}</p>"

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return dataclasses.asdict(self)

    def _headline(self) -> str:
        step = f", step {self.step}" if self.step is not None else ""
        return f"{self.optimizer}{step}, rate {shown(self.rate, EXACT)}: {exact(self.before)} → {exact(self.after)}"


def shown(value: float, digits: int = SHORT) -> str:
    """A number with a true minus, and 0 without one."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    return f"{value + 0.0:.{digits}g}".replace("-", "−")


def exact(value: float) -> str:
    """A weight or a setting: nine digits."""
    return shown(value, EXACT)


def bracketed(value: float, digits: int = SHORT) -> str:
    """In brackets where it is negative, as it stands after another sign."""
    return f"({shown(value, digits)})" if value < 0 else shown(value, digits)


def times(*factors: float) -> str:
    """0.9·0.0312: the first is a setting."""
    return "·".join([bracketed(factors[0], EXACT), *map(bracketed, factors[1:])])


def written(name: str, symbol: str, formula: str, figures: str, value: float, digits: int = SHORT) -> Quantity:
    """A quantity that is worked out."""
    return Quantity(name, symbol, f"{symbol} = {formula}", f"{figures} = {shown(value, digits)}", value)


def given(name: str, symbol: str, symbols: str, value: float) -> Quantity:
    """A quantity that is there already."""
    return Quantity(name, symbol, symbols, shown(value), value)


def in_place(quantities: Sequence[Quantity], symbol: str) -> float:
    """The value of the quantity with that symbol."""
    return next(quantity.value for quantity in quantities if quantity.symbol == symbol)
