"""Convolutions, each followed by batch normalization: five make 24×24 to 4×4 and 24 maps to 96."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.ops import dropout

FILTERS = (24, 48, 64, 80, 96)


class Deep(nn.Module):
    """Convolutions, the first one pooled → every place of every feature map, weighted → classes.

    Args:
        height, width, channels: of the picture; what is too small for so many layers, by default than 22×22, is padded.
        classes: how many outputs.
        keep_prob: the probability to keep a value in dropout, while training.
        window: rows and columns of the first convolution's filters; all others have 3×3.
        filters: how many each convolution has.
    """

    layout = "channels_last"

    def __init__(
        self,
        height: int = 28,
        width: int = 28,
        channels: int = 1,
        classes: int = 10,
        keep_prob: float = 0.75,
        window: int = 5,
        filters: Sequence[int] = FILTERS,
    ) -> None:
        super().__init__()
        self.keep_prob = keep_prob
        lost, lost_later = window - 1, 2 * (len(filters) - 1)
        smallest = lost + 2 * (lost_later + 1)
        self.margin = max(0, math.ceil((smallest - min(height, width)) / 2))
        rows, columns = ((side + 2 * self.margin - lost) // 2 - lost_later for side in (height, width))
        self.large = convolution(channels, filters[0], window, pool=True)
        self.small = nn.Sequential(*[convolution(before, after) for before, after in pairwise(filters)])
        self.output = nn.Linear(filters[-1] * rows * columns, classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a fifth faster on processors

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, height, width] floats in [0, 1] → logits [N, classes]."""
        x = F.pad(x, [self.margin] * 4) if self.margin else x
        x = self.large(x)
        x = self.small(x)
        x = dropout(x.flatten(1), self.keep_prob) if self.training else x.flatten(1)
        logits: Tensor = self.output(x)
        return logits


def convolution(inputs: int, outputs: int, window: int = 3, pool: bool = False) -> nn.Sequential:
    """A convolution without padding, pooling by 2 where it is asked for, normalization and ReLU.

    Pooling comes first: what follows then has a quarter of the values to go through.
    """
    convolved: list[nn.Module] = [nn.Conv2d(inputs, outputs, window, bias=False)]
    return nn.Sequential(*convolved, *[nn.MaxPool2d(2)] * pool, nn.BatchNorm2d(outputs), nn.ReLU())
