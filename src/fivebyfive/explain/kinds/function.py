"""Functions of one value that are no usual activation: absolute values, roots, logarithms, sines, rounding.

Definitions: https://pytorch.org/docs/stable/torch.html#pointwise-ops
"""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from fivebyfive.explain import curves
from fivebyfive.explain.backward.passing import by_slope
from fivebyfive.explain.curves import Piece
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import short
from fivebyfive.explain.functions import Function, Numbers, Single, clamped, function_sum, single
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import same_place


def _of_torch(function: Callable[[Tensor], Tensor]) -> Callable[[float, Numbers], float]:
    """A special function, which Python's own library lacks, in double precision."""
    return lambda x, _: float(function(torch.tensor(x, dtype=torch.float64)))


def _whole(x: float, rounded: Callable[[float], float]) -> float:
    return float(rounded(x)) if math.isfinite(x) else x


def _round(x: float, p: Numbers) -> float:
    return round(x, int(p["decimals"])) if math.isfinite(x) else x  # to even, as PyTorch does


def _finite(x: float, p: Numbers) -> float:
    most = float(p["largest"])
    if math.isnan(x):
        return float(p["nan"])
    if math.isfinite(x):
        return x
    instead = p["posinf"] if x > 0 else p["neginf"]
    return math.copysign(most, x) if instead is None else float(instead)


FUNCTIONS: dict[str, Function] = {
    "neg": Function("−x", lambda x, _: -x, pieces=lambda _: curves.line(-1)),
    "abs": Function("|x|", lambda x, _: abs(x), pieces=lambda _: curves.bent(-1)),
    "exp": Function("eˣ", lambda x, _: math.exp(x)),
    "exp2": Function("2ˣ", lambda x, _: 2.0**x),
    "expm1": Function("eˣ − 1", lambda x, _: math.expm1(x)),
    "log": Function("ln x", lambda x, _: math.log(x)),
    "log1p": Function("ln(1 + x)", lambda x, _: math.log1p(x)),
    "log2": Function("log₂ x", lambda x, _: math.log2(x)),
    "log10": Function("log₁₀ x", lambda x, _: math.log10(x)),
    "sqrt": Function("√x", lambda x, _: math.sqrt(x)),
    "rsqrt": Function("1 / √x", lambda x, _: 1.0 / math.sqrt(x)),
    "square": Function("x²", lambda x, _: x * x),
    "reciprocal": Function("1 / x", lambda x, _: 1.0 / x),
    "sign": Function(
        "the sign of x",
        lambda x, _: float(x > 0) - float(x < 0),
        pieces=lambda _: [Piece(curves.before(0), 0, -1), Piece(0, 0, 0), Piece(math.inf, 0, 1)],
    ),
    "floor": Function("x rounded down", lambda x, _: _whole(x, math.floor)),
    "ceil": Function("x rounded up", lambda x, _: _whole(x, math.ceil)),
    "round": Function("x rounded", _round, {"decimals": 0}),
    "trunc": Function("x without its fraction", lambda x, _: _whole(x, math.trunc)),
    "frac": Function("the fraction of x", lambda x, _: x - math.trunc(x)),
    "sin": Function("sin x", lambda x, _: math.sin(x)),
    "cos": Function("cos x", lambda x, _: math.cos(x)),
    "tan": Function("tan x", lambda x, _: math.tan(x)),
    "asin": Function("arcsin x", lambda x, _: math.asin(x)),
    "acos": Function("arccos x", lambda x, _: math.acos(x)),
    "atan": Function("arctan x", lambda x, _: math.atan(x)),
    "sinh": Function("sinh x", lambda x, _: math.sinh(x)),
    "cosh": Function("cosh x", lambda x, _: math.cosh(x)),
    "asinh": Function("arsinh x", lambda x, _: math.asinh(x)),
    "acosh": Function("arcosh x", lambda x, _: math.acosh(x)),
    "atanh": Function("artanh x", lambda x, _: math.atanh(x)),
    "sinc": Function("sin(πx) / (πx)", lambda x, _: math.sin(math.pi * x) / (math.pi * x) if x else 1.0),
    "deg2rad": Function("x · π / 180", lambda x, _: math.radians(x)),
    "rad2deg": Function("x · 180 / π", lambda x, _: math.degrees(x)),
    "erf": Function("erf x", lambda x, _: math.erf(x)),
    "erfc": Function("1 − erf x", lambda x, _: math.erfc(x)),
    "erfinv": Function("the y with erf y = x", _of_torch(torch.erfinv)),
    "lgamma": Function("ln |Γ(x)|", lambda x, _: math.lgamma(x)),
    "digamma": Function("the derivative of ln Γ(x)", _of_torch(torch.digamma)),
    "i0": Function("I₀(x), Bessel's function", _of_torch(torch.special.i0)),
    "clamp": Function(
        "x, at least {min} and at most {max}",
        lambda x, p: clamped(x, p["min"], p["max"]),
        pieces=lambda p: curves.held(p["min"], p["max"]),
    ),
    "clamp_min": Function(
        "max(x, {min})", lambda x, p: clamped(x, p["min"], None), pieces=lambda p: curves.held(p["min"], None)
    ),
    "clamp_max": Function(
        "min(x, {max})", lambda x, p: clamped(x, None, p["max"]), pieces=lambda p: curves.held(None, p["max"])
    ),
    "logit": Function("ln(x / (1 − x))", lambda x, p: _logit(x, p.get("eps"))),
    "logical_not": Function("1 if x = 0, else 0", lambda x, _: float(x == 0)),
    "isnan": Function("1 if x is not a number, else 0", lambda x, _: float(math.isnan(x))),
    "isinf": Function("1 if x is infinite, else 0", lambda x, _: float(math.isinf(x))),
    "isfinite": Function("1 if x is finite, else 0", lambda x, _: float(math.isfinite(x))),
    "signbit": Function("1 if x < 0, else 0", lambda x, _: float(math.copysign(1.0, x) < 0)),
    "isposinf": Function("1 if x = ∞, else 0", lambda x, _: float(x == math.inf)),
    "isneginf": Function("1 if x = −∞, else 0", lambda x, _: float(x == -math.inf)),
    "special_ndtr": Function("Φ(x), Φ the normal distribution", _of_torch(torch.special.ndtr)),
    "special_log_ndtr": Function("ln Φ(x), Φ the normal distribution", _of_torch(torch.special.log_ndtr)),
    "special_ndtri": Function("the y with Φ(y) = x, Φ the normal distribution", _of_torch(torch.special.ndtri)),
    "special_entr": Function("−x · ln x", _of_torch(torch.special.entr)),
    "special_erfcx": Function("e^(x²) · (1 − erf x)", _of_torch(torch.special.erfcx)),
    "special_i0e": Function("e^(−|x|) · I₀(x), Bessel's function", _of_torch(torch.special.i0e)),
    "special_i1": Function("I₁(x), Bessel's function", _of_torch(torch.special.i1)),
    "special_i1e": Function("e^(−|x|) · I₁(x), Bessel's function", _of_torch(torch.special.i1e)),
    "nan_to_num": Function(
        "x, with numbers for what is none", _finite, {"nan": 0.0, "posinf": None, "neginf": None}
    ),
}  # fmt: skip


def _logit(x: float, eps: float | None) -> float:
    x = x if eps is None else clamped(x, eps, 1 - eps)
    return math.log(x / (1 - x))


def _single(step: Step) -> Single | None:
    bounds = (step.call.values.get(name) for name in ("min", "max"))
    if step.op == "invert" or not all(isinstance(bound, (int, float, type(None))) for bound in bounds):
        return None
    return single(step, _function_of(step), _numbers(step))


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if any(isinstance(step.call.values.get(name), (Step, Tensor)) for name in ("min", "max")):
        return _clamped(step, index, position)
    if step.op == "invert":
        function = Function("not x, bit by bit", _inverted(step))
        return function_sum(step, function, {}, index, position)
    return function_sum(step, _function_of(step), _numbers(step), index, position)


def _inverted(step: Step) -> Callable[[float, Numbers], float]:
    return lambda x, _: float(not x) if step.output.dtype == torch.bool else float(~int(x))


def _numbers(step: Step) -> Numbers:
    own = ("decimals", "nan", "posinf", "neginf", "eps")
    largest = {"largest": torch.finfo(step.output.dtype).max} if step.output.is_floating_point() else {}
    return dict(step.attributes) | largest | {name: step.call.values[name] for name in own if name in step.call.values}


def _function_of(step: Step) -> Function:
    """The function; of clamping, the side that there is."""
    low, high = (step.attributes.get(name) for name in ("min", "max"))
    one_sided = "clamp_max" if low is None else "clamp_min" if high is None else "clamp"
    return FUNCTIONS[one_sided if step.op == "clamp" else step.op]


def _clamped(step: Step, index: Index, position: Position) -> Arithmetic:
    """Between bounds that are tensors themselves, each place with its own."""
    values = step.call.values
    bounds = {name: same_place(step, name, index) for name in ("min", "max") if values.get(name) is not None}
    term = same_place(step, "input", index)
    held = [term.value, *(bound.value for bound in bounds.values())]
    limits = (bounds[name].value if name in bounds else None for name in ("min", "max"))
    total = math.nan if any(map(math.isnan, held)) else clamped(term.value, *limits)
    symbols = "x, " + " and ".join(f"at {'least' if name == 'min' else 'most'} its {name}" for name in bounds)
    named = ", ".join(f"{name} = {short(bound.value)}" for name, bound in bounds.items())
    return Arithmetic(position, "function", (term, *bounds.values()), total, symbols=f"O = {symbols}",
                      figures=f"x = {short(term.value)}, {named}: {short(total)}")  # fmt: skip


def _words(step: Step) -> Iterator[str]:
    if step.op == "invert":
        yield "Each value for itself: what was true is false, bit by bit."
    elif any(isinstance(step.call.values.get(name), (Step, Tensor)) for name in ("min", "max")):
        yield "Each value for itself: it is held between bounds, each place with its own."
    else:
        yield f"Each value for itself: {_function_of(step).written(_numbers(step))}."


def _back(step: Step) -> Iterator[str]:
    yield from by_slope(step)
    if any(isinstance(step.call.values.get(name), (Step, Tensor)) for name in ("min", "max")):
        yield "A value that was held back gets nothing: the bound that held it gets its gradient."


KIND = Kind(
    name=OTHER,
    operations={
        f"invert {' '.join(op for op in FUNCTIONS if not op.startswith('clamp'))}": "input",
        "round": "input decimals",
        "nan_to_num": "input nan posinf neginf",
        "logit": "input eps",
        "clamp": "input min max",
        "clamp_min": "input min",
        "clamp_max": "input max",
    },
    aliases={
        "arctan": "atan", "arcsin": "asin", "arccos": "acos", "arcsinh": "asinh", "arccosh": "acosh",
        "arctanh": "atanh", "negative": "neg", "absolute": "abs", "clip": "clamp", "fix": "trunc",
        "bitwise_not": "invert", "special_erf": "erf", "special_erfc": "erfc", "special_erfinv": "erfinv",
        "special_exp2": "exp2", "special_expm1": "expm1", "special_logit": "logit", "special_i0": "i0",
        "special_gammaln": "lgamma",
        "special_log1p": "log1p", "special_sinc": "sinc",
        "special_round": "round", "special_digamma": "digamma", "special_psi": "digamma", "sgn": "sign",
    },
    field=mixing.same,
    single=_single,
    sum=_sum,
    words=_words,
    back=_back,
)  # fmt: skip
