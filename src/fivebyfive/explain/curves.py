"""How a function of one value runs: its straight pieces, where it is made of these, or samples to draw it by.

The pieces are exact, ends included: ReLU is 0·x up to and with 0, and 1·x beyond. Definitions as in `functions.py`.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fivebyfive.explain.functions import Numbers
from fivebyfive.explain.kinds import activation, function

FUNCTIONS = activation.FUNCTIONS | function.FUNCTIONS
SAMPLES = 257
"""Points of a curve that is not made of straight pieces."""


class Piece(NamedTuple):
    """slope · x + intercept, up to and with `end`."""

    end: float
    slope: float
    intercept: float


def pieces(op: str, numbers: Numbers) -> list[Piece] | None:
    """The straight pieces of a function, from left to right; the last has no end. None where it is curved."""
    make = _PIECES.get(op)
    return None if make is None else make(numbers)


def exact(found: list[Piece]) -> bool:
    """Whether float32 values go through these pieces with one rounding at most, as they go through the function."""
    return all(piece.slope in (0, 1, -1) or piece.intercept == 0 for piece in found)


def samples(op: str, numbers: Numbers, low: float, high: float) -> list[tuple[float, float]]:
    """Points (x, y) from `low` to `high`; y is not a number where the function has no value."""
    value = FUNCTIONS[op].at
    points = []
    for x in np.linspace(low, high, SAMPLES).tolist():
        try:
            y = value(x, numbers)
        except (ValueError, ZeroDivisionError, OverflowError):
            y = math.nan
        points.append((x, y))
    return points


def _sloped(name: str, default: float | None = None) -> Callable[[Numbers], list[Piece]]:
    def make(numbers: Numbers) -> list[Piece]:
        slope = numbers[name] if default is None else numbers.get(name, default)
        return [Piece(0, slope, 0), Piece(math.inf, 1, 0)]

    return make


def _clamped(low: float | None, high: float | None) -> list[Piece]:
    if low is not None and high is not None and low > high:
        return [Piece(math.inf, 0, high)]
    below = [] if low is None else [Piece(low, 0, low)]
    between = Piece(math.inf if high is None else high, 1, 0)
    return [*below, between, *([] if high is None else [Piece(math.inf, 0, high)])]


def _shrunk(numbers: Numbers, moved: bool) -> list[Piece]:
    distance = numbers.get("lambda", 0.5)
    towards = distance if moved else 0
    left = -distance if moved else _before(-distance)
    return [Piece(left, 1, towards), Piece(distance, 0, 0), Piece(math.inf, 1, -towards)]


def _before(x: float) -> float:
    """The last float32 below `x`."""
    return float(np.nextafter(np.float32(x), np.float32(-np.inf)))


_PIECES: dict[str, Callable[[Numbers], list[Piece]]] = {
    "relu": lambda _: [Piece(0, 0, 0), Piece(math.inf, 1, 0)],
    "relu6": lambda _: _clamped(0, 6),
    "leaky_relu": _sloped("negative_slope", 0.01),
    "prelu": _sloped("slope"),
    "rrelu": _sloped("slope"),
    "hardsigmoid": lambda _: [Piece(-3, 0, 0), Piece(3, 1 / 6, 0.5), Piece(math.inf, 0, 1)],
    "hardtanh": lambda p: _clamped(p.get("min", -1.0), p.get("max", 1.0)),
    "threshold": lambda p: [Piece(p["threshold"], 0, p["value"]), Piece(math.inf, 1, 0)],
    "hardshrink": lambda p: _shrunk(p, moved=False),
    "softshrink": lambda p: _shrunk(p, moved=True),
    "neg": lambda _: [Piece(math.inf, -1, 0)],
    "abs": lambda _: [Piece(0, -1, 0), Piece(math.inf, 1, 0)],
    "sign": lambda _: [Piece(_before(0), 0, -1), Piece(0, 0, 0), Piece(math.inf, 0, 1)],
    "clamp": lambda p: _clamped(p.get("min"), p.get("max")),
    "clamp_min": lambda p: _clamped(p["min"], None),
    "clamp_max": lambda p: _clamped(None, p["max"]),
}
