"""The pictures of each step: picked out of memory, or fetched ahead of time while the network learns.

Which pictures a step takes follows from seed and step alone (`batches.py`); where they come from changes nothing of
that. From a file of the cache a thread fetches them; what has to be decoded is decoded by processes.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.datasets.decoded import fetched
from fivebyfive.datasets.lazy import Lazy
from fivebyfive.group import current
from fivebyfive.training.batches import Batches

Pixels = npt.NDArray[np.uint8]
Feed = Callable[[Tensor], Tensor]
"""Gives the pictures, uint8 [n, H, W, C], of the next step; it is told which they are."""

AHEAD, DECODED_AHEAD = 3, 2
"""Batches that are fetched while a network learns; of each process, where they are decoded."""


def feed(pixels: Pixels, batches: Batches, steps: range) -> Feed:
    """What gives each of `steps` its pictures, one step after the other.

    What works ahead of time ends when what is returned here is not used any more.

    Raises:
        InputError: a picture cannot be read.
        Failure: a process that decodes pictures was killed.
    """
    if not isinstance(pixels, Lazy):
        held = torch.from_numpy(pixels)
        return lambda chosen: held.index_select(0, chosen)
    fetched = _decoded(pixels, batches, steps) if pixels.rows.ahead else _read(pixels, batches, steps)
    return lambda _chosen: torch.from_numpy(next(fetched))


def _read(pixels: Lazy, batches: Batches, steps: range) -> Iterator[Pixels]:
    """By a thread, AHEAD batches ahead."""
    with ThreadPoolExecutor(1) as thread:
        waiting: deque[Future[Pixels]] = deque()
        for step in steps:
            waiting.append(thread.submit(pixels.__getitem__, batches[step].numpy()))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _decoded(pixels: Lazy, batches: Batches, steps: range) -> Iterator[Pixels]:
    """By processes, each of which has a batch to do and one done."""
    return fetched(pixels, _Steps(batches, steps), DECODED_AHEAD, current().local_size)


class _Steps:
    """The indices of each of `steps`, as PyTorch's data loader wants them."""

    def __init__(self, batches: Batches, steps: range) -> None:
        self._batches, self._steps = batches, steps

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[list[int]]:
        return (self._batches[step].tolist() for step in self._steps)
