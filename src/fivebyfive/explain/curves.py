"""How a function of one value runs: its straight pieces, where it is made of these, or samples to draw it by.

The pieces are exact, ends included: ReLU is 0·x up to and with 0, and 1·x beyond.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

SAMPLES = 257
"""Points of a curve that is not made of straight pieces."""


class Piece(NamedTuple):
    """slope · x + intercept, up to and with `end`."""

    end: float
    slope: float
    intercept: float


Pieces = Callable[[Mapping[str, Any]], list[Piece]]
"""From a step's numbers to the pieces, from left to right; the last has no end."""


def exact(found: Sequence[Piece]) -> bool:
    """Whether float32 values go through these pieces with one rounding at most, as they go through the function."""
    return all(piece.slope in (0, 1, -1) or piece.intercept == 0 for piece in found)


def samples(value: Callable[[float], float], low: float, high: float) -> list[tuple[float, float]]:
    """Points (x, y) from `low` to `high`; y is not a number where the function has no value."""
    points = []
    for x in np.linspace(low, high, SAMPLES).tolist():
        try:
            y = value(x)
        except (ValueError, ZeroDivisionError, OverflowError):
            y = math.nan
        points.append((x, y))
    return points


def line(slope: float, intercept: float = 0.0) -> list[Piece]:
    """The same everywhere."""
    return [Piece(math.inf, slope, intercept)]


def bent(below: float, end: float = 0.0, height: float = 0.0) -> list[Piece]:
    """below · x + height up to and with `end`, x beyond."""
    return [Piece(end, below, height), Piece(math.inf, 1, 0)]


def held(low: float | None, high: float | None) -> list[Piece]:
    """x, at least `low` and at most `high`, where they are given."""
    if low is not None and high is not None and low > high:
        return line(0, high)
    below = [] if low is None else [Piece(low, 0, low)]
    between = Piece(math.inf if high is None else high, 1, 0)
    return [*below, between, *([] if high is None else [Piece(math.inf, 0, high)])]


def shrunk(distance: float, moved: bool) -> list[Piece]:
    """0 nearer to 0 than `distance`; beyond, x, or x moved towards 0 by it."""
    towards = distance if moved else 0
    left = -distance if moved else before(-distance)
    return [Piece(left, 1, towards), Piece(distance, 0, 0), Piece(math.inf, 1, -towards)]


def before(x: float) -> float:
    """The last float32 below `x`."""
    return float(np.nextafter(np.float32(x), np.float32(-np.inf)))
