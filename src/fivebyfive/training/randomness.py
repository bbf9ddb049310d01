"""The random numbers that a network may ask for while it learns: PyTorch's, NumPy's and Python's own.

All of them follow from the seed, and all are kept, so that a training that is gone on with meets the very same ones.
They are the process's own, as PyTorch's are: after a training they are where it left them.
"""

import json
import math
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

TORCH, CUDA = "random", "random.cuda"
"""Names of PyTorch's states among a checkpoint's tensors."""
Python = tuple[int, tuple[int, ...], float | None]
NumPy = tuple[str, "np.ndarray[Any, np.dtype[np.uint32]]", int, int, float]


@dataclass(frozen=True)
class State:
    """Where all random numbers are; None for what a checkpoint of before does not say."""

    tensors: dict[str, Tensor]
    python: Python | None
    numpy: NumPy | None


def seed(number: int) -> None:
    """Let all random numbers follow from `number`; and on a GPU, let the same sum come out the same each time."""
    torch.backends.cudnn.deterministic = True
    torch.manual_seed(number)
    np.random.seed(number)
    random.seed(number)


def tensors() -> dict[str, Tensor]:
    """PyTorch's states."""
    states = {TORCH: torch.get_rng_state()}
    return states | ({CUDA: torch.cuda.get_rng_state()} if torch.cuda.is_available() else {})


def text() -> str:
    """NumPy's and Python's states, as JSON."""
    state: Any = np.random.get_state()
    name, keys, position, has_gauss, gauss = state
    return json.dumps({"python": random.getstate(), "numpy": [name, keys.tolist(), position, has_gauss, gauss]})


def parse(tensors: dict[str, Tensor], text: str | None) -> State:
    """The state that `tensors` and `text` describe; each part has been tried.

    Raises:
        LookupError, TypeError, ValueError, ArithmeticError, RuntimeError: they describe none.
    """
    torch.Generator().set_state(tensors[TORCH])
    if CUDA in tensors and torch.cuda.is_available():
        torch.Generator("cuda").set_state(tensors[CUDA])
    if text is None:
        return State(tensors, None, None)
    said = json.loads(text)
    version, words, gauss = said["python"]
    name, keys, position, has_gauss, last = said["numpy"]
    if not 0 <= position <= len(keys) or not math.isfinite(last) or not (gauss is None or math.isfinite(gauss)):
        raise ValueError("its random state is out of range")
    python: Python = (version, tuple(words), gauss)
    numpy: NumPy = (name, np.array(keys, np.uint32), position, int(has_gauss), float(last))
    random.Random().setstate(python)
    np.random.RandomState().set_state(numpy)
    return State(tensors, python, numpy)


def restore(state: State) -> None:
    """Go on with the random numbers at `state`."""
    torch.set_rng_state(state.tensors[TORCH])
    if CUDA in state.tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(state.tensors[CUDA])
    if state.python is not None:
        random.setstate(state.python)
    if state.numpy is not None:
        np.random.set_state(state.numpy)
