"""A tensor whose memory was overwritten through other tensors: which of its values are whose, as a call of its own."""

from collections.abc import Sequence

import torch
from torch import Tensor

from fivebyfive.explain.held import plain
from fivebyfive.explain.step import Call, Step


def overwriting(tensor: Tensor, before: Step, changes: Sequence[tuple[Tensor, Step]]) -> Call:
    """How `tensor` came to be what it is: as `before` made it, with each of the changes written over it, in order."""
    try:
        places = [_places(plain(tensor), plain(other)) for other, _ in changes]
    except RuntimeError:  # memory that cannot be looked at
        return Call(None)
    pairs = [value for (_, step), place in zip(changes, places, strict=True) for value in (step, place)]
    return Call(overwritten, (before, *pairs))


def overwritten(before: Tensor, *changes: Tensor) -> Tensor:
    """`before` with values of others in some of its places.

    Args:
        changes: by turns the other tensor, and for each place which of its values stands there; -1 for none.
    """
    result = before
    for values, places in zip(changes[::2], changes[1::2], strict=True):
        result = torch.where(places >= 0, values.reshape(-1)[places.clamp_min(0)], result)
    return result


def _places(tensor: Tensor, other: Tensor) -> Tensor:
    """For each place of `tensor` which value of `other` is the same piece of memory; -1 for none."""
    if tensor.dtype != other.dtype:
        raise RuntimeError("the same memory, read in two ways")
    memory = torch.full((tensor.untyped_storage().nbytes() // tensor.element_size(),), -1)
    numbered = torch.arange(other.numel()).view(other.shape)
    memory.as_strided(other.shape, other.stride(), other.storage_offset()).copy_(numbered)
    return memory.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset()).clone()
