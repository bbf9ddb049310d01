"""TensorFlow's operations as calls that the kinds know. Each file here has some of them in its ``TABLE``.

An entry makes of an operation's attributes the call, which takes the operation's inputs and gives its outputs.
"""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Attributes = Callable[[str], Any]
"""An operation's attribute by its name."""
Call = Callable[..., Any]
Entry = Callable[[Attributes], Call]


@functools.cache
def entries() -> Mapping[str, Entry]:
    """Every operation that is known."""
    found: dict[str, Entry] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        found |= importlib.import_module(module.name).TABLE
    return found


def always(call: Call) -> Entry:
    """The entry of an operation whose attributes do not matter."""
    return lambda _: call


def numbers(tensor: Tensor) -> list[int]:
    """A list of whole numbers out of a tensor of them; reading them is no step."""
    with torch._C.DisableTorchFunction():
        found: list[int] = tensor.reshape(-1).tolist()
        return found
