"""Detours: values that leave PyTorch, for NumPy or for plain Python, and come back as constants.

What is done with them outside cannot be watched. That they left is seen, as a call that gives no tensor; that they are
back is a guess: a tensor that nobody made and that is no part of the network, or the very number that was read.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from torch import Tensor, nn

from fivebyfive.explain.given import leaves
from fivebyfive.explain.kind import names
from fivebyfive.explain.step import Step

_LEAVES = names("numpy array tolist item float data_ptr dlpack storage untyped_storage")
_MADE = names("tensor as_tensor asarray scalar_tensor frombuffer from_numpy from_dlpack")


class Detours:
    """Which steps' values have left, and which steps took something that may be them.

    Args:
        network: its parameters, buffers and tensors that it keeps as plain attributes are no detours.
    """

    def __init__(self, network: nn.Module) -> None:
        self._own = {id(tensor) for tensor in [*network.parameters(), *network.buffers()]}
        kept = (leaves(vars(module)) for module in network.modules())
        self._own |= {id(value) for values in kept for value in values if isinstance(value, Tensor)}
        self._left: dict[str, str] = {}
        self._read: dict[float, str] = {}
        self._back: dict[int, str] = {}

    @property
    def taken(self) -> bool:
        """Whether anything has left at all."""
        return bool(self._left or self._read)

    def leave(self, op: str, steps: Iterable[Step], result: Any) -> None:
        """Note a call that gives no tensor."""
        if op not in _LEAVES:
            return
        for step in steps:
            if op in ("item", "float"):
                self._read |= {
                    float(n): step.name for n in leaves(result) if isinstance(n, float) and not n.is_integer()
                }
            else:
                self._left[step.name] = op

    def came(self, op: str, steps: Sequence[Step], constants: Sequence[Tensor], arguments: Any) -> None:
        """Note the steps of a call that took something from outside."""
        said = [f"A number is read from {self._read[value]} and comes back as a constant"
                for value in leaves(arguments) if isinstance(value, float) and value in self._read]  # fmt: skip
        outside = any(id(tensor) not in self._own for tensor in constants)
        if self._left and (outside or (op in _MADE and not any(step.origins for step in steps))):
            name, way = next(reversed(self._left.items()))
            said.append(f"Values of {name} leave PyTorch ({way}) and seem to come back as constants")
        if said:
            self._back |= {step.index: said[-1] for step in steps}

    def remarks(self, used: Iterable[int]) -> Iterator[str]:
        """What is to be said of them.

        Args:
            used: the steps that lead to an output.
        """
        for left in dict.fromkeys(self._back[index] for index in sorted(used) if index in self._back):
            yield f"{left}: what the answer owes to the image on this way is not followed."
