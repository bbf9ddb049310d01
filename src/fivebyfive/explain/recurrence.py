"""What a recurrent network computes, time by time, once more in double precision.

Its gates are nobody's output: only what is said of the last layer, and what is remembered at the end, comes out of the
one call that PyTorch makes. So all of it is worked out again by the definitions, for one sequence.

Source: https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html and .../torch.nn.GRU.html, torch.nn.RNN.html
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fivebyfive.explain.terms import Doubles

GATES = {"lstm": "ifgo", "gru": "rzn", "rnn_tanh": "h", "rnn_relu": "h"}
"""The gates of each operation in the order of their weights; i, f, o, r, z are shares, g and n what is new."""


@dataclass(frozen=True)
class Weights:
    """The weights of one layer in one direction; without biases, these are 0.

    Attributes:
        into: [gates·hidden, features], of what comes in.
        back: [gates·hidden, handed on], of what was handed on.
        bias_into, bias_back: [gates·hidden].
        projection: [handed on, hidden], which makes an LSTM's result smaller, or None.
    """

    into: Doubles
    back: Doubles
    bias_into: Doubles
    bias_back: Doubles
    projection: Doubles | None = None


@dataclass(frozen=True)
class Moment:
    """What happened at one time.

    Attributes:
        x: what came in, [features].
        before, cell_before: what was handed on to this time: h [handed on], and an LSTM's c [hidden].
        into, back: what the gates' weights made of x and of h, without the biases, [gates, hidden].
        gates: the gates themselves, [gates, hidden].
        cell: an LSTM's c, [hidden]; of others h.
        shown: what comes out before an LSTM's projection, [hidden].
        after: h, [handed on].
    """

    x: Doubles
    before: Doubles
    cell_before: Doubles
    into: Doubles
    back: Doubles
    gates: Doubles
    cell: Doubles
    shown: Doubles
    after: Doubles


def sigmoid(values: Doubles) -> Doubles:
    """1 / (1 + e^−x), where e^−x may be too large."""
    made: Doubles = 0.5 * (1.0 + np.tanh(0.5 * values))
    return made


def run(op: str, weights: Weights, xs: Doubles, before: Doubles, cell: Doubles, backward: bool) -> list[Moment]:
    """Every moment of one layer in one direction, in the order of time.

    Args:
        op: one of `GATES`.
        xs: what comes in, [times, features].
        before, cell: what is remembered at the start.
        backward: the last time is read first.
    """
    count = len(GATES[op])
    into = (xs @ weights.into.T).reshape(len(xs), count, -1)
    moments: list[Moment] = []
    for t in reversed(range(len(xs))) if backward else range(len(xs)):
        moment = _STEPS[op](weights, xs[t], into[t], (weights.back @ before).reshape(count, -1), before, cell)
        before, cell = moment.after, moment.cell
        moments.append(moment)
    return moments[::-1] if backward else moments


def layer_output(directions: Sequence[Sequence[Moment]]) -> Doubles:
    """What a layer hands to the next one: its directions side by side, [times, directions·handed on]."""
    return np.concatenate([np.stack([moment.after for moment in moments]) for moments in directions], axis=1)


def _lstm(weights: Weights, x: Doubles, into: Doubles, back: Doubles, before: Doubles, cell: Doubles) -> Moment:
    sums = into + back + (weights.bias_into + weights.bias_back).reshape(into.shape)
    i, f, o = sigmoid(sums[0]), sigmoid(sums[1]), sigmoid(sums[3])
    g = np.tanh(sums[2])
    after_cell = f * cell + i * g
    shown = o * np.tanh(after_cell)
    after = shown if weights.projection is None else weights.projection @ shown
    return Moment(x, before, cell, into, back, np.stack([i, f, g, o]), after_cell, shown, after)


def _gru(weights: Weights, x: Doubles, into: Doubles, back: Doubles, before: Doubles, cell: Doubles) -> Moment:
    from_x = into + weights.bias_into.reshape(into.shape)
    from_h = back + weights.bias_back.reshape(back.shape)
    r, z = sigmoid(from_x[0] + from_h[0]), sigmoid(from_x[1] + from_h[1])
    n = np.tanh(from_x[2] + r * from_h[2])
    after = (1.0 - z) * n + z * before
    return Moment(x, before, cell, into, back, np.stack([r, z, n]), after, after, after)


def _plain(activation: Callable[[Doubles], Doubles]) -> "Stepping":
    def step(weights: Weights, x: Doubles, into: Doubles, back: Doubles, before: Doubles, cell: Doubles) -> Moment:
        after = activation(into[0] + back[0] + weights.bias_into + weights.bias_back)
        return Moment(x, before, cell, into, back, after[None], after, after, after)

    return step


def _relu(values: Doubles) -> Doubles:
    positive: Doubles = np.maximum(values, 0.0)
    return positive


Stepping = Callable[[Weights, Doubles, Doubles, Doubles, Doubles, Doubles], Moment]
_STEPS: dict[str, Stepping] = {"lstm": _lstm, "gru": _gru, "rnn_tanh": _plain(np.tanh), "rnn_relu": _plain(_relu)}
