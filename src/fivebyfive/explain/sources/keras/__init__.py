"""Networks of Keras 3, on PyTorch or on TensorFlow: layers' names, the lines that made and called them, N,H,W,C."""

from typing import Any

from torch import nn

from fivebyfive.networks.from_keras import KerasNetwork, adapted


def as_network(model: Any, name: str = "") -> nn.Module:
    """A Keras model or layer as a network that can be explained.

    Args:
        name: what the user calls it; by default Keras's own.

    Raises:
        InputError: Keras runs on something else than PyTorch or TensorFlow, or the model has no weights yet and does
            not say which pictures it takes.
    """
    found = adapted(model, name)
    if isinstance(found, KerasNetwork):
        return found.eval()
    from fivebyfive.explain.sources.keras.on_tensorflow import program

    return program(found, name or found.name)
