"""What a forward changes besides its result, put back: buffers, overwritten parameters, the random generators."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn


@contextmanager
def untouched(network: nn.Module) -> Iterator[None]:
    """Put back what a forward changes: buffers and the random generators' states."""
    kept = [
        (module, name, buffer, None if buffer is None else buffer.detach().clone())
        for module in network.modules()
        for name, buffer in module._buffers.items()
    ]
    python, numpy_state = random.getstate(), np.random.get_state()
    on_gpu = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    devices = list(range(torch.cuda.device_count())) if on_gpu else []
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy_state)
        for module, name, buffer, before in kept:
            module._buffers[name] = buffer
            if buffer is not None and before is not None:
                put_back(buffer, before)


def put_back(tensor: Tensor, before: Tensor) -> None:
    """Give `tensor` the values that it had, where it has others now."""
    with torch.no_grad():
        try:
            same = tensor.is_meta or torch.equal(tensor, before)
        except (RuntimeError, NotImplementedError):  # sparse tensors cannot be compared
            same = False
        if not same:
            tensor.copy_(before)
