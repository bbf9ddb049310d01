"""Recurrent layers: a sequence is read time by time, and what was read before is remembered.

A number that comes out is a function of a few gates, and each gate is a sum over what comes in at that time and what
was handed on from the time before. The terms are the products of all these sums, gate by gate.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.figures import bracketed, short
from fivebyfive.explain.kind import Called, Index, Kind, numel_of, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted, tensor_shape
from fivebyfive.explain.recurrence import GATES, Moment, Weights, layer_output, run
from fivebyfive.explain.sequences import (
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
from fivebyfive.explain.sums import in_double, weighted_sum
from fivebyfive.explain.terms import MOST_TERMS, MOST_WINDOW, Doubles, largest, places_of, which_input

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
    terms, remainder, count = largest(moment.shown, row, [None] * len(row), MOST_TERMS)
    terms = tuple(replace(term, input=len(step.origins)) for term in terms)
    found = weighted_sum(position, terms, None, _PROJECTED, "sum", remainder, count)
    return replace(found, details=_where(call, place))


def _moment(step: Step, call: RecurrentCall, place: Place) -> tuple[Weights, Moment]:
    """What happened at a place: the layers below are worked out for the whole sequence."""
    tensor = in_double(call.input, step).numpy()
    xs = np.stack([tensor[index_at(call, place.batch, t)] for t in range(length_of(call, place.batch))])
    for layer in range(place.layer):
        below = [_direction(step, call, replace(place, layer=layer, direction=d), xs) for d in range(call.directions)]
        xs = layer_output([moments for _, moments in below])
    weights, moments = _direction(step, call, place, xs)
    return weights, moments[place.time]


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


def _terms(step: Step, call: RecurrentCall, place: Place, weights: Weights, moment: Moment) -> tuple[Term, ...]:
    """The products of each gate, first of what comes in, then of what was handed on; last what is remembered."""
    unknown = len(step.origins)
    x_places: list[Position | None] = [None] * len(moment.x)
    if not place.layer:
        at = index_at(call, place.batch, place.time)
        x_places = places_of(call.input, [(*at, j) for j in range(len(moment.x))])
    first = place.time == (length_of(call, place.batch) - 1 if place.direction else 0)
    h_places: list[Position | None] = [None] * len(moment.before)
    if first:
        h_places = places_of(call.hidden, [start_at(call, place, j) for j in range(len(moment.before))])
    x_input = unknown if place.layer else which_input(step, call.input)
    h_input = which_input(step, call.hidden) if first else unknown
    terms = []
    for gate in range(len(_used(call.op, place))):
        row = gate * moment.gates.shape[1] + place.unit
        terms += _products(moment.x, weights.into[row], x_places, x_input)
        terms += _products(moment.before, weights.back[row], h_places, h_input)
    if call.op == "gru":
        z = float(moment.gates[1, place.unit])
        terms += _products(moment.before[[place.unit]], np.array([z]), h_places[place.unit :][:1], h_input)
    if call.op == "lstm":
        f = float(moment.gates[1, place.unit])
        kept = places_of(call.cell, [start_at(call, place, place.unit)]) if first else [None]
        source = which_input(step, call.cell) if first else unknown
        terms += _products(moment.cell_before[[place.unit]], np.array([f]), kept, source)
    return tuple(terms)


def _products(values: Doubles, weights: Doubles, places: Sequence[Position | None], which: int) -> list[Term]:
    listed = zip(values.tolist(), weights.tolist(), places, strict=True)
    return [Term(value, where, weight, value * weight, input=which) for value, weight, where in listed]


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
    reads = "takes one time" if call.is_cell else f"reads {counted(call.times, 'time')}"
    yield (
        f"{name} {reads} of {counted(features, 'number')} and remembers {counted(call.size, 'number')} "
        f"from time to time: {tensor_shape(step)}."
    )
    yield from _GATES_SAY[call.op]
    if call.layers > 1:
        yield f"It has {call.layers} layers: each reads what the one before it made."
    if call.directions == 2:
        yield "It reads forward and backward, with weights for each way; what both make stands side by side."
    if shape_of(call.hidden)[-1] != call.size:
        yield f"One more matrix makes {shape_of(call.hidden)[-1]} numbers of the {call.size}."
    if call.dropout:
        yield f"Between its layers, {call.dropout:.0%} of the values are dropped at random."


_SHARE_OF = "is a share from 0 to 1: the sigmoid of a sum over what comes in and what the time before made"
_GATES_SAY = {
    "lstm": (
        "The forget gate f says how much of the memory stays, the input gate i how much of what is new, g, is added; "
        f"each {_SHARE_OF}.",
        "The memory becomes f · c + i · g.",
        "The output gate o says how much of the memory is shown: o · tanh(c).",
    ),
    "gru": (
        f"The reset gate r says how much of the memory counts for what is new, n; it {_SHARE_OF}.",
        "The update gate z says how much of the memory stays: it becomes (1 − z) · n + z · h.",
    ),
    "rnn_tanh": (
        "At each time it adds up what comes in and what it made at the time before, and tanh bounds the sum.",
    ),
    "rnn_relu": (
        "At each time it adds up what comes in and what it made at the time before; what is negative becomes 0.",
    ),
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


KIND = Kind(
    name="recurrent",
    operations={
        "lstm gru rnn_tanh rnn_relu": " ".join(ARGUMENTS),
        "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell": f"input hx {' '.join(CELL_WEIGHTS)}",
    },
    attributes=_attributes,
    cost=_cost,
    sum=_sum,
    words=_words,
)
