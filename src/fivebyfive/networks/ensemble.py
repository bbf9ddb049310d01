"""Several networks of one kind that answer together: the mean of their probabilities.

Each makes mistakes of its own, and where one is wrong the others are usually right.
"""

import math

import torch
from torch import Tensor, nn

from fivebyfive.networks.fused import fast_forward


class Ensemble(nn.Module):
    """`members` that see the same picture.

    The output is the logarithm of their mean probability, so that softmax gives that mean back.
    """

    def __init__(self, members: list[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.layout = getattr(members[0], "layout", None)

    def forward(self, x: Tensor) -> Tensor:
        """What the members take → [N, classes]."""
        return mean_logits([member(x) for member in self.members])

    def fused(self, x: Tensor) -> Tensor:
        """The same, by each member's own quicker way where it has one."""
        return mean_logits([fast_forward(member)(x) for member in self.members])


def mean_logits(logits: list[Tensor]) -> Tensor:
    """The logarithm of the mean of the probabilities that each of `logits` [N, classes] stands for."""
    return torch.stack([each.log_softmax(1) for each in logits]).logsumexp(0) - math.log(len(logits))
