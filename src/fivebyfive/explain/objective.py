"""What the way back starts from: one number, the loss, of what the network gave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.class_names import index_of_class
from fivebyfive.explain.given import named_tensors
from fivebyfive.outputs import as_logits, kind_of

Label = int | str
"""A class, by its index or its name."""


@dataclass(frozen=True)
class Objective:
    """Which number is made small: how far the answer is from a label, or a loss of the user's own.

    Attributes:
        label: the right class, or one for each picture of a batch; None with a loss of the user's.
        loss: from what the network returned to a tensor of one number; None: the cross-entropy with the label.
        classes: the labels' names; None: their numbers.
        outputs: what the network gives, one of `outputs.KINDS`; None: found by looking.
    """

    label: Label | Sequence[Label] | None = None
    loss: Callable[[Any], Tensor] | None = None
    classes: Sequence[str] | None = None
    outputs: str | None = None

    @property
    def pictures(self) -> int | None:
        """How many labels there are, in a batch; None for one alone."""
        return len(self.label) if _is_several(self.label) else None  # type: ignore[arg-type]

    def __call__(self, result: Any) -> Tensor:
        """The loss of what the network returned, a scalar.

        Raises:
            InputError: there is no such label, the answer is no list of classes, or the loss is no single number.
        """
        found = self.loss(result) if self.loss is not None else self._cross_entropy(result)
        if not isinstance(found, Tensor) or found.numel() != 1 or not found.is_floating_point():
            shape = f"a tensor {list(found.shape)}" if isinstance(found, Tensor) else f"a {type(found).__name__}"
            raise InputError(f"the loss is {shape}; a tensor of one number was expected, such as a mean")
        return found

    def named(self, labels: Sequence[str]) -> str:
        """The right class, or classes, by the names that `labels` gives them; "" with a loss of the user's own."""
        if self.label is None:
            return ""
        several: Sequence[Any] = self.label if _is_several(self.label) else [self.label]  # type: ignore[assignment]
        return ", ".join(labels[self._index(one, len(labels))] if labels else str(one) for one in several)

    def _cross_entropy(self, result: Any) -> Tensor:
        tensors = named_tensors(result)
        given = tensors[0][1] if tensors else None
        labels = self.label if _is_several(self.label) else [self.label]
        count = len(labels)  # type: ignore[arg-type]
        is_list = given is not None and given.dim() and given.numel() == count * given.shape[-1]
        if given is None or not given.is_floating_point() or not is_list:
            raise InputError("the network's answer is no list of classes, so no label fits it; give loss=, a function")
        rows = given.reshape(count, -1) if given.dim() != 2 else given
        if rows.shape[1] < 2:
            raise InputError("the network gives one number a picture, so no label fits it; give loss=, a function")
        with torch._C.DisableTorchFunction():  # what is asked for is no step of the network
            target = torch.tensor([self._index(label, rows.shape[1]) for label in labels], device=rows.device)  # type: ignore[union-attr]
            kind = self.outputs or kind_of(rows)
        return F.cross_entropy(as_logits(rows, kind), target)

    def _index(self, label: Any, count: int) -> int:
        return index_of_class(label, self.classes, count, "label ")


def _is_several(label: Any) -> bool:
    return (isinstance(label, Sequence) and not isinstance(label, str)) or (
        isinstance(label, Tensor) and label.dim() == 1
    )
