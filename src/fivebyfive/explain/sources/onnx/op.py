"""One node of an ONNX graph as the table reads it: its attributes, and what is known before it runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.errors import InputError

Run = Callable[..., Any]
aside = torch._C.DisableTorchFunction
"""A context in which no call is a step: for tensors that a node makes of its own numbers alone."""
MOST = 1 << 28
"""Values of one tensor that a node may make by its sizes alone."""


@dataclass
class Op:
    """A node, before it runs.

    Attributes:
        version: the opset that its model was written for.
        given: which of its inputs there are.
        constants: those of its inputs that are constant.
        wanted: which of its outputs somebody reads.
        folds_padding: to be set where the padding that it does is a part of the convolution.
        derived: inputs in another form, as torch takes them, by their place.
        parts: constants that take the place of an input, and stand behind all inputs, by their names.
    """

    name: str
    version: int
    attributes: Mapping[str, Any]
    given: Sequence[bool] = ()
    constants: Sequence[Tensor | None] = ()
    wanted: Sequence[bool] = (True,)
    folds_padding: bool = False
    derived: dict[int, Tensor] = field(default_factory=dict)
    parts: dict[str, tuple[int | None, Tensor]] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attributes.get(name, default)

    def has(self, place: int) -> bool:
        """Whether there is that input."""
        return place < len(self.given) and self.given[place]

    def constant(self, place: int) -> Tensor | None:
        """That input where it is constant, as torch takes it."""
        if place in self.derived:
            return self.derived[place]
        return self.constants[place] if place < len(self.constants) else None

    def wants(self, place: int) -> bool:
        """Whether somebody reads that output."""
        return place < len(self.wanted) and self.wanted[place]

    def derive(self, place: int, change: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        """Bring an input into another form: now, where it is constant; else what is to be done when it is there."""
        found = self.constant(place)
        if found is None:
            return change
        self.derived[place] = change(found).contiguous()
        return _as_it_is

    def part(self, place: int | None, name: str, tensor: Tensor) -> None:
        """Give a constant of its own in place of an input, or of an attribute."""
        self.parts[name] = (place, tensor.contiguous())


def _as_it_is(x: Tensor) -> Tensor:
    return x


Maker = Callable[[Op], Run]
"""Of a table: from a node to the calls that do the same."""


def plain(function: Run) -> Maker:
    """For a node without attributes."""

    def make(op: Op) -> Run:
        del op
        return function

    return make


def ints(tensor: Tensor | None) -> list[int] | None:
    """The whole numbers in a tensor; None where there is none."""
    return None if tensor is None else list(_flat(tensor.tolist()))


def _flat(value: Any) -> Iterator[int]:
    if isinstance(value, list):
        for inner in value:
            yield from _flat(inner)
    else:
        yield int(value)


def as_type(x: Tensor, dtype: torch.dtype) -> Tensor:
    """The same numbers in this type; nothing is done where they have it."""
    return x if x.dtype == dtype else x.to(dtype)


def listed(tensor: Tensor | None) -> list[int]:
    """The whole numbers in a tensor that must be there."""
    found = ints(tensor)
    if found is None:
        raise InputError("an input that it must have is missing")
    return found


def room(*sizes: int) -> None:
    """Raise where a tensor of these sizes would be larger than any that is explained.

    Raises:
        InputError: it is.
    """
    count = 1
    for size in sizes:
        count *= max(int(size), 0)
    if count > MOST:
        raise InputError(f"it asks for {count:,} values in one tensor; at most {MOST:,} are explained")


def room_for(*tensors: Tensor) -> None:
    """Raise where tensors that are repeated to one shape would be too large.

    Raises:
        InputError: they would.
    """
    room(*shape_of_all(*(tensor.shape for tensor in tensors)))


def shape_of_all(*shapes: Sequence[int]) -> Sequence[int]:
    """The shape to which tensors of these are repeated."""
    return np.broadcast_shapes(*map(tuple, shapes))  # torch's own imports all of SymPy
