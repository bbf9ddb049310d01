"""Tensors that lie in one memory, one behind the other, and the part of them that is a process's."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

ALIGNED = 64
"""Numbers of a tensor that are not parted: the processor takes some at a time, and rounds what is left over in another
way."""


def dense_strides(tensor: Tensor) -> tuple[int, ...]:
    """Of one with the dimensions of `tensor` in the same order, and no gap between its values."""
    return torch.empty_like(tensor, device="meta").stride()


def values(tensor: Tensor) -> Tensor:
    """Those of a tensor without gaps [its count], in the order that they have in memory."""
    return tensor.as_strided((tensor.numel(),), (1,))


def views(memory: Tensor, like: Sequence[Tensor]) -> Iterator[Tensor]:
    """`memory` in pieces that lie in it as the tensors `like` do."""
    start = 0
    for tensor in like:
        yield memory.as_strided(tensor.shape, dense_strides(tensor), memory.storage_offset() + start)
        start += tensor.numel()


def part(tensors: Sequence[Tensor], rank: int, size: int) -> tuple[int, int]:
    """From where to where in that memory is the part of `rank`, of `size` that are about alike."""
    return _cut(tensors, rank, size), _cut(tensors, rank + 1, size)


def between(tensors: Sequence[Tensor], begin: int, end: int) -> Iterator[tuple[Tensor, slice, slice]]:
    """What of `tensors` is between two places of that memory: which values of which of them, and where they are."""
    start = 0
    for tensor in tensors:
        stop = start + tensor.numel()
        first, last = max(start, begin), min(stop, end)
        if first < last:
            yield tensor, slice(first - start, last - start), slice(first, last)
        start = stop


def _cut(tensors: Sequence[Tensor], number: int, size: int) -> int:
    place = number * sum(t.numel() for t in tensors) // size
    for _, within, _ in between(tensors, place, place + 1):
        return place - int(within.start) % ALIGNED
    return place
