"""Whether a network was ever trained: whoever makes one anew gets other weights."""

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakSet

import torch
from torch import nn

NEVER_TRAINED = "This network was never trained: its weights are random, and its answer means nothing"
"""How a note begins that says so; such a note is a warning."""


_random: WeakSet[nn.Module] = WeakSet()


def watch(network: nn.Module, again: Callable[[], Any]) -> None:
    """Remember `network` where each of its weights is another one when it is made `again`.

    Biases and normalizations begin at 0 and 1: only parameters of two dimensions or more are compared. Weights that
    the code itself loads, or makes from a seed, come out the same, and nothing is said of them.
    """
    if _weights(network):
        made = again()
        if isinstance(made, nn.Module) and _all_differ(_weights(network), _weights(made)):
            _random.add(network)


def notes(network: nn.Module) -> Sequence[str]:
    """What is to be said of it; nothing where it is not known how it came by its weights."""
    return [f"{NEVER_TRAINED}; --model takes trained ones."] if network in _random else []


def _weights(network: nn.Module) -> dict[str, nn.Parameter]:
    named = network.named_parameters()
    return {name: p for name, p in named if not isinstance(p, nn.UninitializedParameter) and p.dim() > 1}


def _all_differ(first: dict[str, nn.Parameter], second: dict[str, nn.Parameter]) -> bool:
    alike = first.keys() == second.keys() and all(first[name].shape == second[name].shape for name in first)
    try:
        return alike and not any(torch.equal(first[name], second[name]) for name in first)
    except RuntimeError:  # sparse tensors cannot be compared, nor those without values
        return False
