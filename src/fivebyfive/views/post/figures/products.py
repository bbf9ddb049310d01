"""The strongest products of a sum: value times weight, a bar for each, and what all the others add up to."""

from math import isfinite
from typing import TYPE_CHECKING

from fivebyfive.views.post.panel import Panel, line, rectangle, wide, wide_title, words
from fivebyfive.writing import count, number

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Arithmetic, Step, Term

SHOWN = 8
ROW = 20.0
BAR = 90.0
"""Pixels of the longest bar, to either side."""


def panels(step: "Step", place: "Position") -> list[Panel]:
    """The sum behind the value at `place`; none where it has but one term."""
    found = step.arithmetic(*place)
    if found.operation not in ("sum", "mean") or len(found.terms) < 2:
        return []
    return [_listed(step, found)]


def _listed(step: "Step", found: "Arithmetic") -> Panel:
    order = sorted(found.terms, key=lambda t: -abs(t.product))
    shown, rest = order[:SHOWN], order[SHOWN:]
    left = sum(t.product for t in rest) + found.remainder
    rows = [(_name(step, t), f"{number(t.value)} · {number(t.weight)} =", t.product) for t in shown]
    if len(rest) + found.remainder_count:
        rows.append((f"{count(len(rest) + found.remainder_count, 'more product')}", "together", left))
    if found.bias is not None:
        rows.append(("bias", "", found.bias))
    rows.append(("the value", "", found.total))
    title = f"{step.name}: number {found.position[2]}" if step.size[:2] == (1, 1) else step.name
    return table(rows, title, bars=len(shown))


def _name(step: "Step", term: "Term") -> str:
    if term.position is None or term.input >= len(step.origins):
        return term.name or "a constant"
    origin = step.origins[term.input]
    y, x, channel = term.position
    return f"{origin.name} {channel}" if origin.size[:2] == (1, 1) else f"{origin.name} y {y}, x {x}, channel {channel}"


def table(rows: list[tuple[str, str, float]], title: str, *, bars: int = 0, total: bool = True) -> Panel:
    """Rows of a name, what it is made of, and a number with its bar.

    Args:
        bars: how many of the rows have one; 0 for all.
        total: the last row is what the others make.
    """
    names = max(wide(name) for name, _, _ in rows)
    made = max(wide(how) for _, how, _ in rows)
    figures = max(wide(number(value)) for _, _, value in rows)
    bar = min(BAR, (720 - 32 - names - made - figures - 40) / 2)
    zero = names + 8 + made + figures + 16 + bar
    bars = bars or len(rows)
    scale = max((abs(value) for _, _, value in rows[:bars] if isfinite(value)), default=0.0) or 1.0
    elements = [words(0, 12, title, "title")]
    for n, (name, how, value) in enumerate(rows):
        y = 22 + n * ROW
        length = abs(value) / scale * bar if n < bars and isfinite(value) else 0.0
        last = total and n == len(rows) - 1
        elements += [
            words(0, y + 14, name, "note" if not last else "title"),
            words(names + 8 + made, y + 14, how, "num", "end"),
            words(names + 8 + made + 8 + figures, y + 14, number(value), "num" if not last else "title", "end"),
            rectangle(zero - length if value < 0 else zero, y + 4, length, ROW - 8, "below" if value < 0 else "above"),
        ]
        if last:
            elements.append(line(0, y + 1, zero + bar, y + 1))
    bottom = 22 + len(rows) * ROW
    elements.append(line(zero, 20, zero, bottom))
    return Panel(tuple(elements), max(zero + bar + 2, wide_title(title)), bottom + 4)
