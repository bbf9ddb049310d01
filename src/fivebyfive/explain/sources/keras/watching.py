"""A Keras model on PyTorch, watched: its lines, its operations as one call each, and its own values to compare with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from fivebyfive.explain.agreement import Agreement, difference
from fivebyfive.explain.given import Given, named_tensors
from fivebyfive.explain.source import Files
from fivebyfive.explain.sources.keras.one_call import standing
from fivebyfive.explain.sources.keras.places import Defined, KerasStacks, Places
from fivebyfive.networks.from_keras import KerasNetwork

PLUMBING = frozenset({"to", "as_tensor", "scalar_tensor"})
"""Calls that Keras makes around every operation: they do nothing, or make a tensor of a plain number."""


class Watched:
    """One forward of a Keras model on PyTorch.

    Attributes:
        agreement: how the layers' values compare with those of a forward that nobody watches.
        texts: the listing of its configuration, where there is no code.
        plumbing: operations that are no steps.
        stacks: who reads where the code stands.
    """

    plumbing = PLUMBING

    def __init__(self, network: KerasNetwork) -> None:
        import keras

        self._network = network
        self._places = Places(network.model, network.paths, network.given_name)
        self._layers = {id(layer): path for path, layer in network.paths}
        self._theirs: list[tuple[str, Tensor]] = []
        self._ours: list[tuple[str, Tensor]] = []
        self.agreement = Agreement(f"Keras {keras.__version__} on PyTorch {torch.__version__.partition('+')[0]}")
        self.texts = self._places.texts
        self.stacks = KerasStacks(self._places)

    def expect(self, given: Given) -> None:
        """Run the model as it is, and keep what each layer gives."""
        with self._kept(self._theirs):
            result = self._network(*given.arguments, **given.keywords)
        self._theirs += [(name or "output", tensor) for name, tensor in named_tensors(result)]

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Let each operation be one call; the layers' values are kept."""
        with standing(), self._kept(self._ours):
            yield

    def compare(self, outputs: Sequence[tuple[str, Tensor]]) -> None:
        """Compare all values with those that were expected, and let both go."""
        self._ours += [(name or "output", tensor) for name, tensor in outputs]
        with torch._C.DisableTorchFunction():
            for (name, ours), (_, theirs) in zip(self._ours, self._theirs, strict=False):
                self.agreement = self.agreement.and_of(name, difference(ours, theirs))
        self._ours, self._theirs = [], []

    def defined(self, files: Files) -> Defined:
        """Where its layers were made."""
        return Defined(self._network, self._places, files)

    def remarks(self) -> list[str]:
        """What a reader must know about it."""
        return [self.agreement.sentence()]

    @contextmanager
    def _kept(self, values: list[tuple[str, Tensor]]) -> Iterator[None]:
        def keep(module: nn.Module, inputs: Any, result: Any) -> None:
            del inputs
            path = self._layers.get(id(module))
            if path:
                with torch._C.DisableTorchFunction():
                    values.extend((path, tensor.detach().clone()) for _, tensor in named_tensors(result))

        hook = register_module_forward_hook(keep)
        try:
            yield
        finally:
            hook.remove()
