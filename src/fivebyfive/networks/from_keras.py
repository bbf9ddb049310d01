"""A Keras model on PyTorch as a network like any other: it trains, is evaluated, saved, exported and explained.

Keras's layers there are modules of PyTorch already. What is added: pictures in the order that the model takes, its mode
(``train()``, ``eval()``), and its weights by readable names, for it keeps them in one dictionary with names of its own.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.networks import keras_lines
from fivebyfive.networks.keras_layers import paths_of, taken_by, variables_of


class KerasNetwork(nn.Module):
    """A Keras model on PyTorch.

    Attributes:
        paths: every layer with its path; the model itself is "".
        layout: how it takes a batch of pictures, as `networks.as_input` reads it.
        shape: (height, width, channels) of its pictures; None where a size is free.
        channels: of its pictures; None where they are free.
        pixels: how many values a picture has, for a model that takes flat lists of them.
        largest: what a white pixel is.
        given_name: what the user calls it.
    """

    def __init__(self, model: Any, given_name: str = "") -> None:
        super().__init__()
        self._model = (model,)  # in a tuple, for its own names are not to be this network's
        self.given_name = given_name or model.name
        self.training = False
        self._learn()

    @property
    def model(self) -> Any:
        """Keras's own model."""
        return self._model[0]

    def _learn(self) -> None:
        """Find its layers, what it takes, and its weights, once it has been built."""
        self._modules.clear()
        self.paths = paths_of(self.model)
        taken = taken_by(self.model)
        self.layout, self.largest = taken.layout or "NHWC", taken.largest
        sizes = taken.shape[1:]
        sizes = (*sizes, 1) if taken.layout == "NHW" else (*sizes[1:], sizes[0]) if taken.layout == "NCHW" else sizes
        self.shape = sizes if len(sizes) == 3 and None not in sizes else None
        self.channels = sizes[2] if len(sizes) == 3 else None
        self.pixels = sizes[0] if taken.layout == "flat" else None
        for path, layer in self.paths:
            self._hold(path, layer)

    def _hold(self, path: str, layer: Any) -> None:
        """Hold a layer's own variables under its path: those that training adjusts as parameters, others as buffers."""
        for name, variable, learned in variables_of(layer):
            place = self._place(path)
            (place._parameters if learned else place._buffers)[name] = variable._value

    def _place(self, path: str) -> nn.Module:
        place: nn.Module = self
        for part in path.split(".") if path else ():
            if part not in place._modules:
                place._modules[part] = nn.Module()
            inner = place._modules[part]
            assert inner is not None
            place = inner
        return place

    def build(self, height: int, width: int, channels: int) -> None:
        """Let a model that has no weights yet make them, for such pictures."""
        if not self.is_built:
            self.build_on(torch.zeros(1, height, width, channels, device=_device()))

    def build_on(self, *inputs: Any, **named: Any) -> None:
        """Let a model that has no weights yet make them, for what it is given."""
        with torch.no_grad():
            self.model(*inputs, **named, training=False)
        self._learn()

    @property
    def is_built(self) -> bool:
        """Whether it has its weights."""
        return bool(self.model.built) and all(layer.built for layer in self.model._flatten_layers())

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """What Keras computes, in the mode that the module is in; several inputs in the model's order, or by name."""
        wanted = getattr(self.model, "inputs", None) or ()
        if len(wanted) > 1 and (named or len(inputs) > 1):
            inputs = ([named[given.name] for given in wanted] if named else list(inputs),)
            named = {}
        return self.model(*inputs, **named, training=self.training)

    def named_modules(
        self, memo: set[nn.Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Module]]:
        """The places that hold weights, and Keras's layers, by their paths."""
        yield from super().named_modules(memo, prefix, remove_duplicate)
        for path, layer in self.paths:
            yield f"{prefix}.{path}".strip(".") if prefix else path, layer

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "KerasNetwork":
        """Buffers, which PyTorch replaces when it moves a module, stay Keras's own variables."""
        held = [(m, name, b) for m in super().modules() for name, b in m._buffers.items() if b is not None]
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for module, name, before in held:
            after = module._buffers[name]
            if after is not None and after is not before:
                before.data = after.data
                module._buffers[name] = before
        return self


def _device() -> Any:
    from keras.src.backend.torch.core import get_device

    return get_device()


def backend() -> str:
    """What Keras, which is loaded, runs on: "torch", "tensorflow"."""
    import keras

    return str(keras.backend.backend())


def adapted(model: Any, name: str = "") -> Any:
    """A Keras model as a network where it runs on PyTorch, as it is where it runs on TensorFlow.

    Raises:
        InputError: Keras runs on something else.
    """
    running = backend()
    if running == "torch":
        return KerasNetwork(model, name)
    if running != "tensorflow":
        raise InputError(
            f"Keras runs on {running} here, which is not known; say KERAS_BACKEND=torch in front of the command"
        )
    return model


def copied(model: Any) -> Any:
    """A copy of a model on PyTorch with the same weights, on the same lines; itself where Keras cannot copy it."""
    import keras

    if backend() != "torch":
        return model
    try:
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
    except Exception:  # a user's own layers may refuse in any way
        return model
    for a, b in zip(_operations(model), _operations(copy), strict=False):
        keras_lines.same_lines(a, b)
        for before, after in zip(a._inbound_nodes, b._inbound_nodes, strict=False):
            keras_lines.same_lines(before, after)
    return copy


def _operations(model: Any) -> Iterator[Any]:
    yield model
    inner = getattr(model, "_operations", None) or model._layers
    for operation in inner:
        yield from _operations(operation) if hasattr(operation, "_layers") else iter((operation,))
