"""Value by value: activations, arithmetic, functions, comparisons, logic."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, listed, plain, room_for
from fivebyfive.explain.sources.onnx.tensors import DTYPES

WIDE = (torch.uint16, torch.uint32, torch.uint64)
"""Whole numbers with which PyTorch does not count."""
SMALL = {torch.float8_e4m3fn: 2**-5, torch.float8_e4m3fnuz: 2**-5, torch.float8_e5m2: 2**-4,
         torch.float8_e5m2fnuz: 2**-4}  # fmt: skip
"""Numbers of 8 bits, and the share of the largest that is rounded away."""


def widened(function: Run) -> Run:
    """`function`, of whole numbers that PyTorch does not count with in larger ones."""

    def run(*given: Any) -> Any:
        found = next((x.dtype for x in given if isinstance(x, Tensor) and x.dtype in WIDE), None)
        if found is None:
            return function(*given)
        made = function(*(x.to(torch.int64) if isinstance(x, Tensor) and x.dtype in WIDE else x for x in given))
        return made.to(found) if made.dtype == torch.int64 else made

    return run


def _pair(function: Run) -> Maker:
    """For a node that takes two tensors, repeated to one shape."""

    def make(op: Op) -> Run:
        axis = op.get("axis") if op.version < 7 and op.get("broadcast", 0) else None

        def run(a: Tensor, b: Tensor) -> Any:
            if axis is not None:
                b = b.reshape(*b.shape, *[1] * (a.dim() - axis - b.dim()))
            room_for(a, b)
            return function(a, b)

        return widened(run)

    return make


def _several(function: Run) -> Maker:
    """For a node that takes any number of tensors."""

    def run(*given: Tensor) -> Any:
        room_for(*given)
        found = given[0]
        for other in given[1:]:
            found = function(found, other)
        return found if len(given) > 1 else found.clone()

    return plain(widened(run))


def _mean(op: Op) -> Run:
    added = _several(torch.add)(op)
    return lambda *given: added(*given) / len(given)


def _divide(a: Tensor, b: Tensor) -> Tensor:
    return torch.div(a, b) if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def _modulo(op: Op) -> Run:
    return _pair(torch.fmod if op.get("fmod", 0) else torch.remainder)(op)


def _power(a: Tensor, b: Tensor) -> Tensor:
    exponent = b.item() if b.numel() == 1 and b.dim() == 0 else b
    if isinstance(exponent, float) and exponent.is_integer():
        exponent = int(exponent)
    if isinstance(exponent, Tensor) and exponent.is_floating_point() and not a.is_floating_point():
        return torch.pow(a.to(exponent.dtype), exponent).to(a.dtype)
    made = torch.pow(a, exponent)
    return made if made.dtype == a.dtype else made.to(a.dtype)


def _shifted(op: Op) -> Run:
    left = op.get("direction") == "LEFT"
    return _pair(torch.bitwise_left_shift if left else torch.bitwise_right_shift)(op)


def _clip(op: Op) -> Run:
    low, high = op.get("min"), op.get("max")

    def run(x: Tensor, least: Tensor | None = None, most: Tensor | None = None) -> Any:
        a = low if least is None else _bound(least)
        b = high if most is None else _bound(most)
        return x.clone() if a is None and b is None else torch.clamp(x, a, b)

    return widened(run)


def _bound(bound: Tensor) -> float | int:
    """A bound as a number."""
    found: float | int = bound.item()
    return found


def _cast(op: Op) -> Run:
    """The same numbers in another type."""
    dtype = DTYPES[int(op.get("to", 1))]
    return lambda x: _converted(x, dtype, bool(op.get("saturate", 1)))


def _cast_like(op: Op) -> Run:
    return lambda x, like: _converted(x, like.dtype, bool(op.get("saturate", 1)))


def _converted(x: Tensor, dtype: torch.dtype, saturate: bool) -> Tensor:
    """Numbers of 8 bits are as large as they can be, or none (or infinite, where there is infinity)."""
    if dtype not in SMALL or x.dtype in SMALL:
        return x.to(dtype)
    most = torch.finfo(dtype).max
    if saturate:
        return torch.clamp(x, -most, most).to(dtype)
    beyond = x.abs() > most * (1 + SMALL[dtype])
    filled = x.sign() * math.inf if dtype == torch.float8_e5m2 else torch.full_like(x, math.nan)
    return torch.where(beyond, filled, x.to(dtype).to(x.dtype)).to(dtype)


def _where(condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    room_for(condition, a, b)
    return torch.where(condition, a, b)


def _leaky(op: Op) -> Run:
    return lambda x: F.leaky_relu(x, float(op.get("alpha", 0.01)))


def _elu(op: Op) -> Run:
    return lambda x: F.elu(x, float(op.get("alpha", 1.0)))


def _celu(op: Op) -> Run:
    return lambda x: F.celu(x, float(op.get("alpha", 1.0)))


def _selu(op: Op) -> Run:
    alpha, gamma = float(op.get("alpha", 1.67326319217681884765625)), float(op.get("gamma", 1.05070102214813232421875))
    if abs(alpha - 1.6732632423543772) < 1e-6 and abs(gamma - 1.0507009873554805) < 1e-6:
        return F.selu
    return lambda x: F.elu(x, alpha) * gamma


def _gelu(op: Op) -> Run:
    return lambda x: F.gelu(x, approximate=str(op.get("approximate", "none")))


def _hard_sigmoid(op: Op) -> Run:
    alpha, beta = float(op.get("alpha", 0.2)), float(op.get("beta", 0.5))
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return F.hardsigmoid
    return lambda x: torch.clamp(x * alpha + beta, 0.0, 1.0)


def _prelu(x: Tensor, slope: Tensor) -> Tensor:
    many = slope.numel()
    if x.dim() > 1 and (many == 1 or (slope.dim() == x.dim() - 1 and many == slope.shape[0] == x.shape[1])):
        return F.prelu(x, slope if slope.dim() == 1 else slope.flatten())
    return torch.where(x < 0, x * slope, x)


def _shrink(op: Op) -> Run:
    bias, lambd = float(op.get("bias", 0.0)), float(op.get("lambd", 0.5))

    def run(x: Tensor) -> Any:
        if bias == 0.0 and x.is_floating_point():
            return F.hardshrink(x, lambd)
        if bias == lambd and x.is_floating_point():
            return F.softshrink(x, lambd)
        return torch.where(x < -lambd, x + bias, torch.where(x > lambd, x - bias, torch.zeros_like(x)))

    return run


def _thresholded(op: Op) -> Run:
    return lambda x: F.threshold(x, float(op.get("alpha", 1.0)), 0.0)


def _swish(op: Op) -> Run:
    alpha = float(op.get("alpha", 1.0))
    return F.silu if alpha == 1.0 else lambda x: x * torch.sigmoid(x * alpha)


def _is_inf(op: Op) -> Run:
    below, above = bool(op.get("detect_negative", 1)), bool(op.get("detect_positive", 1))
    if below and above:
        return torch.isinf
    return torch.isposinf if above else torch.isneginf if below else lambda x: torch.zeros_like(x, dtype=torch.bool)


def _softplus(x: Tensor) -> Tensor:
    return F.softplus(x, threshold=40.0)


def _bit_cast(op: Op) -> Run:
    dtype = DTYPES[int(op.get("to", 1))]
    return lambda x: x.view(dtype)


def _identity(x: Tensor) -> Tensor:
    return x.clone()


def _cumulative(op: Op) -> Run:
    def run(x: Tensor, axis: Tensor) -> Any:
        dim = listed(axis)[0]
        backward, exclusive = bool(op.get("reverse", 0)), bool(op.get("exclusive", 0))
        taken = x.flip(dim) if backward else x
        made = (torch.cumprod if op.name == "CumProd" else torch.cumsum)(taken, dim, dtype=x.dtype)
        if exclusive:
            first = torch.full_like(made.narrow(dim, 0, 1), 1 if op.name == "CumProd" else 0)
            made = torch.cat([first, made.narrow(dim, 0, made.shape[dim] - 1)], dim)
        return made.flip(dim) if backward else made

    return run


ONE: dict[str, Callable[..., Any]] = {
    "Abs": torch.abs, "Acos": torch.acos, "Acosh": torch.acosh, "Asin": torch.asin, "Asinh": torch.asinh,
    "Atan": torch.atan, "Atanh": torch.atanh, "Ceil": torch.ceil, "Cos": torch.cos, "Cosh": torch.cosh,
    "Erf": torch.erf, "Exp": torch.exp, "Floor": torch.floor, "HardSwish": F.hardswish, "IsNaN": torch.isnan,
    "Identity": _identity, "Log": torch.log, "Mish": F.mish, "Neg": torch.neg, "Not": torch.logical_not,
    "Reciprocal": torch.reciprocal, "Relu": torch.relu, "Round": torch.round, "Sigmoid": torch.sigmoid,
    "Sign": torch.sign, "Sin": torch.sin, "Sinh": torch.sinh, "Softplus": _softplus, "Softsign": F.softsign,
    "Sqrt": torch.sqrt, "Tan": torch.tan, "Tanh": torch.tanh, "BitwiseNot": torch.bitwise_not,
}  # fmt: skip
TWO: dict[str, Callable[..., Any]] = {
    "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": _divide, "Pow": _power, "And": torch.logical_and,
    "Or": torch.logical_or, "Xor": torch.logical_xor, "Equal": torch.eq, "Greater": torch.gt,
    "GreaterOrEqual": torch.ge, "Less": torch.lt, "LessOrEqual": torch.le, "BitwiseAnd": torch.bitwise_and,
    "BitwiseOr": torch.bitwise_or, "BitwiseXor": torch.bitwise_xor,
}  # fmt: skip
TABLE: dict[str, Maker] = {
    **{name: plain(widened(function)) for name, function in ONE.items()},
    **{name: _pair(function) for name, function in TWO.items()},
    "Max": _several(torch.maximum), "Min": _several(torch.minimum), "Sum": _several(torch.add), "Mean": _mean,
    "Mod": _modulo, "BitShift": _shifted, "Clip": _clip, "Cast": _cast, "CastLike": _cast_like,
    "Where": plain(_where),
    "LeakyRelu": _leaky, "Elu": _elu, "Celu": _celu, "Selu": _selu, "Gelu": _gelu, "HardSigmoid": _hard_sigmoid,
    "PRelu": plain(_prelu), "Shrink": _shrink, "ThresholdedRelu": _thresholded, "Swish": _swish, "IsInf": _is_inf,
    "CumSum": _cumulative, "CumProd": _cumulative, "BitCast": _bit_cast,
}  # fmt: skip
FIXED = tuple(TABLE)
