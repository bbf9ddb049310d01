"""This picture's numbers in the sentences of the tour; js/lesson/filled.js does the same on the page.

What a `Value` can ask for, at the telling place of its step unless it says another:

================== ===================================================================================================
value              the step's value; before, other: the first and the second input's value at the same place
place              y, x and channel of it; of a list the unit
bias, products     the bias of the place's channel, and the value without it
strongest          the product that does most for their sum, written out; strongest at: where its input value stands
window             the values that the value was chosen from, or is the mean of
not zero, zeros    how many values of the output are, or are not, anything but 0
highest in N       the largest value of map N; highest at N: its place
label, probability of the answer; second, second probability: of the class that comes next
loss               how far the answer is from what it should have been
================== ===================================================================================================
"""

import math
from weakref import WeakKeyDictionary

import torch

from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.telling import telling
from fivebyfive.explain.trace import Trace
from fivebyfive.lesson.stop import Sentence, Value

UNKNOWN = "…"
"""Where there is no such number."""
_SUMS: "WeakKeyDictionary[Step, Arithmetic]" = WeakKeyDictionary()
"""Of each step the sum behind its telling value: several sentences ask for it."""


def filled(trace: Trace, sentence: Sentence) -> str:
    """A sentence with this picture's numbers."""
    return "".join(part if isinstance(part, str) else _said(trace, part) for part in sentence)


def _said(trace: Trace, value: Value) -> str:
    what, _, number = value.what.rpartition(" ") if value.what[-1].isdigit() else (value.what, "", "")
    step = trace.steps[value.step]
    at = telling(trace)[value.step]
    match what:
        case "label" | "probability" | "second" | "second probability":
            return _answered(trace, what)
        case "loss":
            return UNKNOWN if trace.loss is None else short(trace.loss)
        case "place":
            return placed(step, at)
        case "value":
            return short(step.value(*at))
        case "before":
            return short(_lent(step.origins[0], at))
        case "other":
            return short(_lent(step.origins[1], at))
        case "bias":
            return UNKNOWN if (bias := _bias(step, at)) is None else short(bias)
        case "products":
            return short(step.value(*at) - (_bias(step, at) or 0.0))
        case "not zero" | "zeros":
            zeros = int((step.maps == 0).sum())
            return f"{zeros if what == 'zeros' else step.maps.numel() - zeros:,}"
        case "highest in":
            return short(step.value(*_highest(step, int(number))))
        case "highest at":
            return placed(step, _highest(step, int(number)))
        case "window":
            return ", ".join(short(t.value) for t in _sum(step, at).terms if not t.padding)
    return _strongest(step, at, what)


def _answered(trace: Trace, what: str) -> str:
    place = 1 if what.startswith("second") else 0
    if len(trace.prediction) <= place:
        return UNKNOWN
    label, probability = trace.prediction[place]
    return percent(probability) if what.endswith("probability") else label


def _sum(step: Step, at: Position) -> Arithmetic:
    if step not in _SUMS:
        _SUMS[step] = step.arithmetic(*at)
    return _SUMS[step]


def _strongest(step: Step, at: Position, what: str) -> str:
    terms = [term for term in _sum(step, at).terms if not term.padding]
    total = step.value(*at) - (_bias(step, at) or 0.0)
    best = max(terms, key=lambda term: -term.product if total < 0 else term.product, default=None)
    if best is None:
        return UNKNOWN
    if what == "strongest":
        return f"{bracketed(best.value)} · {bracketed(best.weight)} = {short(best.product)}"
    return UNKNOWN if best.position is None else placed(step.origins[best.input], best.position)


def _bias(step: Step, at: Position) -> float | None:
    return None if step.bias is None else float(step.bias.detach().reshape(-1)[at[2]])


def _lent(step: Step, at: Position) -> float:
    """The value at the same place; a step with one row, column or map lends it to all."""
    y, x, channel = (0 if n == 1 else place for n, place in zip(step.size, at, strict=True))
    return step.value(y, x, channel)


def _highest(step: Step, channel: int) -> Position:
    values = step.maps[channel]
    y, x = (int(i) for i in torch.unravel_index(values.argmax(), values.shape))
    return y, x, channel


def placed(step: Step, at: Position) -> str:
    """y, x and channel, each from 0; of a list the unit."""
    y, x, channel = at
    return f"unit {channel}" if step.size[:2] == (1, 1) else f"y {y}, x {x}, channel {channel}"


def short(value: float) -> str:
    """Three decimals, or what a larger number deserves; as js/draw/format.js writes it."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    amount = abs(value)
    if amount == 0:
        return "0"
    if amount < 0.001:
        mantissa, _, power = f"{amount:.1e}".partition("e")
        text = f"{mantissa}e{int(power)}".replace("-", "−")
    else:
        text = f"{amount:.{0 if amount >= 1000 else 1 if amount >= 100 else 2 if amount >= 10 else 3}f}"
    return f"−{text}" if value < 0 else text


def bracketed(value: float) -> str:
    """In brackets where it is negative."""
    return f"({short(value)})" if value < 0 else short(value)


def percent(value: float) -> str:
    """A probability; as js/draw/format.js writes it."""
    share = value * 100
    if math.isnan(value):
        return "NaN"
    if share >= 99.95 and value < 1:
        return "> 99.9 %"
    return "< 0.1 %" if 0 < share < 0.1 else f"{share:.1f} %"
