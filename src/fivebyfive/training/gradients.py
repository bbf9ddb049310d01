"""Gradients of processes of one machine, added up in memory that all of them see.

Each process adds up a part of them: the others lay theirs of that part there, and all learn by the sums where they lie.
It is what `DistributedDataParallel` does between devices and machines, where sending is slow and is done while the way
back goes on; processors have no time to spare then, and less to copy.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from fivebyfive.neighbours import Neighbours
from fivebyfive.training import flat


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
        rank, size = neighbours.rank, neighbours.size
        begin, end = flat.part(parameters, rank, size)
        given = [neighbours.memory(count, dtype) for _ in range(size)]
        sums = neighbours.memory(count, dtype)
        self._parameters, self._totals = parameters, list(flat.views(sums, parameters))
        self._mine = [_Piece(*where, sums) for where in flat.between(parameters, begin, end)]
        self._others = [[given[other][piece.place] for piece in self._mine] for other in range(size) if other != rank]
        theirs = [*flat.between(parameters, 0, begin), *flat.between(parameters, end, count)]
        self._theirs = [_Piece(*where, given[rank]) for where in theirs]
        self._share = 1.0 / size

    def lay_out(self) -> None:
        """Show the others what they add up of this process's."""
        for piece in self._theirs:
            gradient = piece.gradient()
            if gradient is None:
                piece.values.zero_()
            else:
                torch.mul(gradient, self._share, out=piece.values)

    def sum_part(self) -> None:
        """Add up this process's part."""
        first, *others = self._others
        for n, piece in enumerate(self._mine):
            gradient = piece.gradient()
            if gradient is None:
                piece.values.copy_(first[n])
            else:
                torch.add(first[n], gradient, alpha=self._share, out=piece.values)
            for other in others:
                piece.values.add_(other[n])

    def take(self, used: set[Tensor]) -> None:
        """Make the sums the gradients of those that are used."""
        for parameter, total in zip(self._parameters, self._totals, strict=True):
            if parameter in used:
                parameter.grad = total


class _Piece:
    """Some neighbouring numbers of a parameter's gradient.

    Args:
        part: which, in the order that they have in memory.
        place: theirs in `memory`, which holds all parameters' gradients, one behind the other.
    """

    def __init__(self, parameter: Tensor, part: slice, place: slice, memory: Tensor) -> None:
        self._parameter, self._part = parameter, part
        self._strides = flat.dense_strides(parameter)
        self.place, self.values = place, memory[place]

    def gradient(self) -> Tensor | None:
        """As this process has it."""
        gradient = self._parameter.grad
        if gradient is None:
            return None
        if gradient.stride() != self._strides:
            gradient = torch.empty_strided(gradient.shape, self._strides, dtype=gradient.dtype).copy_(gradient)
        return flat.values(gradient)[self._part]
