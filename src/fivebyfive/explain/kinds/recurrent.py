"""Recurrent layers: a sequence is read time by time, and what was read before is remembered.

A number that comes out is a function of a few gates, and each gate is a sum over what comes in at that time and what
was handed on from the time before. The terms are the products of all these sums, gate by gate.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.local import passed_back
from fivebyfive.explain.fields import sequences
from fivebyfive.explain.figures import bracketed, short
from fivebyfive.explain.kind import Called, Index, Kind, numel_of, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted, tensor_shape
from fivebyfive.explain.recurrence import GATES, Moment, Weights, layer_output, run
from fivebyfive.explain.recurrent_call import (
    ARGUMENTS,
    CELL_WEIGHTS,
    Place,
    RecurrentCall,
    index_at,
    length_of,
    place_of,
    read,
    start_at,
)
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import weighted_sum
from fivebyfive.explain.terms import MOST_WINDOW, Doubles, in_double, places_of, which_input

_GATE = "σ(W·x[t] + U·h[t−1] + b)"
_SYMBOLS = {
    "lstm": f"h[t] = o · tanh(c[t]), c[t] = f · c[t−1] + i · g; i, f, o = {_GATE}, g = tanh(W·x[t] + U·h[t−1] + b)",
    "lstm cell": f"c[t] = f · c[t−1] + i · g; i, f = {_GATE}, g = tanh(W·x[t] + U·h[t−1] + b)",
    "gru": f"h[t] = (1 − z) · n + z · h[t−1]; r, z = {_GATE}, n = tanh(W·x[t] + b + r · (U·h[t−1] + b'))",
    "rnn_tanh": "h[t] = tanh(W·x[t] + U·h[t−1] + b)",
    "rnn_relu": "h[t] = max(W·x[t] + U·h[t−1] + b, 0)",
}
Details = dict[str, float | str | bool]
_PROJECTED = "h[t] = Σ_k P[k] · o_k · tanh(c_k[t])"


# --- the sum --------------------------------------------------------------------------------------------------------


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    call = read(step.op, step.call.values)
    place = place_of(call, index, step.attributes.get("part", 0))
    if call.dropout and place.layer:
        raise InputError(
            f"{step.name} drops {call.dropout:.0%} of what its layers hand on at random, and which is not to be seen; "
            "its arithmetic is known only without dropout: call eval() on the network"
        )
    weights, moment = _moment(step, call, place)
    if weights.projection is not None and not place.is_cell_state:
        return _projected(step, call, place, weights.projection[place.unit], moment, position)
    terms = _terms(step, call, place, weights, moment)
    kept, parts = _gates(call.op, place, weights, moment)
    total, figures = _made(call.op, place, moment, parts)
    symbols = _SYMBOLS["lstm cell" if place.is_cell_state else call.op]
    return Arithmetic(
        position,
        "function",
        terms[:MOST_WINDOW],
        total,
        remainder_count=max(len(terms) - MOST_WINDOW, 0),
        details=_where(call, place) | kept,
        symbols=_in_time(symbols, place),
        figures=figures,
    )


def _projected(
    step: Step, call: RecurrentCall, place: Place, row: Doubles, moment: Moment, position: Position
) -> Arithmetic:
    """An LSTM whose result is made smaller: a sum over the units, which no step holds."""
    units = _Numbers("o·tanh(c)", moment.shown, [None] * len(row), len(step.origins))
    found = weighted_sum(position, units.times(row), None, _PROJECTED)
    return replace(found, details=_where(call, place))


def gates(step: Step) -> dict[str, Doubles] | None:
    """What each number that comes out is made of, in the shape of the output; None where it is not known.

    Returns:
        Of an LSTM the gates i, f, g, o, what was remembered (``before``) and what is remembered then (``cell``); of a
        GRU r, z, n and h of the time before (``before``); of a simple layer the sum (``sum``) of its one gate.
    """
    call = read(step.op, step.call.values)
    known: dict[tuple[int, int, int], tuple[Weights, list[Moment]]] = {}
    made: list[dict[str, float]] = []
    for index in np.ndindex(*step.output_shape):
        place = place_of(call, tuple(index), step.attributes.get("part", 0))
        key = (place.batch, place.layer, place.direction)
        if key not in known:
            known[key] = _moments(step, call, place)
        weights, moments = known[key]
        if (call.dropout and place.layer) or weights.projection is not None:
            return None
        made.append(_made_of(call.op, weights, moments[place.time], place.unit))
    return {name: np.reshape([one[name] for one in made], step.output_shape) for name in made[0]} if made else None


def _made_of(op: str, weights: Weights, moment: Moment, unit: int) -> dict[str, float]:
    if op not in ("lstm", "gru"):
        bias = weights.bias_into[unit] + weights.bias_back[unit]
        return {"sum": float(moment.into[0, unit] + moment.back[0, unit] + bias)}
    found = {gate: float(values[unit]) for gate, values in zip(GATES[op], moment.gates, strict=True)}
    if op == "gru":
        return found | {"before": float(moment.before[unit])}
    return found | {"before": float(moment.cell_before[unit]), "cell": float(moment.cell[unit])}


def _moment(step: Step, call: RecurrentCall, place: Place) -> tuple[Weights, Moment]:
    weights, moments = _moments(step, call, place)
    return weights, moments[place.time]


def _moments(step: Step, call: RecurrentCall, place: Place) -> tuple[Weights, list[Moment]]:
    """What happened where a place is, time by time: the layers below are worked out for the whole sequence."""
    tensor = in_double(call.input, step).numpy()
    xs = np.stack([tensor[index_at(call, place.batch, t)] for t in range(length_of(call, place.batch))])
    for layer in range(place.layer):
        below = [_direction(step, call, replace(place, layer=layer, direction=d), xs) for d in range(call.directions)]
        xs = layer_output([moments for _, moments in below])
    return _direction(step, call, place, xs)


def _direction(step: Step, call: RecurrentCall, place: Place, xs: Doubles) -> tuple[Weights, list[Moment]]:
    weights = _weights(step, call, place)
    where = start_at(call, place, 0)[:-1]
    hidden = in_double(call.hidden, step).numpy()[where]
    cell = hidden if call.cell is None else in_double(call.cell, step).numpy()[where]
    return weights, run(call.op, weights, xs, hidden, cell, bool(place.direction))


def _weights(step: Step, call: RecurrentCall, place: Place) -> Weights:
    each = len(call.weights) // (call.layers * call.directions)
    first = (place.layer * call.directions + place.direction) * each
    held = [in_double(value, step).numpy() for value in call.weights[first : first + each]]
    biases = held[2:4] if call.biases else [np.zeros(len(held[0]))] * 2
    rest = held[4:] if call.biases else held[2:]
    return Weights(held[0], held[1], biases[0], biases[1], rest[0] if rest else None)


@dataclass(frozen=True)
class _Numbers:
    """Numbers that weights multiply, where they stand, if anywhere, and in which of the step's inputs."""

    name: str
    values: Doubles
    places: Sequence[Position | None]
    input: int

    def times(self, weights: Doubles, gate: str = "") -> tuple[Term, ...]:
        """Each with its weight, in a gate's sum."""
        within = f" in {gate}" if gate else ""
        listed = zip(self.values.tolist(), weights.tolist(), self.places, strict=True)
        return tuple(
            Term(value, where, weight, value * weight, input=self.input, name=f"{self.name}[{j}]{within}")
            for j, (value, weight, where) in enumerate(listed)
        )


def _terms(step: Step, call: RecurrentCall, place: Place, weights: Weights, moment: Moment) -> tuple[Term, ...]:
    """The products of each gate, first of what comes in, then of what was handed on; last what is remembered."""
    came, handed = _came(step, call, place, moment), _handed(step, call, place, "h", moment.before)
    terms: tuple[Term, ...] = ()
    for number, gate in enumerate(_used(call.op, place)):
        row = number * moment.gates.shape[1] + place.unit
        terms += came.times(weights.into[row], gate) + handed.times(weights.back[row], gate)
    if call.op not in ("lstm", "gru"):
        return terms
    kept = handed if call.op == "gru" else _handed(step, call, place, "c", moment.cell_before)
    share = np.full(len(kept.values), moment.gates[1, place.unit])  # z or f
    return (*terms, kept.times(share)[place.unit])


def _came(step: Step, call: RecurrentCall, place: Place, moment: Moment) -> _Numbers:
    """What came in: of a layer above the first, what no step holds."""
    if place.layer:
        return _Numbers("x", moment.x, [None] * len(moment.x), len(step.origins))
    at = index_at(call, place.batch, place.time)
    places = places_of(call.input, [(*at, j) for j in range(len(moment.x))])
    return _Numbers("x", moment.x, places, which_input(step, call.input))


def _handed(step: Step, call: RecurrentCall, place: Place, name: str, values: Doubles) -> _Numbers:
    """What was handed on to this time: at the first one the state at the start, then what no step holds."""
    time = f"{name}[t{'+' if place.direction else '−'}1]"
    if place.time != (length_of(call, place.batch) - 1 if place.direction else 0):
        return _Numbers(time, values, [None] * len(values), len(step.origins))
    start = call.cell if name == "c" else call.hidden
    places = places_of(start, [start_at(call, place, j) for j in range(len(values))])
    return _Numbers(time, values, places, which_input(step, start))


def _used(op: str, place: Place) -> str:
    """The gates that a number depends on."""
    return "ifg" if place.is_cell_state else GATES[op]


def _gates(op: str, place: Place, weights: Weights, moment: Moment) -> tuple[Details, list[str]]:
    """Each gate's sum by its parts, as details and as it is written out."""
    details: Details = {}
    written = []
    for number, gate in enumerate(_used(op, place)):
        row = number * moment.gates.shape[1] + place.unit
        came, handed, value = (float(part[number, place.unit]) for part in (moment.into, moment.back, moment.gates))
        b_into, b_back = float(weights.bias_into[row]), float(weights.bias_back[row])
        details |= {f"{gate}_from_input": came, f"{gate}_from_before": handed}
        if gate == "n":
            details |= {"n_bias": b_into, "n_bias_from_before": b_back}
            inner = f"{short(float(moment.gates[0, place.unit]))}·({short(handed)} + {bracketed(b_back)})"
            said = f"tanh({short(came)} + {bracketed(b_into)} + {inner})"
        else:
            details[f"{gate}_bias"] = b_into + b_back
            said = _bounded(op, gate, f"{short(came)} + {bracketed(handed)} + {bracketed(b_into + b_back)}")
        written.append(f"{gate} = {said} = {short(value)}")
        details |= {gate: value} if op in ("lstm", "gru") else {}
    return details | _remembered(op, place, moment), written


def _bounded(op: str, gate: str, added: str) -> str:
    return f"max({added}, 0)" if op == "rnn_relu" else f"{'tanh' if gate in 'gh' else 'σ'}({added})"


def _remembered(op: str, place: Place, moment: Moment) -> Details:
    if op == "lstm":
        return {"c_before": float(moment.cell_before[place.unit]), "c": float(moment.cell[place.unit])}
    return {"h_before": float(moment.before[place.unit])}


def _made(op: str, place: Place, moment: Moment, gates: list[str]) -> tuple[float, str]:
    """The number, and how the gates make it."""
    unit = place.unit
    value = float(moment.cell[unit] if place.is_cell_state else moment.shown[unit])
    if op == "gru":
        z, n = short(float(moment.gates[1, unit])), bracketed(float(moment.gates[2, unit]))
        made = f"(1 − {z})·{n} + {z}·{bracketed(float(moment.before[unit]))} = {short(value)}"
        return value, "; ".join([*gates, made])
    if op != "lstm":
        return value, gates[0]
    i, f, g = (bracketed(float(moment.gates[k, unit])) for k in range(3))
    cell = f"{f}·{bracketed(float(moment.cell_before[unit]))} + {i}·{g} = {short(float(moment.cell[unit]))}"
    shown = [] if place.is_cell_state else [f"{short(float(moment.gates[3, unit]))}·tanh(c) = {short(value)}"]
    return value, "; ".join([*gates, f"c = {cell}", *shown])


def _where(call: RecurrentCall, place: Place) -> Details:
    if call.is_cell:
        return {}
    way: Details = {"direction": "backward" if place.direction else "forward"} if call.directions == 2 else {}
    return {"layer": place.layer, "time": place.time, **way}


def _in_time(symbols: str, place: Place) -> str:
    """Read backward, what comes after was read before."""
    return symbols.replace("t−1", "t+1") if place.direction else symbols


# --- what is said of it ---------------------------------------------------------------------------------------------


def _words(step: Step) -> Iterator[str]:
    call = read(step.op, step.call.values)
    name = {"lstm": "An LSTM", "gru": "A GRU"}.get(call.op, "A recurrent layer")
    features, part = shape_of(call.input)[-1], step.attributes.get("part", 0)
    if part:
        what = "The cell's state" if part == 2 - call.is_cell else "What was handed on last"
        after = "for the next time" if call.is_cell else "when all has been read, of each layer and direction"
        yield f"{what}, {after}: {tensor_shape(step)}."
        return
    lists = f"one list of {features:,}" if call.is_cell else f"{counted(call.times, 'list')} of {features:,}"
    after = "" if call.is_cell or call.times == 1 else ", one after the other,"
    yield f"{name} reads {lists} numbers{after} and remembers {counted(call.size, 'number')}: {tensor_shape(step)}."
    yield from _GATES_SAY[call.op]
    handed = shape_of(call.hidden)[-1]
    yield f"{_SUMS_SAY[call.op]} {features:,} numbers that come in and {handed:,} that were made at the time before."
    if call.layers > 1:
        yield f"It has {call.layers} layers: each reads what the one before it made."
    if call.directions == 2:
        yield "It reads forward and backward, with weights for each way; what both make stands side by side."
    if handed != call.size:
        yield f"One more matrix makes {handed} numbers of the {call.size}."
    if call.dropout:
        yield f"Between its layers, {call.dropout:.0%} of the values are dropped at random."


_GATES_SAY = {
    "lstm": (
        "The input gate i says how much of what is new, g, is added to the memory c.",
        "The forget gate f says how much of the memory stays: it becomes f · c + i · g.",
        "The output gate o says how much of the memory is shown: o · tanh(c).",
    ),
    "gru": (
        "The reset gate r says how much of the memory h counts for what is new, n.",
        "The update gate z says how much of the memory stays: it becomes (1 − z) · n + z · h.",
    ),
    "rnn_tanh": (),
    "rnn_relu": (),
}
_SUMS_SAY = {
    "lstm": "Each gate is the sigmoid of a weighted sum, a share from 0 to 1, and g is the tanh of one; each sums up",
    "gru": "Each gate is the sigmoid of a weighted sum, a share from 0 to 1, and n is the tanh of one; each sums up",
    "rnn_tanh": "Each number is the tanh of a weighted sum of",
    "rnn_relu": "Each number is a weighted sum, or 0 where that is negative, of",
}


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    """Every weight once a time."""
    del output, learned
    call = read(called.op, called.values)
    return sum(map(numel_of, call.weights)) * math.prod(shape_of(call.input)[:-1])


def _attributes(called: Called) -> dict[str, Any]:
    call = read(called.op, called.values)
    found: dict[str, Any] = {"hidden_size": call.size}
    if call.is_cell:
        return found
    return found | {"layers": call.layers, "bidirectional": call.directions == 2, "batch_first": call.batch_first}


def _back(step: Step) -> Iterator[str]:
    call = read(step.op, step.call.values)
    if call.is_cell:
        yield "The gradient goes to what came in by the weights W, and to what was remembered by the weights U."
    else:
        yield (
            f"The gradient goes back through time, by the same weights U at each of the {call.times} times: what is "
            "multiplied again and again vanishes, or explodes."
        )
        yield from _through_time(step, call)
    yield _REMEMBERS[call.op]
    if not call.is_cell:
        yield (
            f"Each weight was used {counted(call.times, 'time')} a sequence: its gradient is the sum over all of them."
        )


def _through_time(step: Step, call: RecurrentCall) -> Iterator[str]:
    """How large what reaches the first time's input is, beside the last one's."""
    if call.sizes is not None or call.times < 2 or not isinstance(call.input, Step) or step.gradient is None:
        return
    try:
        (found,) = passed_back(step, step.gradient, [call.input])
    except InputError:
        return
    times = found.movedim(1 if call.batch_first and found.dim() == 3 else 0, 0).flatten(1)
    first, last = (float(times[n].pow(2).mean().sqrt()) for n in (0, -1))
    yield f"What reaches the input is {first:.3g} large at the first time, and {last:.3g} at the last."


_REMEMBERS = {
    "lstm": (
        "Straight from c[t] to c[t−1] it is multiplied by the forget gate f alone: while that is near 1, hardly "
        "anything is lost."
    ),
    "gru": (
        "Straight from h[t] to h[t−1] it is multiplied by the gate z alone: while that is near 1, hardly anything "
        "is lost."
    ),
    "rnn_tanh": "At each time it is multiplied by the slope of tanh as well, 1 at most: far-off times hardly learn.",
    "rnn_relu": "At each time ReLU lets it through or blocks it; nothing there keeps it from growing.",
}


KIND = Kind(
    name="recurrent",
    operations={
        "lstm gru rnn_tanh rnn_relu": " ".join(ARGUMENTS),
        "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell": f"input hx {' '.join(CELL_WEIGHTS)}",
    },
    attributes=_attributes,
    cost=_cost,
    axes={
        "lstm gru rnn_tanh rnn_relu": dimensions.recurrent,
    },
    field={
        "lstm gru rnn_tanh rnn_relu": sequences.recurrent,
        "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell": sequences.recurrent_cell,
    },
    sum=_sum,
    words=_words,
    back=_back,
    draws="lstm gru rnn_tanh rnn_relu",
)
