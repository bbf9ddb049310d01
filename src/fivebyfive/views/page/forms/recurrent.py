"""Recurrent layers: each number is made by gates, which no step gives; so they are sent.

Buffers: ``gate-NAME/I`` [channels, height, width] for each of ``attributes.gates``, what `recurrent.gates` says of each
value; ``attributes.cell`` is True where c is given, and not h.
"""

import numpy as np
import torch

from fivebyfive.explain.kinds.recurrent import gates
from fivebyfive.explain.layout import as_maps
from fivebyfive.explain.step import Step
from fivebyfive.views.page.sent import Sent

WORKED_OUT = ("lstm", "gru", "rnn_tanh", "rnn_relu")
MOST = 1 << 12
"""Values of the output: beyond that, to ask for each takes too long."""


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
    return Sent({"gates": [*found], "sort": sort, "cell": cell}, buffers)
