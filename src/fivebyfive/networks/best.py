"""A network made for accuracy: three columns, networks of five, six and seven convolutions, that answer together.

Each learns by itself, from changed pictures of its own. As they make different mistakes, together they read better
than one of them alone, and those that differ in depth make more different ones than those that only started from
different weights. Each reads the picture twice, the second time moved by a pixel, so that the window of 2×2 of which
pooling keeps the largest takes other pixels together.

Source: D. Cireşan, U. Meier and J. Schmidhuber, Multi-column Deep Neural Networks for Image Classification, 2012,
https://arxiv.org/abs/1202.2745
"""

import torch.nn.functional as F
from torch import Tensor

from fivebyfive.networks.deep import Deep
from fivebyfive.networks.ensemble import Ensemble, mean_logits

COLUMNS = (
    (5, (24, 48, 64, 80, 96)),
    (5, (24, 48, 64, 80, 80, 96)),
    (3, (24, 48, 64, 64, 80, 80, 96)),
)
"""Of each: the side of the first filters, and how many filters each convolution has."""


class Best(Ensemble):
    """A `Deep` for each of `COLUMNS`; arguments as there."""

    def __init__(
        self, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10, keep_prob: float = 0.75
    ) -> None:
        super().__init__([Deep(height, width, channels, classes, keep_prob, *column) for column in COLUMNS])

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, height, width] floats in [0, 1] → logits [N, classes]."""
        moved = F.pad(x, (-1, 1, -1, 1))
        return mean_logits([column(seen) for seen in (x, moved) for column in self.members])

    fused = forward
