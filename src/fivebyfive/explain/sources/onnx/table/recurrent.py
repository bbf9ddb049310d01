"""LSTM, GRU and RNN: torch's own layers, with the gates in torch's order, where torch has the same.

What torch has not (peepholes, other activations, clipping, sequences of several lengths) is done time by time.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, aside

ORDER = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
"""torch's gates (i f g o; r z n) by their places among ONNX's (i o f c; z r h)."""
USUAL = {"LSTM": ["sigmoid", "tanh", "tanh"], "GRU": ["sigmoid", "tanh"], "RNN": ["tanh"]}
LAYERS: dict[str, Callable[..., Any]] = {
    "LSTM": torch.lstm, "GRU": torch.gru, "tanh": torch.rnn_tanh, "relu": torch.rnn_relu,
}  # fmt: skip
Steps = list[Callable[[Tensor], Tensor]]


def _layer(op: Op) -> Run:
    """The layer: Y [times, directions, batch, size], and what is remembered at the end."""
    ways = {"forward": 1, "reverse": 1, "bidirectional": 2}[str(op.get("direction", "forward"))]
    names = [str(name).lower() for name in op.get("activations") or USUAL[op.name] * ways]
    known = [op.constant(place) for place in (1, 2)]
    bias = op.constant(3) if op.has(3) else None
    is_constant = known[0] is not None and known[1] is not None and (bias is not None or not op.has(3))
    count = len(op.given)
    if is_constant and known[0] is not None and known[1] is not None:
        for name, (place, part) in _weights(op.name, known[0], known[1], bias).items():
            op.part(place, name, part)
    plain = names == USUAL[op.name] * ways or (op.name == "RNN" and names == ["relu"] * ways)
    plain = plain and op.get("clip") is None and not op.get("input_forget", 0) and not op.has(7)
    plain = plain and (op.name != "GRU" or bool(op.get("linear_before_reset", 0)))

    def run(*given: Any) -> Any:
        taken: list[Any] = [*given[:count], *[None] * (8 - count)]
        x, w, r, b, lengths, start, cell, peep = taken
        weights = list(given[count:])
        if not weights:
            weights = [part for _, part in _weights(op.name, w, r, b).values()]
        size = weights[1].shape[1]
        first = bool(op.get("layout", 0))
        batch, times = (x.shape[0], x.shape[1]) if first else (x.shape[1], x.shape[0])
        states = [_start(s, (ways, batch, size), x, first) for s in ((start, cell) if op.name == "LSTM" else (start,))]
        if plain and (lengths is None or bool((lengths == times).all())):
            made, ends = _torchs(op, names[0], ways, x, states, weights, first)
        else:
            cells = _functions(op, names, ways)
            made, ends = _by_hand(op, ways, x.transpose(0, 1) if first else x, states, weights, cells, lengths, peep)
            made = made.permute(2, 0, 1, 3) if first else made
        ends = [end.transpose(0, 1) if first else end for end in ends]
        return (made, *ends)

    return run


def _weights(op: str, w: Tensor, r: Tensor, b: Tensor | None) -> dict[str, tuple[int, Tensor]]:
    """torch's weights by their names there, and which input they are of."""
    order = ORDER[op]

    def ordered(x: Tensor) -> Tensor:
        parts = x.chunk(len(order))
        return torch.cat([parts[place] for place in order])

    found = {}
    for way in range(w.shape[0]):
        end = "_l0_reverse" if way else "_l0"
        found[f"weight_ih{end}"] = (1, ordered(w[way]))
        found[f"weight_hh{end}"] = (2, ordered(r[way]))
        if b is not None:
            into, back = b[way].chunk(2)
            found[f"bias_ih{end}"] = (3, ordered(into))
            found[f"bias_hh{end}"] = (3, ordered(back))
    return found


def _start(given: Tensor | None, shape: Sequence[int], x: Tensor, first: bool) -> Tensor:
    if given is None:
        with aside():
            return torch.zeros(*shape, dtype=x.dtype)
    return given.transpose(0, 1) if first else given


def _torchs(
    op: Op, name: str, ways: int, x: Tensor, states: list[Tensor], weights: list[Tensor], first: bool
) -> tuple[Tensor, list[Tensor]]:
    backward = op.get("direction") == "reverse"
    time = 1 if first else 0
    taken = x.flip(time) if backward else x
    layer = LAYERS[name if op.name == "RNN" else op.name]
    hidden = states if op.name == "LSTM" else states[0]
    made, *ends = layer(taken, hidden, weights, len(weights) > 2 * ways, 1, 0.0, False, ways == 2, first)
    made = made.flip(time) if backward else made
    if ways == 1:
        return made.unsqueeze(2 if first else 1), ends
    made = made.reshape(*made.shape[:2], 2, -1)
    return made if first else made.transpose(1, 2), ends


def _functions(op: Op, names: list[str], ways: int) -> list[Steps]:
    """The activations of each direction."""
    alphas, betas = list(op.get("activation_alpha") or []), list(op.get("activation_beta") or [])
    found = [_function(name, alphas, betas) for name in names]
    each = len(found) // ways
    return [found[way * each : (way + 1) * each] for way in range(ways)]


def _function(name: str, alphas: list[float], betas: list[float]) -> Callable[[Tensor], Tensor]:
    def number(listed: list[float], usual: float) -> float:
        return float(listed.pop(0)) if listed else usual

    simple = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "softsign": F.softsign,
              "softplus": F.softplus}  # fmt: skip
    if name in simple:
        return simple[name]
    if name == "affine":
        a, b = number(alphas, 1.0), number(betas, 0.0)
        return lambda x: x * a + b
    if name == "leakyrelu":
        return partial(F.leaky_relu, negative_slope=number(alphas, 0.01))
    if name == "thresholdedrelu":
        return partial(F.threshold, threshold=number(alphas, 1.0), value=0.0)
    if name == "scaledtanh":
        a, b = number(alphas, 1.0), number(betas, 1.0)
        return lambda x: torch.tanh(x * b) * a
    if name == "hardsigmoid":
        a, b = number(alphas, 0.2), number(betas, 0.5)
        return lambda x: torch.clamp(x * a + b, 0.0, 1.0)
    if name == "elu":
        return partial(F.elu, alpha=number(alphas, 1.0))
    raise InputError(f"a recurrent layer has an activation that is not known, {ascii(name)[:40]}")


def _by_hand(
    op: Op, ways: int, x: Tensor, states: list[Tensor], weights: list[Tensor], cells: list[Steps],
    lengths: Tensor | None, peep: Tensor | None,
) -> tuple[Tensor, list[Tensor]]:  # fmt: skip
    each = len(weights) // ways
    lists, ends = [], []
    for way in range(ways):
        backward = op.get("direction") == "reverse" or way == 1
        own = weights[way * each : (way + 1) * each]
        cell = partial(_CELLS[op.name], op, own, cells[way], None if peep is None else peep[way].chunk(3))
        now = [state[way] for state in states]
        made: list[Tensor] = [torch.empty(0)] * x.shape[0]
        for time in reversed(range(x.shape[0])) if backward else range(x.shape[0]):
            new = cell(x[time], now)
            shown = new[0]
            if lengths is not None:
                going = (lengths > time).reshape(-1, 1)
                shown = torch.where(going, shown, torch.zeros_like(shown))
                new = [torch.where(going, a, b) for a, b in zip(new, now, strict=True)]
            made[time], now = shown, new
        lists.append(torch.stack(made))
        ends.append(now)
    return torch.stack(lists, 1), [torch.stack(list(end)) for end in zip(*ends, strict=True)]


def _gates(own: Sequence[Tensor], x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """What comes in and what was handed on, each times its weights, with its bias."""
    b_into, b_back = own[2:4] if len(own) > 2 else (None, None)
    return F.linear(x, own[0], b_into), F.linear(h, own[1], b_back)


def _clipped(op: Op, x: Tensor) -> Tensor:
    most = op.get("clip")
    return x if most is None else torch.clamp(x, -float(most), float(most))


def _lstm(
    op: Op, own: Sequence[Tensor], act: Steps, peep: Sequence[Tensor] | None, x: Tensor, now: list[Tensor]
) -> list[Tensor]:
    h, c = now
    into, back = _gates(own, x, h)
    i, f, g, o = (into + back).chunk(4, -1)
    if peep is not None:
        i, f = i + peep[0] * c, f + peep[2] * c
    i, g = act[0](_clipped(op, i)), act[1](_clipped(op, g))
    f = 1 - i if op.get("input_forget", 0) else act[0](_clipped(op, f))
    c = f * c + i * g
    o = act[0](_clipped(op, o if peep is None else o + peep[1] * c))
    return [o * act[2](c), c]


def _gru(
    op: Op, own: Sequence[Tensor], act: Steps, peep: Sequence[Tensor] | None, x: Tensor, now: list[Tensor]
) -> list[Tensor]:
    del peep
    (h,) = now
    into, back = _gates(own, x, h)
    (r1, z1, n1), (r2, z2, n2) = into.chunk(3, -1), back.chunk(3, -1)
    r, z = act[0](_clipped(op, r1 + r2)), act[0](_clipped(op, z1 + z2))
    if op.get("linear_before_reset", 0):
        n = act[1](_clipped(op, n1 + r * n2))
    else:
        weight = own[1].chunk(3)[2]
        n = act[1](_clipped(op, n1 + F.linear(r * h, weight, own[3].chunk(3)[2] if len(own) > 2 else None)))
    return [(1 - z) * n + z * h]


def _rnn(
    op: Op, own: Sequence[Tensor], act: Steps, peep: Sequence[Tensor] | None, x: Tensor, now: list[Tensor]
) -> list[Tensor]:
    del peep
    into, back = _gates(own, x, now[0])
    return [act[0](_clipped(op, into + back))]


_CELLS: dict[str, Callable[..., list[Tensor]]] = {"LSTM": _lstm, "GRU": _gru, "RNN": _rnn}
TABLE: dict[str, Maker] = {"LSTM": _layer, "GRU": _layer, "RNN": _layer}
