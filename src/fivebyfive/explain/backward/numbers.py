"""How large many numbers are together, as one number, and as a bar on a logarithmic scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from fivebyfive.writing import number


def size(values: Tensor) -> float:
    """The root of the mean square; of complex numbers of their magnitudes; 0 of nothing."""
    return float(values.abs().double().pow(2).mean().sqrt()) if values.numel() else 0.0


@dataclass(frozen=True)
class Scale:
    """From which power of ten to which the bars go: each ten times makes a bar longer by the same piece."""

    low: int
    high: int

    def bar(self, value: float, room: int, sign: str = "█") -> str:
        """As long as `value` is large; what is there is never quite without a bar, and what is not has none."""
        if not value or math.isnan(value):
            return ""
        share = 1.0 if math.isinf(value) else (math.log10(value) - self.low) / (self.high - self.low)
        return sign * max(1, min(room, round(share * room)))

    def words(self) -> str:
        """What the bars mean, in words."""
        return f"bars on a logarithmic scale, from {number(10.0**self.low)} to {number(10.0**self.high)}"


def scale_of(values: Sequence[float]) -> Scale:
    """The scale that all of them fit on, with room below the smallest."""
    there = [math.log10(value) for value in values if value and math.isfinite(value)]
    if not there:
        return Scale(-1, 0)
    high = math.ceil(max(there))
    return Scale(min(math.ceil(min(there)) - 1, high - 1), high)
