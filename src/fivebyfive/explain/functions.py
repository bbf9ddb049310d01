"""Functions of one value, by their PyTorch names: how they are written, and what they are.

Definitions: https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Function:
    """A formula in x, and the same as a Python function of x and the step's numbers."""

    formula: str
    value: Callable[[float, Numbers], float]


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _beyond(x: float, p: Numbers) -> float:
    """Softplus with its sharpness, and straight where that no longer differs."""
    beta, threshold = p.get("beta", 1.0), p.get("threshold", 20.0)
    return x if x * beta > threshold else _softplus(beta * x) / beta


def _gelu(x: float, p: Numbers) -> float:
    if p.get("approximate", "none") == "tanh":
        return 0.5 * x * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * math.erfc(-x / math.sqrt(2.0))


def clamped(x: float, low: Any, high: Any) -> float:
    """`x`, at least `low` and at most `high`, where they are given; the latter where they contradict each other."""
    x = x if low is None else max(x, float(low))
    return x if high is None else min(x, float(high))


def _elu(x: float, alpha: float, scale: float = 1.0, slope: float = 1.0) -> float:
    return scale * (x if x > 0 else alpha * math.expm1(x / slope))


def _round(x: float) -> float:
    return float(round(x))  # to even, as PyTorch does


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805

FUNCTIONS: dict[str, Function] = {
    "relu": Function("max(x, 0)", lambda x, _: max(x, 0.0)),
    "relu6": Function("min(max(x, 0), 6)", lambda x, _: clamped(x, 0, 6)),
    "leaky_relu": Function(
        "x if x > 0, else {negative_slope}·x", lambda x, p: x if x > 0 else x * p.get("negative_slope", 0.01)
    ),
    "prelu": Function("x if x > 0, else {slope}·x", lambda x, p: x if x > 0 else x * p["slope"]),
    "rrelu": Function("x if x > 0, else {slope}·x", lambda x, p: x if x > 0 else x * p["slope"]),
    "elu": Function("x if x > 0, else {alpha}·(eˣ − 1)", lambda x, p: _elu(x, p.get("alpha", 1.0))),
    "celu": Function(
        "x if x > 0, else {alpha}·(e^(x/{alpha}) − 1)",
        lambda x, p: _elu(x, p.get("alpha", 1.0), slope=p.get("alpha", 1.0)),
    ),
    "selu": Function("1.0507·(x if x > 0, else 1.6733·(eˣ − 1))", lambda x, _: _elu(x, _SELU_ALPHA, _SELU_SCALE)),
    "gelu": Function("x·Φ(x), Φ the normal distribution", _gelu),
    "silu": Function("x / (1 + e⁻ˣ)", lambda x, _: x * _sigmoid(x)),
    "mish": Function("x·tanh(ln(1 + eˣ))", lambda x, _: x * math.tanh(_softplus(x))),
    "hardswish": Function("x·min(max(x + 3, 0), 6) / 6", lambda x, _: x * clamped(x + 3, 0, 6) / 6),
    "hardsigmoid": Function("min(max(x + 3, 0), 6) / 6", lambda x, _: clamped(x + 3, 0, 6) / 6),
    "hardtanh": Function("min(max(x, {min}), {max})", lambda x, p: clamped(x, p.get("min", -1.0), p.get("max", 1.0))),
    "softplus": Function("ln(1 + e^({beta}·x)) / {beta}", _beyond),
    "softsign": Function("x / (1 + |x|)", lambda x, _: x / (1 + abs(x))),
    "tanh": Function("tanh(x)", lambda x, _: math.tanh(x)),
    "sigmoid": Function("1 / (1 + e⁻ˣ)", lambda x, _: _sigmoid(x)),
    "logsigmoid": Function("−ln(1 + e⁻ˣ)", lambda x, _: -_softplus(-x)),
    "tanhshrink": Function("x − tanh(x)", lambda x, _: x - math.tanh(x)),
    "threshold": Function("x if x > {threshold}, else {value}", lambda x, p: x if x > p["threshold"] else p["value"]),
    "hardshrink": Function("x if |x| > {lambda}, else 0", lambda x, p: x if abs(x) > p.get("lambda", 0.5) else 0.0),
    "softshrink": Function(
        "x moved {lambda} towards 0, and no further",
        lambda x, p: math.copysign(max(abs(x) - p.get("lambda", 0.5), 0.0), x),
    ),
    "neg": Function("−x", lambda x, _: -x),
    "abs": Function("|x|", lambda x, _: abs(x)),
    "exp": Function("eˣ", lambda x, _: math.exp(x)),
    "expm1": Function("eˣ − 1", lambda x, _: math.expm1(x)),
    "log": Function("ln x", lambda x, _: math.log(x)),
    "log1p": Function("ln(1 + x)", lambda x, _: math.log1p(x)),
    "log2": Function("log₂ x", lambda x, _: math.log2(x)),
    "sqrt": Function("√x", lambda x, _: math.sqrt(x)),
    "rsqrt": Function("1 / √x", lambda x, _: 1.0 / math.sqrt(x)),
    "square": Function("x²", lambda x, _: x * x),
    "reciprocal": Function("1 / x", lambda x, _: 1.0 / x),
    "sign": Function("the sign of x", lambda x, _: math.copysign(1.0, x) if x else 0.0),
    "floor": Function("x rounded down", lambda x, _: float(math.floor(x))),
    "ceil": Function("x rounded up", lambda x, _: float(math.ceil(x))),
    "round": Function("x rounded", lambda x, _: _round(x)),
    "trunc": Function("x without its fraction", lambda x, _: float(math.trunc(x))),
    "frac": Function("the fraction of x", lambda x, _: x - math.trunc(x)),
    "sin": Function("sin x", lambda x, _: math.sin(x)),
    "cos": Function("cos x", lambda x, _: math.cos(x)),
    "tan": Function("tan x", lambda x, _: math.tan(x)),
    "atan": Function("arctan x", lambda x, _: math.atan(x)),
    "erf": Function("erf x", lambda x, _: math.erf(x)),
    "sinh": Function("sinh x", lambda x, _: math.sinh(x)),
    "cosh": Function("cosh x", lambda x, _: math.cosh(x)),
    "clamp": Function("x, at least {min} and at most {max}", lambda x, p: clamped(x, p.get("min"), p.get("max"))),
    "clamp_min": Function("max(x, {min})", lambda x, p: clamped(x, p["min"], None)),
    "clamp_max": Function("min(x, {max})", lambda x, p: clamped(x, None, p["max"])),
    "logit": Function("ln(x / (1 − x))", lambda x, _: math.log(x / (1 - x))),
}

_DEFAULTS = {
    "negative_slope": 0.01, "alpha": 1.0, "beta": 1.0, "lambda": 0.5, "min": None, "max": None,
    "threshold": 20.0, "value": 0.0,
}  # fmt: skip
_HARDTANH = {"min": -1.0, "max": 1.0}


def formula(op: str, numbers: Numbers) -> str:
    """How the function is written, with the step's own numbers in it."""
    known = _DEFAULTS | (_HARDTANH if op == "hardtanh" else {}) | dict(numbers)
    if op == "clamp" and (known["min"] is None or known["max"] is None):
        return f"max(x, {known['min']})" if known["max"] is None else f"min(x, {known['max']})"
    return FUNCTIONS[op].formula.format_map({k: v if isinstance(v, str) else _short(v) for k, v in known.items()})


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
