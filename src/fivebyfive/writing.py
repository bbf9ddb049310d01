"""How numbers are written: with a true minus, and with as many decimals as their size deserves."""

from collections.abc import Iterable
from math import floor, isfinite, isnan, log10


def number(value: float) -> str:
    """A single number, to four significant digits."""
    if not isfinite(value):
        return _in_words(value)
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}".replace("-", "−")
    if 1e-4 <= abs(value) < 1e6:
        return f"{value:.{max(0, 3 - floor(log10(abs(value))))}f}".replace("-", "−")
    return f"{value:.3e}".replace("-", "−")


def column(values: Iterable[float], digits: int = 3) -> list[str]:
    """Numbers to stand under each other: the same decimals for all, so that the largest shows `digits`, or one more."""
    values = list(values)
    largest = max((abs(value) for value in values if isfinite(value)), default=0.0)
    if largest and not 1e-4 <= largest < 1e6:
        return [f"{value:.2e}".replace("-", "−") if isfinite(value) else _in_words(value) for value in values]
    decimals = 3 if largest == 0 else max(0, digits - 1 - floor(log10(largest)) + (1 <= largest < 10))
    return [
        _without_negative_zero(f"{value:.{decimals}f}").replace("-", "−") if isfinite(value) else _in_words(value)
        for value in values
    ]


def count(value: int, noun: str) -> str:
    """1 parameter, 1,024 parameters."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def part(value: float) -> str:
    """How much of a whole, or how many times as much: 0.4%, 83.1%, 1,204%."""
    if not isfinite(value):
        return _in_words(value)
    percent = 100 * value
    if percent == 0:
        return "0%"
    return "< 0.1%" if 0 < percent < 0.1 else f"{percent:.1f}%" if percent < 100 else f"{percent:,.0f}%"


def among(noun: str, which: int | str, count: int) -> str:
    """One, or some, of several that are counted from 0: channel 10 of 0–63."""
    return f"{noun} {which} of 0–{count - 1}" if count > 1 else f"{noun} {which}"


def _in_words(value: float) -> str:
    return "NaN" if isnan(value) else "∞" if value > 0 else "−∞"


def _without_negative_zero(text: str) -> str:
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text
