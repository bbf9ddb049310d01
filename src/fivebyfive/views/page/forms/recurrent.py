"""Recurrent layers: each number is made by gates, which no step gives; so they are sent.

Buffers: ``gate-NAME/I`` [channels, height, width] for each of ``attributes.gates``, what `recurrent.gates` says of each
value; ``attributes.cell`` is True where c is given, and not h.

To be worked out anew: ``into-K/I`` [gates·hidden, features], ``back-K/I`` [gates·hidden, handed on], ``bias-into-K/I``
and ``bias-back-K/I`` of each layer and direction; ``taken-0/I`` [sequences, times, features], the places of what comes
in, and ``taken-1/I`` [layers·directions, sequences, hidden] of what is remembered at the start, of an LSTM's c
``taken-2/I``; ``made/I`` [channels, height, width], the number of each value among all [layers·directions, sequences,
times, hidden]. Where ``attributes.takes[K]`` has no input, the numbers themselves are in ``start-K/I``.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.explain.kind import shape_of
from fivebyfive.explain.kinds.recurrent import gates
from fivebyfive.explain.layout import as_maps
from fivebyfive.explain.recurrent_call import RecurrentCall, place_of, read
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import tensor_of
from fivebyfive.views.page.operands import numbered
from fivebyfive.views.page.places import Table
from fivebyfive.views.page.sent import Learned, Sent

if TYPE_CHECKING:
    from fivebyfive.views.page.envelope import Buffers

WORKED_OUT = ("lstm", "gru", "rnn_tanh", "rnn_relu")
MOST = 1 << 12
"""Values of the output: beyond that, to ask for each takes too long."""

OF_THE_PICTURE = ("gate-",)


def sent(step: Step) -> Sent | None:
    """The gates; None for what is not recurrent, or is made of more than gates."""
    sort = step.op.removesuffix("_cell")
    if sort not in WORKED_OUT or not 0 < step.output.numel() <= MOST:
        return None
    found = gates(step)
    if found is None:
        return None
    maps = {name: as_maps(torch.from_numpy(values), step.layout).numpy() for name, values in found.items()}
    cell = "cell" in found and bool(np.allclose(found["cell"], step.output.double().numpy(), rtol=1e-3, atol=1e-5))
    buffers = {f"gate-{name}": values.astype(np.float32) for name, values in maps.items()}
    call = read(step.op, step.call.values)
    takes = [{"input": step.origins.index(o)} if isinstance(o, Step) else {} for o in _taken(call)]
    about = {"layers": call.layers, "directions": call.directions, "takes": takes}
    return Sent({"gates": [*found], "sort": sort, "cell": cell} | about, buffers)


def learned(step: Step) -> Learned | None:
    """Its weights, and where it reads; None for packed sequences, and weights that are worked out themselves."""
    call = read(step.op, step.call.values)
    if call.sizes is not None or any(isinstance(weight, Step) for weight in call.weights):
        return None
    buffers: Buffers = {"made": _made(step, call)}
    for k, operand in enumerate(_taken(call)):
        places = numbered(operand)
        if places is None:
            return None
        buffers[f"taken-{k}"] = _canonical(call, places, of_input=k == 0).numpy().astype(np.int32)
        if not isinstance(operand, Step):
            buffers[f"start-{k}"] = tensor_of(operand).float().reshape(-1).numpy()
    return Learned(_matrices(call), buffers)


def _taken(call: RecurrentCall) -> list[Any]:
    """What comes in, and what is remembered at the start."""
    return [operand for operand in (call.input, call.hidden, call.cell) if operand is not None]


def _canonical(call: RecurrentCall, places: Tensor, of_input: bool) -> Tensor:
    if call.is_cell:
        return places[:, None] if of_input else places[None]
    return places.transpose(0, 1) if of_input and not call.batch_first else places


def _matrices(call: RecurrentCall) -> dict[str, Tensor]:
    names = ("into", "back", "bias-into", "bias-back") if call.biases else ("into", "back")
    found = zip(call.weights, range(len(call.weights)), strict=True)
    return {f"{names[k % len(names)]}-{k // len(names)}": tensor_of(weight) for weight, k in found}


def _made(step: Step, call: RecurrentCall) -> Table:
    """The number of each value among all that are made."""
    batches = shape_of(call.hidden)[-2]
    sizes = (call.layers * call.directions, batches, call.times, call.size)
    found = np.zeros(step.output_shape, np.int64)
    for index in np.ndindex(*step.output_shape):
        place = place_of(call, tuple(index), step.attributes.get("part", 0))
        at = (place.layer * call.directions + place.direction, place.batch, place.time, place.unit)
        found[index] = np.ravel_multi_index(at, sizes)
    return as_maps(torch.from_numpy(found), step.layout).numpy().astype(np.int32)
