"""How a formula is typeset, in symbols and with its numbers."""

import math
from collections.abc import Sequence

from fivebyfive.explain.step import Term
from fivebyfive.explain.terms import added

SHOWN = 6
"""So many products are written out in a formula with numbers."""


def short(value: float) -> str:
    """A number to four digits."""
    if math.isfinite(value):
        return f"{value:.4g}"
    return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"


def bracketed(value: float) -> str:
    """In brackets where it is negative."""
    return f"({short(value)})" if value < 0 else short(value)


def listed(parts: Sequence[str], between: str = ", ") -> str:
    """The first few of them."""
    shown = list(parts[: SHOWN + 3])
    return between.join(shown + (["…"] if len(parts) > len(shown) else []))


def along(dims: Sequence[int]) -> str:
    """dimensions 1, 2"""
    return f"dimension{'s' * (len(dims) > 1)} {', '.join(map(str, dims))}"


def affine(stride: int, place: str, dilation: int, tap: str, before: int) -> str:
    """2·i+di−1, with what changes nothing left out."""
    first = place if stride == 1 else f"{stride}·{place}"
    second = tap if dilation == 1 else f"{dilation}·{tap}"
    return f"{first}+{second}" + (f"−{before}" if before else "")


def sum_figures(terms: Sequence[Term], bias: float | None, total: float, remainder: float, count: int) -> str:
    """The products written out: all of a few, the largest of many and what the others add up to."""
    used = [t for t in terms if not t.padding]
    padding = len(terms) - len(used)
    if len(used) > SHOWN:
        ordered = sorted(used, key=lambda t: -abs(t.product))
        used, rest = ordered[:SHOWN], ordered[SHOWN:]
        remainder, count = remainder + added(t.product for t in rest), count + len(rest)
    parts = [bracketed(t.value) if t.weight == 1.0 else f"{bracketed(t.value)}·{bracketed(t.weight)}" for t in used]
    if count:
        parts.append(f"{bracketed(remainder)} from {count} more")
    if padding and not any(t.padding and t.product for t in terms):
        parts.append(f"0 from {padding} of padding")
    if bias is not None:
        parts.append(f"{bracketed(bias)} (bias)")
    return f"{' + '.join(parts) or '0'} = {short(total)}"
