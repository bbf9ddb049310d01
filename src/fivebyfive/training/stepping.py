"""A step's images go through a network and back: changed as the recipe says, in parts, coarse where that is quicker."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from fivebyfive import causes
from fivebyfive.group import current
from fivebyfive.networks import as_input
from fivebyfive.outputs import as_logits
from fivebyfive.training import photographs
from fivebyfive.training.augmentation import augmented
from fivebyfive.training.distributed import Share
from fivebyfive.training.loss import loss_of
from fivebyfive.training.recipe import Recipe

AT_ONCE = 1 << 20
"""Values of pictures that go through a network on a processor together, where a recipe leaves that open: seven of
224×224 in colours, and half a gigabyte of what EfficientNet-Lite0 keeps of them for the way back."""


class Stepper:
    """One network that learns.

    Args:
        share: this process's share of every batch.
        outputs: what the network gives, one of `outputs.KINDS`.
        weights: what a picture of each class counts, as in `loss_of`.
    """

    def __init__(
        self, network: nn.Module, share: Share, recipe: Recipe, outputs: str, weights: Tensor | None = None
    ) -> None:
        self.network, self.share, self.recipe, self.outputs = network, share, recipe, outputs
        self._weights = weights
        self._forward = share.learner(network)

    def learn(self, pictures: Tensor, labels: Tensor, draws: photographs.Draws | None, step: int) -> Tensor:
        """Add to each weight of the network its gradient of the mean loss over a batch, and return that loss, as
        `Share.of_whole` has it.

        Args:
            pictures: bytes [N, H, W, C], this process's of the batch.
            labels: [N].
            draws: what happens to each of them, if they are changed as photographs are.
            step: counted from 1, for errors.
        """
        recipe, kind = self.recipe, labels.device.type
        coarse = recipe.precision == "bfloat16" or (recipe.precision == "auto" and kind == "cuda")
        pieces, total = self._pieces(pictures, kind), torch.zeros((), device=labels.device)
        for part in parts(len(labels), pieces):
            some = draws[part] if draws is not None else None
            x = as_input(_changed(pictures[part], some, recipe), self.network)
            with causes.told(f"{type(self.network).__name__} cannot be trained: in step {step} its code raised"):
                with torch.autocast(kind, torch.bfloat16, enabled=coarse):
                    logits = as_logits(self._forward(x), self.outputs)
                    y = labels[part]
                    if some is not None and recipe.mixing:
                        y = photographs.wanted(y, logits.shape[1], some)
                    loss = self.share.of_whole(loss_of(logits, y, recipe, self._weights))
                if pieces > 1:
                    loss = loss * (len(y) / len(labels))
                loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        return total

    def _pieces(self, pictures: Tensor, kind: str) -> int:
        """In how many parts a batch goes through the network: as many in every process, for all wait for one another
        in each.
        """
        recipe, processes = self.recipe, current().size
        largest = recipe.batch_size // (2 * processes)
        if recipe.accumulate or kind == "cuda":
            return min(recipe.accumulate or 1, max(1, largest))
        values = recipe.batch_size * pictures[0].numel() * recipe.resolution**2 / processes
        return max(1, min(math.ceil(values / AT_ONCE), largest))


def parts(count: int, pieces: int) -> list[slice]:
    """A batch of `count` images in so many parts, no more than it has pairs; neighbours, which may be mixed, stay
    together.
    """
    pairs = count // 2
    pieces = max(1, min(pieces, pairs))
    cuts = [2 * (pairs * n // pieces) for n in range(pieces)] + [count]
    return [slice(start, stop) for start, stop in pairwise(cuts)]


def _changed(pictures: Tensor, draws: photographs.Draws | None, recipe: Recipe) -> Tensor:
    """`pictures` as a photograph's, then as a digit's may be changed; themselves where the recipe changes nothing."""
    if draws is not None:
        pictures = photographs.changed(pictures, draws, recipe)
    return augmented(pictures, recipe) if recipe.augments() else pictures
