"""What no step made: the network's parameters as they are, all other constants as they were when they were used."""

from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor, nn

from fivebyfive.explain.held import plain, storage
from fivebyfive.explain.step import Step


class Constants:
    """The parameters and the other constants of one forward.

    ``_prepared`` are steps made of parameters alone, such as ``weight[:, None, None]``: no data flows through them.
    ``_copies`` are constants as they were when they were used, each with how often it had been changed by then.
    """

    def __init__(self, modules: Sequence[nn.Module]) -> None:
        parameters = (parameter for module in modules for parameter in module._parameters.values())
        self._parameters: dict[int, Tensor] = {id(p): p for p in parameters if p is not None}
        self._by_memory = {storage(p): p for p in self._parameters.values()}
        self._before: dict[int, tuple[Tensor, Tensor]] = {}
        self._counted: set[int] = set()
        self._prepared: set[int] = set()
        self._copies: dict[int, tuple[Tensor, int, Tensor]] = {}

    def is_parameter(self, tensor: Tensor) -> bool:
        """Whether it is one of the network's parameters, or all of one in another shape."""
        return self._parameter(tensor) is not None

    def _parameter(self, tensor: Tensor) -> Tensor | None:
        found = self._parameters.get(id(tensor))
        if found is not None:
            return found
        held, own = self._by_memory.get(storage(tensor)), plain(tensor)
        whole = held is not None and held.numel() == own.numel() and held.is_contiguous() and own.is_contiguous()
        return held if whole else None

    def is_learned(self, value: Any) -> bool:
        """Whether it is a parameter, or was made of parameters alone."""
        return id(value) in self._prepared or (isinstance(value, Tensor) and self.is_parameter(value))

    def is_prepared(self, step: Step) -> bool:
        """Whether it was made of parameters alone."""
        return id(step) in self._prepared

    def prepare(self, step: Step) -> None:
        """Remember that `step` was made of parameters alone."""
        self._prepared.add(id(step))

    def first_used(self, parameters: Iterable[Tensor]) -> int:
        """How many values those of the parameters have that have not been counted yet."""
        whole = [self._parameter(p) for p in parameters]
        new = {id(p): p.numel() for p in whole if p is not None and id(p) not in self._counted}
        self._counted |= new.keys()
        return sum(new.values())

    def as_now(self, tensor: Tensor) -> Tensor:
        """A parameter as it is, any other constant as it is now: a forward may change its buffers."""
        if self.is_parameter(tensor):
            return tensor
        original, version, copy = self._copies.get(id(tensor), (None, -1, tensor))
        now = -1 if tensor.is_inference() else tensor._version
        if original is None or version != now or now < 0:
            copy = plain(tensor).detach().clone()
            self._copies[id(tensor)] = (tensor, now, copy)
        return copy

    def keep(self, tensor: Tensor) -> None:
        """Copy the parameter whose memory the next call overwrites."""
        parameter = self._by_memory.get(storage(tensor))
        if parameter is not None and id(parameter) not in self._before:
            self._before[id(parameter)] = (parameter, parameter.detach().clone())

    def overwritten(self) -> list[tuple[Tensor, Tensor]]:
        """The parameters that were overwritten, each with what it was before."""
        return list(self._before.values())
