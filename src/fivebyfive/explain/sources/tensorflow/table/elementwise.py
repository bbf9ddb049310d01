"""Value by value: activations, arithmetic, comparisons.

Source of the definitions: https://www.tensorflow.org/api_docs/python/tf/raw_ops
"""

import functools
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive import ops
from fivebyfive.explain.sources.tensorflow.table import Attributes, Call, Entry, always


def _leaky(attributes: Attributes) -> Call:
    slope = float(attributes("alpha"))
    return lambda x: F.leaky_relu(x, slope)


def _bias_add(attributes: Attributes) -> Call:
    if attributes("data_format") in (b"NCHW", "NCHW"):
        return lambda x, b: x + b.reshape(-1, *[1] * (x.dim() - 2))
    return ops.bias_add


def _divided(a: Tensor, b: Tensor) -> Tensor:
    """Whole numbers are divided without a rest, towards zero."""
    return torch.div(a, b) if a.is_floating_point() or a.is_complex() else torch.div(a, b, rounding_mode="trunc")


def _no_nan(a: Tensor, b: Tensor) -> Tensor:
    return torch.where(b == 0, torch.zeros_like(a), a / b)


def _cast(attributes: Attributes) -> Call:
    from fivebyfive.explain.sources.tensorflow.dtypes import torch_type

    dtype = torch_type(attributes("DstT"))
    return lambda x: x.to(dtype)


def _select(condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The old Select takes one condition for each row."""
    if condition.dim() == 1 and a.dim() > 1:
        condition = condition.reshape(-1, *[1] * (a.dim() - 1))
    return torch.where(condition, a, b)


def _add_all(*terms: Tensor) -> Tensor:
    return functools.reduce(torch.add, terms)


def _clipped(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    return torch.clamp(x, low, high)


def _softplus(x: Tensor) -> Tensor:
    return F.softplus(x)


ONE: dict[str, Any] = {
    "Relu": ops.relu, "Relu6": F.relu6, "Elu": F.elu, "Selu": F.selu, "Sigmoid": torch.sigmoid, "Tanh": torch.tanh,
    "Softplus": _softplus, "Softsign": F.softsign, "Exp": torch.exp, "Expm1": torch.expm1, "Log": torch.log,
    "Log1p": torch.log1p, "Sqrt": torch.sqrt, "Rsqrt": torch.rsqrt, "Square": torch.square, "Abs": torch.abs,
    "Neg": torch.neg, "Sign": torch.sign, "Floor": torch.floor, "Ceil": torch.ceil, "Round": torch.round,
    "Rint": torch.round, "Reciprocal": torch.reciprocal, "Inv": torch.reciprocal, "Sin": torch.sin, "Cos": torch.cos,
    "Tan": torch.tan, "Asin": torch.asin, "Acos": torch.acos, "Atan": torch.atan, "Sinh": torch.sinh,
    "Cosh": torch.cosh, "Asinh": torch.asinh, "Acosh": torch.acosh, "Atanh": torch.atanh, "Erf": torch.erf,
    "Erfc": torch.erfc, "Erfinv": torch.erfinv, "Lgamma": torch.lgamma, "Digamma": torch.digamma,
    "IsNan": torch.isnan, "IsInf": torch.isinf, "IsFinite": torch.isfinite, "LogicalNot": torch.logical_not,
    "ZerosLike": torch.zeros_like, "OnesLike": torch.ones_like, "Ndtri": torch.special.ndtri,
}  # fmt: skip
TWO: dict[str, Any] = {
    "Add": torch.add, "AddV2": torch.add, "Sub": torch.sub, "Mul": torch.mul, "RealDiv": torch.div, "Div": _divided,
    "TruncateDiv": _divided, "FloorDiv": torch.floor_divide, "FloorMod": torch.remainder, "Mod": torch.fmod,
    "TruncateMod": torch.fmod, "DivNoNan": _no_nan, "Maximum": torch.maximum, "Minimum": torch.minimum,
    "Pow": torch.pow, "SquaredDifference": lambda a, b: torch.square(a - b), "Atan2": torch.atan2,
    "Equal": torch.eq, "NotEqual": torch.ne, "Less": torch.lt, "LessEqual": torch.le, "Greater": torch.gt,
    "GreaterEqual": torch.ge, "LogicalAnd": torch.logical_and, "LogicalOr": torch.logical_or,
    "Xlogy": torch.xlogy, "BitwiseAnd": torch.bitwise_and, "BitwiseOr": torch.bitwise_or,
    "BitwiseXor": torch.bitwise_xor,
}  # fmt: skip
TABLE: dict[str, Entry] = {
    **{name: always(call) for name, call in {**ONE, **TWO}.items()},
    "BiasAdd": _bias_add,
    "BiasAddV1": always(ops.bias_add),
    "LeakyRelu": _leaky,
    "Softmax": always(lambda x: torch.softmax(x, -1)),
    "LogSoftmax": always(lambda x: torch.log_softmax(x, -1)),
    "AddN": always(_add_all),
    "ClipByValue": always(_clipped),
    "Select": always(_select),
    "SelectV2": always(torch.where),
    "Cast": _cast,
}
