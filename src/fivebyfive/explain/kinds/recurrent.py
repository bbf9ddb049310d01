"""Recurrent layers: a sequence is read step by step, and what was read before is remembered.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import sequences
from fivebyfive.explain.kind import Called, Kind, numel_of, shape_of
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.step import Step

_WEIGHTS = ("w_ih", "w_hh", "b_ih", "b_hh")


def _words(step: Step) -> Iterator[str]:
    cell = step.op.partition("_")[0].upper()
    yield f"A {cell} reads a sequence step by step and remembers what it needs of it: {tensor_shape(step)}."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    """Every weight once a step."""
    del output, learned
    values = called.values
    if called.op.endswith("_cell"):
        weights = [values.get(name) for name in _WEIGHTS]
    else:  # a packed sequence gives its lengths before the weights
        given = (values.get("params"), values.get("has_biases"))
        weights = next((list(v) for v in given if isinstance(v, (list, tuple))), [])
    return sum(map(numel_of, weights)) * math.prod(shape_of(values["input"])[:-1])


KIND = Kind(
    name="recurrent",
    operations={
        "lstm gru rnn_tanh rnn_relu": "input hx params has_biases num_layers dropout train bidirectional batch_first",
        "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell": f"input hx {' '.join(_WEIGHTS)}",
    },
    cost=_cost,
    axes={
        "lstm gru rnn_tanh rnn_relu": dimensions.recurrent,
    },
    field={
        "lstm gru rnn_tanh rnn_relu": sequences.recurrent,
        "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell": sequences.recurrent_cell,
    },
    words=_words,
)
