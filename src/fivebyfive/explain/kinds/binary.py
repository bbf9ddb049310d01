"""Two values become one, place by place: sums, products, comparisons, the larger of both.

A sum of two results joins branches; a bias belongs to the layer that it completes.

Source of the definitions: https://pytorch.org/docs/stable/torch.html#pointwise-ops
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from fivebyfive.explain.backward.passing import by_slope, dead_units, out_of, with_ones
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import bracketed, short
from fivebyfive.explain.kind import OTHER, Called, Index, Kind, numel_of, shape_of
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.phrases import bias_added, joined_names
from fivebyfive.explain.step import Arithmetic, Operation, Step, Term
from fivebyfive.explain.sums import extreme, function_of, weighted_sum
from fivebyfive.explain.terms import operand_at, same_place

EXTREMES = ("maximum", "minimum", "max", "min", "fmax", "fmin")


def _bits(function: Callable[[int, int], int]) -> Callable[[float, float], float]:
    return lambda a, b: float(function(int(a), int(b)))


def _log_of_sum(a: float, b: float) -> float:
    if math.isnan(a) or math.isnan(b):
        return math.nan
    most = max(a, b)
    return most if math.isinf(most) else most + math.log1p(math.exp(min(a, b) - most))


FUNCTIONS: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "div": ("a / b", lambda a, b: a / b),
    "pow": ("a ^ b", lambda a, b: a**b),
    "float_power": ("a ^ b", lambda a, b: a**b),
    "floor_divide": ("a / b, rounded down", lambda a, b: float(a // b)),
    "fmod": ("the remainder of a / b", math.fmod),
    "remainder": ("the remainder of a / b", lambda a, b: a % b),
    "eq": ("1 if a = b, else 0", lambda a, b: float(a == b)),
    "ne": ("1 if a ≠ b, else 0", lambda a, b: float(a != b)),
    "lt": ("1 if a < b, else 0", lambda a, b: float(a < b)),
    "le": ("1 if a ≤ b, else 0", lambda a, b: float(a <= b)),
    "gt": ("1 if a > b, else 0", lambda a, b: float(a > b)),
    "ge": ("1 if a ≥ b, else 0", lambda a, b: float(a >= b)),
    "and": ("a and b, bit by bit", _bits(lambda a, b: a & b)),
    "or": ("a or b, bit by bit", _bits(lambda a, b: a | b)),
    "xor": ("a or b but not both, bit by bit", _bits(lambda a, b: a ^ b)),
    "bitwise_left_shift": ("a · 2 ^ b", _bits(lambda a, b: a << b)),
    "bitwise_right_shift": ("a / 2 ^ b, rounded down", _bits(lambda a, b: a >> b)),
    "logical_and": ("1 if neither a nor b is 0, else 0", lambda a, b: float(bool(a) and bool(b))),
    "logical_or": ("1 if a or b is not 0, else 0", lambda a, b: float(bool(a) or bool(b))),
    "logical_xor": ("1 if one of a and b is 0, but not both, else 0", lambda a, b: float(bool(a) != bool(b))),
    "atan2": ("the angle of the point (b, a)", math.atan2),
    "hypot": ("√(a² + b²)", math.hypot),
    "copysign": ("a with the sign of b", math.copysign),
    "logaddexp": ("ln(eᵃ + eᵇ)", _log_of_sum),
    "ldexp": ("a · 2 ^ b", lambda a, b: a * 2.0**b),
    "gcd": ("the greatest common divisor of a and b", _bits(math.gcd)),
    "lcm": ("the least common multiple of a and b", _bits(math.lcm)),
    "xlogy": ("a · ln b", lambda a, b: 0.0 if a == 0 and not math.isnan(b) else a * math.log(b)),
    "heaviside": ("0 if a < 0, b if a = 0, else 1", lambda a, b: b if a == 0 else float(a > 0)),
}
_ROUNDED: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "floor": ("a / b, rounded down", lambda a, b: float(math.floor(a / b))),
    "trunc": ("a / b without its fraction", lambda a, b: float(math.trunc(a / b))),
}


def value_by_value(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op == "lerp":
        return _lerp(step, index, position)
    if step.op in ("addcmul", "addcdiv"):
        return _added_product(step, index, position)
    a, b = same_place(step, "input", index), same_place(step, "other", index)
    if step.op in ("add", "sub", "bias_add"):
        return _addition(step, position, a, b)
    if step.op == "mul":
        total = a.value * b.value
        return Arithmetic(position, "product", (a, b), total, symbols="O[n,i,j,k] = a · b",
                          figures=f"{short(a.value)} · {bracketed(b.value)} = {short(total)}")  # fmt: skip
    if step.op in EXTREMES:
        return _extreme(step, position, a, b)
    return _function(step, index, position, a, b)


def _function(step: Step, index: Index, position: Position, a: Term, b: Term) -> Arithmetic:
    symbols, function = FUNCTIONS[step.op]
    rounding = step.attributes.get("rounding_mode") if step.op == "div" else None
    if rounding:
        symbols, function = _ROUNDED[rounding]
    try:
        total: complex = function(a.value, b.value)
    except (ZeroDivisionError, OverflowError, ValueError):
        total = float(step.output[index])
    return function_of(position, (a, b), math.nan if isinstance(total, complex) else total, symbols)


def _extreme(step: Step, position: Position, a: Term, b: Term) -> Arithmetic:
    values = np.array([a.value, b.value])
    ignored = step.op in ("fmax", "fmin") and not np.isnan(values).all()
    beaten = np.isnan(values) if ignored else np.zeros(2, dtype=bool)
    name: Operation = "max" if "max" in step.op else "min"
    found = extreme(position, values, [a.position, b.position], beaten, name, f"O = {name}(a, b)")
    pair = zip(found.terms, (a, b), strict=True)
    return replace(found, terms=tuple(replace(term, input=own.input, padding=False) for term, own in pair))


def _addition(step: Step, position: Position, a: Term, b: Term) -> Arithmetic:
    sign = (-1.0 if step.op == "sub" else 1.0) * float(step.call.values.get("alpha", 1.0))
    b = Term(b.value, b.position, sign, sign * b.value, input=b.input)
    constant = isinstance(step.call.values.get("other"), Tensor)
    symbols = "O[n,i,j,k] = I[n,i,j,k] + b[k]" if constant else f"O[n,i,j,k] = a {'−' if sign < 0 else '+'} b"
    if constant:
        return weighted_sum(position, (a,), b.product, symbols)
    if isinstance(step.call.values.get("input"), Tensor):
        return weighted_sum(position, (b,), a.product, symbols)
    return weighted_sum(position, (a, b), None, symbols)


def _lerp(step: Step, index: Index, position: Position) -> Arithmetic:
    share = operand_at(step.call.values["weight"], index)
    terms = (same_place(step, "input", index, 1.0 - share), same_place(step, "other", index, share))
    return weighted_sum(position, terms, None, "O = (1 − w) · a + w · b")


def _added_product(step: Step, index: Index, position: Position) -> Arithmetic:
    """``addcmul`` and ``addcdiv``: a product, or a quotient, is added to what there is."""
    factor = float(step.call.values.get("value", 1.0))
    second = operand_at(step.call.values["tensor2"], index)
    weight = factor * second if step.op == "addcmul" else factor / second if second else math.nan
    terms = (same_place(step, "input", index), same_place(step, "tensor1", index, weight))
    return weighted_sum(position, terms, None, f"O = a + {factor:g} · b {'·' if step.op == 'addcmul' else '/'} c")


# --- name, cost, words ----------------------------------------------------------------------------------------------


def name_of(called: Called, origins: Sequence[Step], output: Tensor) -> str:
    """Joining where two results meet; the layer's name where a bias completes it."""
    del output
    if called.op not in _JOINS:
        return OTHER
    if len(origins) > 1:
        return "joining"
    values = called.values
    before = origins[0].kind if origins else OTHER
    added = [v for v in (values.get("other"), values.get("input")) if all(v is not origin for origin in origins)]
    completes = called.op in ("add", "bias_add") and before in ("convolution", "fully connected")
    return before if completes and any(map(_is_list, added)) else OTHER


_JOINS = ("add", "sub", "mul", "div", "bias_add", *EXTREMES)


def _is_list(value: Any) -> bool:
    """Whether it is one number for each channel: a tensor with a single dimension larger than 1."""
    return isinstance(value, (Tensor, Step)) and max(shape_of(value), default=1) == numel_of(value)


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    counts = called.op in ("add", "sub", "mul", "div", "bias_add")
    return output.numel() if counts and (learned(called.values.get("other")) or learned(called.values["input"])) else 0


def words(step: Step) -> Iterator[str]:
    if step.kind in ("convolution", "fully connected"):
        yield bias_added(step)
    elif step.kind == "joining":
        yield from _joining(step)
    elif step.op in _WITH and isinstance(step.attributes.get("other"), (int, float)):
        number = f"{step.attributes['other']:.4g}"
        yield f"{_WITH[step.op].format(number)}: {size_text(step.size)}."
    else:
        said = FUNCTIONS[step.op][0] if step.op in FUNCTIONS else step.op
        yield f"Value by value, with a number, a constant or another result ({said}): {size_text(step.size)}."


def _joining(step: Step) -> Iterator[str]:
    names = [origin.name for origin in step.origins]
    if len(names) < 2:
        given = names[0] if names else "Parameters of the network alone"
        yield f"{given}: joined to {size_text(step.size)} with what the network has learned, or with itself."
        return
    verb = {"add": "added", "sub": "subtracted", "mul": "multiplied", "div": "divided"}.get(step.op, "compared")
    yield f"{joined_names(names)} are {verb}, value by value: {size_text(step.size)}."
    if step.op == "add":
        yield "The addition lets values pass by the layers in between: those only have to learn what to change."
    if step.op == "mul":
        yield "One acts as a gate for the other: near 0 it closes, near 1 it lets pass."


_WITH = {
    "add": "{} is added to every value",
    "sub": "{} is taken away from every value",
    "mul": "Every value is multiplied by {}",
    "div": "Every value is divided by {}",
}
"""What the code does with every value and one number."""


def back(step: Step) -> Iterator[str]:
    """How a gradient goes back through two values that became one."""
    two = [v for v in (step.call.values.get("input"), step.call.values.get("other")) if isinstance(v, (Step, Tensor))]
    if step.kind in ("convolution", "fully connected"):
        smallest = min(map(numel_of, two))
        added = step.output.numel() // max(smallest, 1)
        yield "The gradient passes on unchanged to what the bias was added to."
        yield (
            f"Each bias was added to {added:,} values: its gradient is the sum of theirs."
            if added > 1
            else "Each bias was added to one value, and gets the same gradient."
        )
        yield from dead_units(step, "filter" if step.kind == "convolution" else "unit")
    elif step.op in ("add", "sub", "bias_add"):
        yield from _back_through_sum(step, two)
    elif step.op == "mul":
        yield from _back_through_product(step)
    elif step.op in EXTREMES and step.origins:
        taken = with_ones(step, step.origins[0])
        said = (
            ""
            if taken is None
            else f": {out_of(int((taken != 0).sum()), taken.numel())} of {step.origins[0].name} get it"
        )
        yield f"The gradient goes to the one that was taken, and nothing to the other{said}."
    elif step.op == "div" and len(step.origins) > 1:
        yield "The dividend gets the gradient divided by the divisor; the divisor gets −gradient · a / b²."
    elif step.op == "lerp":
        yield "The gradient is divided as the values were: the share 1 − w of it to the first, w to the second."
    elif step.op in ("addcmul", "addcdiv"):
        yield "The gradient passes on unchanged to what was added to; the factors get it times what they met."
    else:
        yield from by_slope(step)


def _back_through_sum(step: Step, two: Sequence[Any]) -> Iterator[str]:
    alpha = float(step.call.values.get("alpha", 1.0))
    sign = alpha if step.op != "sub" else -alpha
    if len(step.origins) > 1 and sign == 1.0:
        yield (
            "An addition passes the gradient on unchanged to each of them: "
            f"{joined_names([o.name for o in step.origins])}."
        )
        yield (
            "So a connection that skips layers is a road without toll: nothing is multiplied on it, so nothing shrinks."
        )
    elif len(step.origins) > 1:
        yield (
            f"The gradient passes on unchanged to {step.origins[0].name}, and times {sign:.4g} to "
            f"{step.origins[1].name}."
        )
    elif step.call.values.get("input") is step.call.values.get("other"):
        yield f"The value is in it twice: the gradient is multiplied by {1 + sign:.4g}."
    elif sign == 1.0 or (step.origins and step.call.values.get("input") is step.origins[0]):
        yield "The gradient passes on unchanged: what is added, or taken away, changes no slope."
    else:
        yield f"The gradient is multiplied by {sign:.4g}."
    if any(numel_of(value) < step.output.numel() for value in two):
        yield "What was repeated to fit gets the sum of the gradients of all its repetitions."


def _back_through_product(step: Step) -> Iterator[str]:
    if len(step.origins) > 1:
        first, second = (origin.name for origin in step.origins[:2])
        closed = int((step.origins[1].output == 0).sum())
        yield f"Each gets the gradient times the other: {first} times what {second} is, and the other way around."
        if closed:
            yield (
                f"{second} is 0 at {out_of(closed, numel_of(step.origins[1]))}: a closed gate passes nothing back "
                "either."
            )
        return
    yield from by_slope(step)


KIND = Kind(
    name=OTHER,
    operations={
        "add sub": "input other alpha",
        f"mul maximum minimum fmax fmin {' '.join(FUNCTIONS)}": "input other",
        "lerp": "input other weight",
        "addcmul addcdiv": "input tensor1 tensor2",
    },
    ours={"bias_add": "input other", "add": "input other"},
    aliases={
        "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "truediv": "div",
        "floordiv": "floor_divide", "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le",
        "not_equal": "ne", "bitwise_and": "and", "bitwise_or": "or", "bitwise_xor": "xor", "arctan2": "atan2",
        "special_xlogy": "xlogy", "mod": "remainder", "lshift": "bitwise_left_shift",
        "rshift": "bitwise_right_shift",
    },
    keywords={"lerp": {"end": "other"}, "heaviside": {"values": "other"}, "pow": {"exponent": "other"}},
    called=name_of,
    cost=_cost,
    field=mixing.same,
    sum=value_by_value,
    words=words,
    back=back,
)  # fmt: skip
