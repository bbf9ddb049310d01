"""A network made for accuracy: two columns, deep networks that see the same picture and answer together.

Each learns by itself, from changed pictures of its own, and one straightens them first. As they make different
mistakes, together they read better than one of them alone. Each reads the picture twice, the second time moved by a
pixel, so that the window of 2×2 of which pooling keeps the largest takes other pixels together.

Source: D. Cireşan, U. Meier and J. Schmidhuber, Multi-column Deep Neural Networks for Image Classification, 2012,
https://arxiv.org/abs/1202.2745
"""

import torch.nn.functional as F
from torch import Tensor

from fivebyfive.networks.deep import Deep
from fivebyfive.networks.ensemble import Ensemble
from fivebyfive.networks.upright import Upright

COLUMNS = (Deep, Upright)


class Best(Ensemble):
    """`Deep` and `Upright`; arguments as there."""

    def __init__(
        self, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10, keep_prob: float = 0.75
    ) -> None:
        super().__init__([column(height, width, channels, classes, keep_prob) for column in COLUMNS])

    def readings(self, x: Tensor) -> list[Tensor]:
        """The picture, and the picture moved down and to the right by one pixel."""
        return [x, F.pad(x, (1, -1, 1, -1))]
