"""A network's state: as tensors alone, so that a file that can hold no code holds all of it; and put back as it was.

Modules may keep something else with their weights (``get_extra_state``); where JSON can say it, its bytes are a tensor.
"""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from fivebyfive.errors import InputError


def tensors_of(network: nn.Module) -> dict[str, Tensor]:
    """The state of `network`, each tensor dense and with memory of its own.

    Raises:
        InputError: a part of it can be kept neither as numbers nor as text.
    """
    return {name: _as_tensor(name, value) for name, value in network.state_dict().items()}


def load_into(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Give `network` the state that `tensors_of` one like it returned.

    Raises:
        RuntimeError, ValueError: it is another network's.
    """
    own = network.state_dict()
    network.load_state_dict(
        {name: value if isinstance(own.get(name), Tensor) else _as_said(value) for name, value in tensors.items()}
    )


def _as_tensor(name: str, value: Any) -> Tensor:
    if isinstance(value, Tensor):
        if value.layout != torch.strided or value.is_quantized or value.is_meta or value.dtype == torch.complex128:
            kind = str(value.layout if value.layout != torch.strided else value.dtype)
            raise InputError(f"the network's {name} is a tensor of a sort that no file of weights holds ({kind})")
        return value.detach().clone().contiguous()
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise InputError(
            f"the network keeps a {type(value).__name__} as {name}, which can be saved neither as numbers nor as text; "
            "let get_extra_state return numbers, text, lists and dictionaries"
        ) from None
    return torch.from_numpy(np.frombuffer(text.encode(), np.uint8).copy())


def _as_said(value: Tensor) -> Any:
    if value.dtype != torch.uint8 or value.dim() != 1:
        raise ValueError("it holds a tensor where the network keeps something else")
    return json.loads(value.numpy().tobytes())


@contextmanager
def undisturbed(network: nn.Module) -> Iterator[None]:
    """`network` in evaluation mode; afterwards its mode, its buffers and all random numbers are as they were."""
    was_training = network.training
    network.eval()
    try:
        with untouched(network):
            yield
    finally:
        network.train(was_training)


@contextmanager
def untouched(network: nn.Module) -> Iterator[None]:
    """Put back what a forward changes: buffers and the random generators' states."""
    kept = [
        (module, name, buffer, None if buffer is None or is_lazy(buffer) else buffer.detach().clone())
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
