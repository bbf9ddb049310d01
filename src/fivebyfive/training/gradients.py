"""Gradients of processes of one machine, added up in memory that all of them see.

Each process lays its gradients there, each adds up a part of them, and all learn by the sums where they lie. It is what
`DistributedDataParallel` does between devices and machines, where sending is slow and is done while the way back goes
on; processors have no time to spare then, and less to copy.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from fivebyfive.neighbours import Neighbours


class Gradients:
    """The gradients of `parameters`, which all processes have alike."""

    def __init__(self, neighbours: Neighbours, parameters: Sequence[Tensor]) -> None:
        self._neighbours, self._parameters = neighbours, parameters
        kinds = dict.fromkeys(p.dtype for p in parameters)
        self._kinds = [_Kind(neighbours, [p for p in parameters if p.dtype == dtype]) for dtype in kinds]

    @torch.no_grad()
    def average(self) -> None:
        """Make each gradient the mean of all processes'; one that no process has stays none."""
        for kind in self._kinds:
            kind.lay_out()
        said = self._neighbours.words(bytes(p.grad is not None for p in self._parameters))
        for kind in self._kinds:
            kind.sum_part()
        self._neighbours.meet()
        used = {p for p, *has in zip(self._parameters, *said, strict=True) if any(has)}
        for kind in self._kinds:
            kind.take(used)


class _Kind:
    """The gradients of one type of number."""

    def __init__(self, neighbours: Neighbours, parameters: Sequence[Tensor]) -> None:
        count, dtype = sum(p.numel() for p in parameters), parameters[0].dtype
        self._parameters, self._share = parameters, 1.0 / neighbours.size
        given = [neighbours.memory(count, dtype) for _ in range(neighbours.size)]
        sums = neighbours.memory(count, dtype)
        rank, size = neighbours.rank, neighbours.size
        part = slice(rank * count // size, (rank + 1) * count // size)
        self._mine, self._sums = list(views(given[rank], parameters)), list(views(sums, parameters))
        self._parts, self._summed = [flat[part] for flat in given], sums[part]

    def lay_out(self) -> None:
        """Show the others this process's."""
        for parameter, place in zip(self._parameters, self._mine, strict=True):
            if parameter.grad is None:
                place.zero_()
            else:
                torch.mul(parameter.grad, self._share, out=place)

    def sum_part(self) -> None:
        """Add up this process's part, in the order of the ranks."""
        torch.add(self._parts[0], self._parts[1], out=self._summed)
        for part in self._parts[2:]:
            self._summed.add_(part)

    def take(self, used: set[Tensor]) -> None:
        """Make the sums the gradients of those that are used."""
        for parameter, total in zip(self._parameters, self._sums, strict=True):
            if parameter in used:
                parameter.grad = total


def views(flat: Tensor, like: Sequence[Tensor]) -> Iterator[Tensor]:
    """`flat` in pieces that lie in memory as the tensors `like` do."""
    start = 0
    for tensor in like:
        strides = torch.empty_like(tensor, device="meta").stride()
        yield flat.as_strided(tensor.shape, strides, flat.storage_offset() + start)
        start += tensor.numel()
