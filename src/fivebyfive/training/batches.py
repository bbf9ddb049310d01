"""Which images a step takes: the training images, reshuffled each epoch, without a gap between epochs.

A step's batch follows from the seed and the step alone, so training can go on from any step.
"""

import torch
from torch import Tensor


class Batches:
    """The images' indices, epoch after epoch, cut into batches.

    Args:
        images: how many there are.
        size: of a batch.
        seed: of the shuffling.
        part: of every batch, for a process that shares it with others.
    """

    def __init__(self, images: int, size: int, seed: int, part: slice = slice(None)) -> None:
        self.images, self.size, self.seed, self.part = images, size, seed, part
        self._epochs: dict[int, Tensor] = {}

    def __getitem__(self, step: int) -> Tensor:
        """Indices [size], or the part of them, of the batch of `step`, counted from 0."""
        first, last = step * self.size, (step + 1) * self.size
        pieces = []
        while first < last:
            epoch, begin = divmod(first, self.images)
            end = min(self.images, begin + last - first)
            pieces.append(self._order(epoch)[begin:end])
            first += end - begin
        return torch.cat(pieces)[self.part]

    def _order(self, epoch: int) -> Tensor:
        if epoch not in self._epochs:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            self._epochs = {epoch: torch.randperm(self.images, generator=generator)}
        return self._epochs[epoch]
