"""What a call of a recurrent layer holds, and where in it a number stands: layer, direction, sequence, time, unit.

Source of the arguments: torch.nn.modules.rnn, which calls ``lstm``, ``gru``, ``rnn_tanh`` and ``rnn_relu``, or a cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fivebyfive.explain.kind import Index, Values, shape_of
from fivebyfive.explain.recurrence import GATES
from fivebyfive.explain.terms import tensor_of

CELL_WEIGHTS = ("w_ih", "w_hh", "b_ih", "b_hh")
ARGUMENTS = ("input", "hx", "params", "has_biases", "num_layers", "dropout", "train", "bidirectional", "batch_first")
"""Of a call for a whole sequence, which holds all weights in one list."""


@dataclass(frozen=True)
class RecurrentCall:
    """A call as PyTorch's modules make it, of a cell or of a whole sequence.

    Attributes:
        hidden, cell: what is remembered at the start; only an LSTM has a cell.
        weights: of each layer and direction, one after the other.
        sizes: of packed sequences, how many there are at each time.
    """

    op: str
    input: Any
    hidden: Any
    cell: Any
    weights: Sequence[Any]
    biases: bool
    sizes: Any = None
    layers: int = 1
    dropout: float = 0.0
    directions: int = 1
    batch_first: bool = False
    is_cell: bool = False

    @property
    def times(self) -> int:
        """How long the longest sequence is."""
        if self.is_cell:
            return 1
        return len(tensor_of(self.sizes)) if self.sizes is not None else shape_of(self.input)[int(self.batch_first)]

    @property
    def size(self) -> int:
        """How many numbers are remembered."""
        return shape_of(self.weights[0])[0] // len(GATES[self.op])


@dataclass(frozen=True)
class Place:
    """Where in the network a number stands: (layer, direction), the sequence in its batch, the time, the unit."""

    layer: int
    direction: int
    batch: int
    time: int
    unit: int
    is_cell_state: bool


def read(op: str, values: Values) -> RecurrentCall:
    """The call's arguments, of one time or of a whole sequence."""
    if op.endswith("_cell"):
        weights = [values[name] for name in CELL_WEIGHTS if values.get(name) is not None]
        hidden, cell = _pair(values["hx"])
        return RecurrentCall(
            op.removesuffix("_cell"), values["input"], hidden, cell, weights, len(weights) == 4, is_cell=True
        )
    given: list[Any] = [values[name] for name in ARGUMENTS if name in values]
    packed = isinstance(given[3], (list, tuple))
    sizes = given.pop(1) if packed else None  # of packed sequences, so that all others come one later
    named = dict(zip(ARGUMENTS, given, strict=False))
    hidden, cell = _pair(named["hx"])
    return RecurrentCall(
        op,
        named["input"],
        hidden,
        cell,
        named["params"],
        bool(named["has_biases"]),
        sizes,
        int(named["num_layers"]),
        float(named["dropout"]) if named["train"] and named["num_layers"] > 1 else 0.0,
        2 if named["bidirectional"] else 1,
        bool(named.get("batch_first")),
    )


def _pair(start: Any) -> tuple[Any, Any]:
    return (start[0], start[1]) if isinstance(start, (list, tuple)) else (start, None)


def place_of(call: RecurrentCall, index: Index, part: int) -> Place:
    if call.is_cell:
        return Place(0, 0, index[0], 0, index[1], part == 1)
    if part:  # what is remembered at the end: [layers·directions, batch, units]
        layer, direction = divmod(index[0], call.directions)
        last = length_of(call, index[1]) - 1
        return Place(layer, direction, index[1], 0 if direction else last, index[2], part == 2)
    if call.sizes is not None:
        starts = np.concatenate([[0], np.cumsum(tensor_of(call.sizes).numpy())])
        time = int(np.searchsorted(starts, index[0], side="right")) - 1
        batch = index[0] - int(starts[time])
    else:
        batch, time = index[:2] if call.batch_first else index[1::-1]
    direction, unit = divmod(index[-1], shape_of(call.hidden)[-1])
    return Place(call.layers - 1, direction, batch, time, unit, False)


def length_of(call: RecurrentCall, batch: int) -> int:
    return call.times if call.sizes is None else int((tensor_of(call.sizes) > batch).sum())


def index_at(call: RecurrentCall, batch: int, time: int) -> Index:
    """Where in the input a time of a sequence stands."""
    if call.is_cell:
        return (batch,)
    if call.sizes is not None:
        return (int(tensor_of(call.sizes)[:time].sum()) + batch,)
    return (batch, time) if call.batch_first else (time, batch)


def start_at(call: RecurrentCall, place: Place, unit: int) -> Index:
    """Where in the state at the start a unit of a layer stands."""
    return (place.batch, unit) if call.is_cell else (place.layer * call.directions + place.direction, place.batch, unit)
