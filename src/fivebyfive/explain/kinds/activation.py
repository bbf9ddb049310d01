"""Activation: a bend, the same for every value; and the gate that one half of the channels is for the other.

Definitions: https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain import curves, dimensions
from fivebyfive.explain.backward.passing import SATURATED, blocked_whole, by_channel, by_slope, out_of, with_ones
from fivebyfive.explain.curves import Piece
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.functions import Function, Numbers, Single, clamped, function_sum, sigmoid, single
from fivebyfive.explain.kind import Called, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import function_of, of_input
from fivebyfive.explain.terms import places_of, tensor_of

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _beyond(x: float, p: Numbers) -> float:
    """Softplus with its sharpness, and straight where that no longer differs."""
    return x if x * p["beta"] > p["threshold"] else _softplus(p["beta"] * x) / float(p["beta"])


def _gelu(x: float, p: Numbers) -> float:
    if p["approximate"] == "tanh":
        return 0.5 * x * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * math.erfc(-x / math.sqrt(2.0))


def _elu(x: float, alpha: float, scale: float = 1.0, slope: float = 1.0) -> float:
    return scale * (x if x > 0 else alpha * math.expm1(x / slope))


def _towards_zero(x: float, p: Numbers) -> float:
    return math.copysign(max(abs(x) - p["lambda"], 0.0), x)


_SLOPED = Function(
    "x if x > 0, else {slope}·x",
    lambda x, p: x if x > 0 else x * p["slope"],
    pieces=lambda p: curves.bent(p["slope"]),
)

FUNCTIONS: dict[str, Function] = {
    "relu": Function("max(x, 0)", lambda x, _: max(x, 0.0), pieces=lambda _: curves.bent(0)),
    "relu6": Function("min(max(x, 0), 6)", lambda x, _: clamped(x, 0, 6), pieces=lambda _: curves.held(0, 6)),
    "leaky_relu": Function(
        "x if x > 0, else {negative_slope}·x",
        lambda x, p: x if x > 0 else x * p["negative_slope"],
        {"negative_slope": 0.01},
        lambda p: curves.bent(p["negative_slope"]),
    ),
    "prelu": _SLOPED,
    "rrelu": _SLOPED,
    "elu": Function("x if x > 0, else {alpha}·(eˣ − 1)", lambda x, p: _elu(x, p["alpha"]), {"alpha": 1.0}),
    "celu": Function(
        "x if x > 0, else {alpha}·(e^(x/{alpha}) − 1)",
        lambda x, p: _elu(x, p["alpha"], slope=p["alpha"]),
        {"alpha": 1.0},
    ),
    "selu": Function("1.0507·(x if x > 0, else 1.6733·(eˣ − 1))", lambda x, _: _elu(x, _SELU_ALPHA, _SELU_SCALE)),
    "gelu": Function("x·Φ(x), Φ the normal distribution", _gelu, {"approximate": "none"}),
    "silu": Function("x / (1 + e⁻ˣ)", lambda x, _: x * sigmoid(x)),
    "mish": Function("x·tanh(ln(1 + eˣ))", lambda x, _: x * math.tanh(_softplus(x))),
    "hardswish": Function("x·min(max(x + 3, 0), 6) / 6", lambda x, _: x * clamped(x + 3, 0, 6) / 6),
    "hardsigmoid": Function(
        "min(max(x + 3, 0), 6) / 6",
        lambda x, _: clamped(x + 3, 0, 6) / 6,
        pieces=lambda _: [Piece(-3, 0, 0), Piece(3, 1 / 6, 0.5), Piece(math.inf, 0, 1)],
    ),
    "hardtanh": Function(
        "min(max(x, {min}), {max})",
        lambda x, p: clamped(x, p["min"], p["max"]),
        {"min": -1.0, "max": 1.0},
        lambda p: curves.held(p["min"], p["max"]),
    ),
    "softplus": Function("ln(1 + e^({beta}·x)) / {beta}", _beyond, {"beta": 1.0, "threshold": 20.0}),
    "softsign": Function("x / (1 + |x|)", lambda x, _: x / (1 + abs(x))),
    "tanh": Function("tanh(x)", lambda x, _: math.tanh(x)),
    "sigmoid": Function("1 / (1 + e⁻ˣ)", lambda x, _: sigmoid(x)),
    "logsigmoid": Function("−ln(1 + e⁻ˣ)", lambda x, _: -_softplus(-x)),
    "tanhshrink": Function("x − tanh(x)", lambda x, _: x - math.tanh(x)),
    "threshold": Function(
        "x if x > {threshold}, else {value}",
        lambda x, p: p["value"] if x <= p["threshold"] else x,
        pieces=lambda p: curves.bent(0, p["threshold"], p["value"]),
    ),
    "hardshrink": Function(
        "x if |x| > {lambda}, else 0",
        lambda x, p: 0.0 if abs(x) <= p["lambda"] else x,
        {"lambda": 0.5},
        lambda p: curves.shrunk(p["lambda"], moved=False),
    ),
    "softshrink": Function(
        "x moved {lambda} towards 0, and no further",
        _towards_zero,
        {"lambda": 0.5},
        lambda p: curves.shrunk(p["lambda"], moved=True),
    ),
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op == "glu":
        return of_input(step, _glu(step, index, position))
    numbers = dict(step.attributes)
    if step.op == "prelu":
        slopes = tensor_of(step.call.values["weight"])
        numbers["slope"] = float(slopes.reshape(-1)[index[1] if slopes.numel() > 1 else 0])
    if step.op == "rrelu":
        if numbers.get("training"):
            raise InputError(f"{step.name} draws its slopes at random while training; its arithmetic is not known")
        numbers["slope"] = _middle_slope(numbers)
    return function_sum(step, FUNCTIONS[step.op], numbers, index, position)


def _single(step: Step) -> Single | None:
    if step.op == "glu" or (step.op == "rrelu" and step.attributes.get("training")):
        return None
    numbers = dict(step.attributes)
    if step.op == "rrelu":
        numbers["slope"] = _middle_slope(numbers)
    if step.op != "prelu":
        return single(step, FUNCTIONS[step.op], numbers)
    letters = "NC" if step.layout == "flat" else step.layout
    if step.weight is None or (step.weight.numel() > 1 and letters[1:2] != "C"):
        return None
    slopes = step.weight.detach().reshape(-1)
    return single(step, FUNCTIONS[step.op], *(numbers | {"slope": float(slope)} for slope in slopes))


def _middle_slope(numbers: Numbers) -> float:
    """Which slope it has when nothing is drawn."""
    return float(numbers.get("lower", 1 / 8) + numbers.get("upper", 1 / 3)) / 2


def _glu(step: Step, index: Index, position: Position) -> Arithmetic:
    operand = step.call.values["input"]
    values = tensor_of(operand)
    dim = step.call.values.get("dim", -1) % values.dim()
    gate_index = (*index[:dim], index[dim] + values.shape[dim] // 2, *index[dim + 1 :])
    places = places_of(operand, [index, gate_index])
    x, gate = float(values[index]), float(values[gate_index])
    opened = sigmoid(gate)
    terms = (Term(x, places[0], opened, x * opened), Term(gate, places[1], 0.0, 0.0))
    return function_of(position, terms, x * opened, "a · 1 / (1 + e⁻ᵇ)")


def _words(step: Step) -> Iterator[str]:
    if step.op == "glu":
        yield "The first half of the channels passes through gates, which the second half opens: a · 1 / (1 + e⁻ᵇ)."
        return
    yield f"Each value for itself: {FUNCTIONS[step.op].written(dict(step.attributes) | {'slope': 'a learned slope'})}."
    if step.op == "relu" and step.origins and step.output.numel():
        before = tensor_of(step.origins[0]) if not step.attributes.get("inplace") else None
        count = math.prod(step.output_shape)
        zeros = int((tensor_of(step) == 0).sum()) if before is None else int((before < 0).sum())
        cut = f"{zeros:,} of {count:,} ({zeros / max(count, 1):.0%})"
        yield f"Negative values become 0, the others pass unchanged; here {cut} are cut."
        yield "Without a bend like this, layers in a row could do no more than one layer can."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    """Of PReLU a learned slope times each value."""
    del learned
    return 0 if called.values.get("weight") is None else output.numel()


def _back(step: Step) -> Iterator[str]:
    if step.op == "glu":
        yield "What passes the gate gets the gradient times the gate, a share from 0 to 1."
        yield (
            "The gate gets it times what stands before it, and times its own slope, at most 1/4: a closed gate "
            "passes none."
        )
        return
    if step.op == "relu":
        yield from _back_through_relu(step)
        return
    yield from by_slope(step)
    if step.op in _BACK_SAYS:
        yield _BACK_SAYS[step.op]
    if step.op in ("sigmoid", "tanh") and step.origins:
        slopes = with_ones(step, step.origins[0])
        flat = 0 if slopes is None else int((slopes < SATURATED).sum())
        if slopes is not None and flat:
            yield f"Far from 0 the curve is flat: at {out_of(flat, slopes.numel())} the slope is below {SATURATED}."


def _back_through_relu(step: Step) -> Iterator[str]:
    through = int((step.output > 0).sum())
    yield (
        "Where the value was above 0 the gradient passes unchanged, everywhere else it is blocked: here "
        f"{out_of(through, step.output.numel())} pass."
    )
    channels = by_channel(step.output, step.layout)
    blocked = blocked_whole(step)
    if channels is not None and blocked and channels.shape[1] > 1:
        yield f"{blocked} of {counted(len(channels), 'map')} {'is' if blocked == 1 else 'are'} blocked at every place."
    if blocked:
        yield "What is blocked learns nothing here; what no picture lets through stays dead, because nothing moves it."


_BACK_SAYS = {
    "sigmoid": "That slope is o · (1 − o), 1/4 at most: every sigmoid on the way makes the gradient smaller.",
    "tanh": "That slope is 1 − o², 1 at most, and only near 0: every tanh on the way makes the gradient smaller.",
    "softsign": "That slope is 1 / (1 + |x|)², 1 at most: the gradient never grows here.",
    "leaky_relu": "Below 0 a little of it still passes, unlike in ReLU: no unit is dead for good.",
    "prelu": "The slope below 0 is learned too: its gradient is Σ gradient · value, over the values below 0.",
    "elu": "Below 0 it still has a slope, alpha · eˣ, unlike ReLU: values not far below 0 can come back.",
    "selu": "Below 0 it still has a slope, unlike ReLU: values not far below 0 can come back.",
    "gelu": "A little below 0 it still has a slope, unlike ReLU: such values can come back.",
    "silu": "A little below 0 it still has a slope, unlike ReLU: such values can come back.",
    "mish": "A little below 0 it still has a slope, unlike ReLU: such values can come back.",
    "softplus": (
        "Its slope is the sigmoid of the value, above 0 and 1 at most: it blocks nothing, and makes nothing larger."
    ),
}


KIND = Kind(
    name="activation",
    draws="rrelu",
    operations={
        "relu relu6 selu silu mish hardswish hardsigmoid softsign tanh sigmoid logsigmoid tanhshrink": "input",
        "leaky_relu": "input negative_slope",
        "elu celu": "input alpha",
        "gelu": "input approximate",
        "prelu": "input weight",
        "rrelu": "input lower upper training",
        "hardtanh": "input min_val max_val",
        "softplus": "input beta threshold",
        "hardshrink softshrink": "input lambd",
        "threshold": "input threshold value",
        "glu": "input dim",
    },
    ours={"relu": "input"},
    aliases={"special_expit": "sigmoid", "log_sigmoid": "logsigmoid"},
    cost=_cost,
    axes={
        "glu": dimensions.sized,
    },
    field={
        """
        relu relu6 selu silu mish hardswish hardsigmoid softsign tanh sigmoid logsigmoid tanhshrink
        leaky_relu elu celu gelu prelu rrelu hardtanh softplus hardshrink softshrink threshold
        """: mixing.same,
        "glu": mixing.gated,
    },
    single=_single,
    sum=_sum,
    words=_words,
    back=_back,
)
