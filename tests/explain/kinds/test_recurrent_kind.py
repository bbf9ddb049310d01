"""Recurrent networks of every kind: each number is what its gates make of it, and each gate is a sum that is shown."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from fivebyfive.errors import InputError
from fivebyfive.explain import Step, Trace, explain
from layers import Uses, drawn, everywhere, expect_sums, steps_of
from steps import numbers
from sums import five_places


def _recurrent(trace: Trace) -> list[Step]:
    return steps_of(trace, "recurrent")


def _expect_sums(trace: Trace, parts: int) -> None:
    assert len(_recurrent(trace)) == parts
    expect_sums(_recurrent(trace))


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "LSTM": lambda: nn.LSTM(3, 4, batch_first=True),
    "GRU": lambda: nn.GRU(3, 4, batch_first=True),
    "RNN": lambda: nn.RNN(3, 4, batch_first=True),
    "RNN with ReLU": lambda: nn.RNN(3, 4, nonlinearity="relu", batch_first=True),
    "LSTM, two layers": lambda: nn.LSTM(3, 4, 2, batch_first=True),
    "GRU, three layers, no biases": lambda: nn.GRU(3, 4, 3, bias=False, batch_first=True),
    "LSTM, both ways": lambda: nn.LSTM(3, 4, bidirectional=True, batch_first=True),
    "GRU, two layers, both ways": lambda: nn.GRU(3, 4, 2, bidirectional=True, batch_first=True),
    "RNN, two layers, both ways": lambda: nn.RNN(3, 4, 2, bidirectional=True, batch_first=True),
    "LSTM, projected": lambda: nn.LSTM(3, 4, proj_size=2, batch_first=True),
    "LSTM, projected, two layers, both ways": lambda: nn.LSTM(
        3, 4, 2, proj_size=2, bidirectional=True, batch_first=True
    ),
    "LSTM, projected, no biases": lambda: nn.LSTM(3, 4, proj_size=3, bias=False, batch_first=True),
    "LSTM with dropout that is off": lambda: nn.LSTM(3, 4, 2, dropout=0.5, batch_first=True).eval(),
}


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer(name: str) -> None:
    network = Uses(drawn(LAYERS[name]())).eval()
    _expect_sums(explain(network, numbers(1, 5, 3)), 3 if "LSTM" in name else 2)


@pytest.mark.parametrize("name", LAYERS)
def test_in_single_precision(name: str) -> None:
    network = Uses(drawn(LAYERS[name]()).float()).eval()
    _expect_sums(explain(network, numbers(1, 5, 3).float()), 3 if "LSTM" in name else 2)


def _packed(layer: Any, x: Tensor, lengths: list[int], enforce_sorted: bool = False, start: Any = None) -> Any:
    batch = torch.cat([x, x * 2, -x])[: len(lengths)]
    packed = pack_padded_sequence(batch, torch.tensor(lengths), batch_first=True, enforce_sorted=enforce_sorted)
    out, state = layer(packed, start)
    return pad_packed_sequence(out, batch_first=True)[0], state


WAYS: dict[str, Callable[[Any, Tensor], Any]] = {
    "a state at the start": lambda layer, x: layer(x, _start(layer, x)),
    "without a batch": lambda layer, x: layer(x[0]),
    "without a batch, a state at the start": lambda layer, x: layer(x[0], _start(layer, x, batch=0)),
    "several sequences": lambda layer, x: layer(torch.cat([x, x.flip(1)])),
    "packed": lambda layer, x: _packed(layer, x, [5, 3, 2]),
    "packed and sorted": lambda layer, x: _packed(layer, x, [5, 5, 1], enforce_sorted=True),
    "packed, out of order": lambda layer, x: _packed(layer, x, [2, 5, 3]),
    "packed, a state at the start": lambda layer, x: _packed(layer, x, [3, 5], start=_start(layer, x, batch=2)),
    "one time": lambda layer, x: layer(x[:, :1]),
}


def _start(layer: Any, x: Tensor, batch: int = 1) -> Any:
    """A state at the start that is made of the input."""
    count = layer.num_layers * (2 if layer.bidirectional else 1)
    shape = (count, *([batch] if batch else []))
    handed = x[0, 0, 0] * numbers(*shape, layer.proj_size or layer.hidden_size, seed=2)
    return (handed, numbers(*shape, layer.hidden_size, seed=3)) if isinstance(layer, nn.LSTM) else handed


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["LSTM, projected, two layers, both ways", "GRU, two layers, both ways", "RNN"])
def test_every_way_to_call(name: str, way: str) -> None:
    network = Uses(drawn(LAYERS[name]()), WAYS[way]).eval()
    trace = explain(network, numbers(1, 5, 3))
    _expect_sums(trace, 3 if "LSTM" in name else 2)


@settings(max_examples=40)
@given(
    kind=st.sampled_from(["LSTM", "GRU", "RNN"]), features=st.integers(1, 4), hidden=st.integers(1, 4),
    layers=st.integers(1, 3), both=st.booleans(), bias=st.booleans(), batch_first=st.booleans(),
    times=st.integers(1, 5), batch=st.integers(1, 3), given_state=st.booleans(),
)  # fmt: skip
def test_any_layer(
    kind: str, features: int, hidden: int, layers: int, both: bool, bias: bool, batch_first: bool, times: int,
    batch: int, given_state: bool,
) -> None:  # fmt: skip
    layer = getattr(nn, kind)(features, hidden, layers, bias=bias, batch_first=batch_first, bidirectional=both)
    values = numbers(*((batch, times) if batch_first else (times, batch)), features)

    def does(layer: Any, x: Tensor) -> Any:
        return layer(values * x, _start(layer, x[None], batch) if given_state else None)

    trace = explain(Uses(drawn(layer), does).eval(), torch.ones(1, 1, dtype=torch.float64) * 1.5)
    _expect_sums(trace, 3 if kind == "LSTM" else 2)


# --- cells ----------------------------------------------------------------------------------------------------------

CELLS: dict[str, Callable[[], nn.Module]] = {
    "LSTMCell": lambda: nn.LSTMCell(3, 4),
    "GRUCell": lambda: nn.GRUCell(3, 4),
    "RNNCell": lambda: nn.RNNCell(3, 4),
    "RNNCell with ReLU": lambda: nn.RNNCell(3, 4, nonlinearity="relu"),
    "LSTMCell, no biases": lambda: nn.LSTMCell(3, 4, bias=False),
    "GRUCell, no biases": lambda: nn.GRUCell(3, 4, bias=False),
}


def _loop(cell: Any, x: Tensor) -> Tensor:
    state, outputs = None, []
    for time in x.unbind(1):
        state = cell(time, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs, 1)


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_in_a_loop(name: str) -> None:
    network = Uses(drawn(CELLS[name]()), _loop).eval()
    trace = explain(network, numbers(1, 3, 3))
    _expect_sums(trace, 6 if "LSTM" in name else 3)
    expect_sums(trace.steps)


def test_a_cell_without_a_batch() -> None:
    network = Uses(drawn(nn.GRUCell(3, 4)), lambda cell, x: cell(x[0], x[0, :1].expand(4)))
    _expect_sums(explain(network, numbers(1, 3)), 1)


# --- what is shown --------------------------------------------------------------------------------------------------


def test_the_gates_of_an_lstm_are_sums_that_can_be_added_up() -> None:
    layer = drawn(nn.LSTM(3, 4, batch_first=True))
    step = _recurrent(explain(Uses(layer).eval(), numbers(1, 5, 3)))[0]
    found = next(made for place in everywhere(step) if (made := step.arithmetic(*place)).details["time"] == 2)
    said: Any = found.details
    for number, gate in enumerate("ifgo"):
        terms = found.terms[number * 7 : number * 7 + 7]
        assert math.fsum(t.product for t in terms[:3]) == pytest.approx(said[f"{gate}_from_input"])
        assert math.fsum(t.product for t in terms[3:]) == pytest.approx(said[f"{gate}_from_before"])
        total = said[f"{gate}_from_input"] + said[f"{gate}_from_before"] + said[f"{gate}_bias"]
        bounded = math.tanh(total) if gate == "g" else 1 / (1 + math.exp(-total))
        assert said[gate] == pytest.approx(bounded)
    kept = found.terms[-1]
    assert (kept.value, kept.weight) == (said["c_before"], said["f"])
    assert said["c"] == pytest.approx(said["f"] * said["c_before"] + said["i"] * said["g"])
    assert found.total == pytest.approx(said["o"] * math.tanh(said["c"]))


def test_the_gates_of_a_gru_are_sums_that_can_be_added_up() -> None:
    step = _recurrent(explain(Uses(drawn(nn.GRU(3, 4, batch_first=True))).eval(), numbers(1, 5, 3)))[1]
    found = step.arithmetic(*five_places(step)[2])
    said: Any = found.details
    inner = said["n_from_input"] + said["n_bias"] + said["r"] * (said["n_from_before"] + said["n_bias_from_before"])
    assert said["n"] == pytest.approx(math.tanh(inner))
    assert found.total == pytest.approx((1 - said["z"]) * said["n"] + said["z"] * said["h_before"])
    assert (found.terms[-1].value, found.terms[-1].weight) == (said["h_before"], said["z"])
    assert found.formula().startswith("h[t] = (1 − z) · n + z · h[t−1]; ")
    assert found.formula(numbers=True).startswith("r = σ(")


def test_read_backward_what_comes_after_was_read_before() -> None:
    step = _recurrent(explain(Uses(drawn(nn.RNN(3, 4, bidirectional=True, batch_first=True))), numbers(1, 5, 3)))[0]
    backward = [
        made for place in five_places(step) if (made := step.arithmetic(*place)).details["direction"] == "backward"
    ]
    assert backward
    assert all(found.formula() == "h[t] = tanh(W·x[t] + U·h[t+1] + b)" for found in backward)


def test_terms_of_the_first_layer_are_what_came_in_and_those_above_stand_nowhere() -> None:
    below, above = (
        _recurrent(explain(Uses(drawn(nn.GRU(3, 4, layers, batch_first=True))), numbers(1, 5, 3)))[0]
        for layers in (1, 2)
    )
    assert [term.position is None for term in below.arithmetic().terms[:3]] == [False] * 3
    assert {term.position for term in above.arithmetic().terms[:3]} == {None}
    names = [term.name for term in above.arithmetic().terms]
    assert names[:4] == ["x[0] in r", "x[1] in r", "x[2] in r", "x[3] in r"]
    assert names[-2:] == ["h[t−1][3] in n", "h[t−1][0]"]


def test_what_is_dropped_between_layers_is_not_to_be_seen() -> None:
    network = Uses(drawn(nn.LSTM(3, 4, 2, dropout=0.25, batch_first=True))).train()
    out, hidden, _ = _recurrent(explain(network, numbers(1, 5, 3)))
    with pytest.raises(InputError, match="drops 25% of what its layers hand on at random.*call eval"):
        out.arithmetic()
    assert "Between its layers, 25% of the values are dropped at random." in out.words()
    assert hidden.arithmetic().details["layer"] == 0


# --- words, numbers, cost -------------------------------------------------------------------------------------------


def test_what_is_said_of_an_lstm() -> None:
    network = Uses(drawn(nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2, batch_first=True))).eval()
    out, hidden, cell = _recurrent(explain(network, numbers(1, 5, 3)))
    assert out.words()[:8] == [
        "An LSTM reads 5 lists of 3 numbers, one after the other, and remembers 4 numbers: [1, 5, 4].",
        "The input gate i says how much of what is new, g, is added to the memory c.",
        "The forget gate f says how much of the memory stays: it becomes f · c + i · g.",
        "The output gate o says how much of the memory is shown: o · tanh(c).",
        "Each gate is the sigmoid of a weighted sum, a share from 0 to 1, and g is the tanh of one; each sums up 3 "
        "numbers that come in and 2 that were made at the time before.",
        "It has 2 layers: each reads what the one before it made.",
        "It reads forward and backward, with weights for each way; what both make stands side by side.",
        "One more matrix makes 2 numbers of the 4.",
    ]
    assert hidden.words()[0].startswith(
        "What was handed on last, when all has been read, of each layer and direction: "
    )
    assert cell.words()[0].startswith("The cell's state, ")
    assert out.attributes == {
        "hidden_size": 4, "layers": 2, "bidirectional": True, "batch_first": True, "part": 0, "parts": 3
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (nn.GRUCell(3, 4), "A GRU reads one list of 3 numbers and remembers 4 numbers: [1, 4]."),
        (nn.RNNCell(3, 1), "A recurrent layer reads one list of 3 numbers and remembers 1 number: [1, 1]."),
    ],
    ids=["GRU", "RNN"],
)
def test_what_is_said_of_a_cell(cell: nn.Module, said: str) -> None:
    assert _recurrent(explain(Uses(cell), torch.randn(1, 3)))[0].words()[0] == said


def test_each_weight_is_multiplied_once_a_time() -> None:
    lstm = _recurrent(explain(Uses(nn.LSTM(3, 4, batch_first=True)), torch.randn(1, 5, 3)))[0]
    assert lstm.macs == 5 * (4 * 4 * 3 + 4 * 4 * 4 + 2 * 4 * 4)
    gru = _recurrent(explain(Uses(nn.GRU(3, 4, 2, bidirectional=True, batch_first=True)), torch.randn(1, 5, 3)))[0]
    assert gru.macs == 5 * 2 * ((3 * 4 * 3 + 3 * 4 * 4 + 2 * 3 * 4) + (3 * 4 * 8 + 3 * 4 * 4 + 2 * 3 * 4))
    packed = _recurrent(explain(Uses(nn.RNN(3, 4, batch_first=True), WAYS["packed"]), torch.randn(1, 5, 3)))[0]
    assert packed.macs == (5 + 3 + 2) * (4 * 3 + 4 * 4 + 2 * 4)
    cell = _recurrent(explain(Uses(nn.LSTMCell(3, 4)), torch.randn(1, 3)))[0]
    assert cell.macs == 4 * 4 * 3 + 4 * 4 * 4 + 2 * 4 * 4


# --- as people write it ---------------------------------------------------------------------------------------------


class StackedLSTM(nn.Module):
    """An LSTM of two layers over the rows of a picture; the last time goes through a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(28, 16, num_layers=2, batch_first=True, dropout=0.2)
        self.fc = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        _, (hidden, _) = self.lstm(x.squeeze(1))
        result: Tensor = self.fc(hidden[-1])
        return result


def test_a_stacked_lstm_over_the_rows_of_a_picture() -> None:
    torch.manual_seed(0)
    expect_sums(explain(StackedLSTM().eval(), torch.rand(1, 1, 28, 28)).steps)
