"""How far the values of a foreign network, as they are computed here, are from those that its own framework gave."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

LOUD = 1e-3
"""A difference, as a share of a tensor's largest value, that is more than rounding."""
SMALLEST = 1e-4
"""What counts as the largest value of a tensor of smaller ones: of x − x there is left only rounding, of any share."""


class Unasked(Exception):
    """A framework cannot run its network here, which is explained all the same; it says why."""


@dataclass(frozen=True)
class Agreement:
    """What comparing all values showed.

    Attributes:
        framework: whose values they were compared with.
        worst: the largest difference, as a share of the largest value of its tensor.
        node: the name of the value where it is; "" where nothing was compared.
        compared: how many values (tensors) were compared, of `values` that there are.
        unasked: why nothing was compared, where the framework could not be asked.
    """

    framework: str
    worst: float = 0.0
    node: str = ""
    compared: int = 0
    values: int = 0
    unasked: str = ""

    def and_of(self, name: str, apart: float | None) -> "Agreement":
        """With one value more, that is `apart` from the framework's own; None where it gave none."""
        if apart is None:
            return replace(self, values=self.values + 1)
        worst, node = (apart, name) if apart > self.worst else (self.worst, self.node or name)
        return replace(self, worst=worst, node=node, compared=self.compared + 1, values=self.values + 1)

    @property
    def good(self) -> bool:
        """Whether the explanation is of the framework's own numbers."""
        return self.worst <= LOUD

    def sentence(self) -> str:
        """What to say of it."""
        if not self.compared:
            return f"Nothing was compared with {self.framework}: {self.unasked or 'it is not here to be asked'}."
        of = "" if self.compared == self.values else f" of {self.values:,}"
        many = "tensor was" if self.values == 1 else "tensors were"
        head = f"{self.compared:,}{of} {many} compared with what {self.framework} computes"
        if self.worst == 0.0:
            return f"{head}: equal, bit for bit."
        said = f"the largest difference is {self.worst:.1e} of a tensor's largest value, in {self.node}"
        if self.good:
            return f"{head}: {said}."
        return f"ATTENTION: {head}, and differ: {said}. What is shown is not what it computes."


def difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference as a share of the largest value; infinite where shape, or what is not finite, differs."""
    if ours.shape != theirs.shape:
        return float("inf")
    if not ours.numel():
        return 0.0
    if ours.dtype == theirs.dtype and ours.dtype in (torch.float32, torch.float64):
        most, apart = (float(torch.linalg.vector_norm(x.detach(), math.inf)) for x in (theirs, ours - theirs))
        if math.isfinite(most) and math.isfinite(apart):
            return apart / max(most, SMALLEST)
    ours, theirs = _wide(ours), _wide(theirs)
    finite = torch.isfinite(theirs)
    if not torch.equal(finite, torch.isfinite(ours)) or not _same_beyond(ours[~finite], theirs[~finite]):
        return float("inf")
    if not bool(finite.any()):
        return 0.0
    apart = float((ours - theirs)[finite].abs().max())
    return apart / max(float(theirs[finite].abs().max()), SMALLEST) if apart else 0.0


def _wide(tensor: Tensor) -> Tensor:
    return tensor.detach().to(torch.complex128 if tensor.is_complex() else torch.float64)


def _same_beyond(ours: Tensor, theirs: Tensor) -> bool:
    """Whether infinities have the same signs, and what is no number is none in both."""
    return bool(((ours == theirs) | (ours.isnan() & theirs.isnan())).all())
