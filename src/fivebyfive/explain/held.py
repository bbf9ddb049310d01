"""Who holds what: the steps by the tensors that they made, and by the pieces of memory that these look at.

An operation in place overwrites memory that earlier steps look at; before it does, their outputs are copied.
"""

import torch
from torch import Tensor

from fivebyfive.explain.step import Step


class Held:
    """Finds a tensor's step by the tensor's identity, and keeps both alive.

    ``_holders`` are the steps whose outputs look at a piece of memory, ``_written`` those that overwrote it, in order.
    """

    def __init__(self) -> None:
        self._made: dict[int, tuple[Tensor, Step]] = {}
        self._holders: dict[int, list[Step]] = {}
        self._written: dict[int, list[tuple[Tensor, Step]]] = {}

    def add(self, tensor: Tensor, step: Step) -> bool:
        """Remember what `step` made; whether it looks at memory that no step looked at before."""
        self._made[id(tensor)] = (tensor, step)
        holders = self._holders.setdefault(storage(tensor), [])
        holders.append(step)
        return len(holders) == 1

    def write(self, tensor: Tensor, step: Step) -> None:
        """Remember that `step` overwrote the memory of `tensor`."""
        self._written.setdefault(storage(tensor), []).append((tensor, step))

    def protect(self, tensor: Tensor) -> None:
        """Copy what was recorded of `tensor`'s memory, which the next call overwrites: each look at it once."""
        copies: dict[tuple[object, ...], Tensor] = {}
        for step in self._holders.pop(storage(tensor), ()):
            seen = step.output
            plain_memory = seen.layout == torch.strided and not seen.is_nested
            look = (seen.dtype, seen.shape, seen.storage_offset(), seen.stride()) if plain_memory else (step.index,)
            if look not in copies:
                copies[look] = seen.clone()
            step.output = copies[look]

    def maker(self, tensor: Tensor) -> Step | None:
        """The step that made this very Python object."""
        found = self._made.get(id(tensor))
        return None if found is None else found[1]

    def alias(self, tensor: Tensor) -> Step | None:
        """The newest step whose output is this very memory in this very shape, under another Python object."""
        tensor = plain(tensor)
        for step in reversed(self._holders.get(storage(tensor), ())):
            same = step.output.data_ptr() == tensor.data_ptr() and step.output.stride() == tensor.stride()
            if same and step.output.shape == tensor.shape:
                return step
        return None

    def overwriters(self, tensor: Tensor, maker: Step) -> list[tuple[Tensor, Step]]:
        """What overwrote `tensor`'s memory through other tensors, after `maker` made it: each tensor with its step."""
        written = self._written.get(storage(tensor), ())
        return [(other, step) for other, step in written if step.index > maker.index and other is not tensor]

    def forget(self) -> None:
        """Let the tensors go."""
        self._made.clear()


def plain(tensor: Tensor) -> Tensor:
    """The tensor inside the wrappers of ``torch.func``, with all its dimensions."""
    while torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        tensor = torch._C._functorch.get_unwrapped(tensor)
    return tensor


def storage(tensor: Tensor) -> int:
    """The address of the memory that `tensor` looks at; its own identity where it has none."""
    own = plain(tensor)
    try:
        address = own.data_ptr()
        return int(address - own.storage_offset() * own.element_size()) if address else id(tensor)
    except (NotImplementedError, RuntimeError):
        return id(tensor)
