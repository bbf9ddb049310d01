"""A network for photographs of any size: it looks closely at first, and from further and further away.

Convolution after convolution, as in the post; three things are new. A step of 2 halves height and width. What a block
of two convolutions finds is added to what came in, so that it needs to learn only what was missing. And at the end a
feature map becomes one number, its mean over all places: a cat is a cat wherever it sits.

Source: K. He et al., Deep Residual Learning for Image Recognition, 2015, https://arxiv.org/abs/1512.03385
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.ops import dropout

SMALL = 64
"""Pixels a side up to which a picture is looked at pixel by pixel from the start."""


class PhotoNet(nn.Module):
    """Edges → three times: half as large, twice as many maps, and a look at what is there → the maps' means → classes.

    Args:
        height, width, channels: of the picture; the same weights do for other heights and widths.
        classes: how many outputs.
        keep_prob: the probability to keep a map's mean in dropout, while training.
    """

    layout = "channels_last"

    def __init__(
        self, height: int = 224, width: int = 224, channels: int = 3, classes: int = 10, keep_prob: float = 0.8
    ) -> None:
        super().__init__()
        self.keep_prob = keep_prob
        large = min(height, width) > SMALL
        # 5×5 convolution, 32 maps; of a large picture at every second pixel, and then the largest of 2×2
        self.edges = convolution(channels, 32, 5, stride=2 if large else 1)
        self.pool = nn.MaxPool2d(2, ceil_mode=True) if large else nn.Identity()
        # A quarter, an eighth, … of the height and width
        self.textures = nn.Sequential(convolution(32, 64, 3, stride=2), Block(64))
        self.parts = nn.Sequential(convolution(64, 128, 3, stride=2), Block(128))
        self.things = nn.Sequential(convolution(128, 256, 3, stride=2), Block(256))
        # Output, class prediction
        self.output = nn.Linear(256, classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # faster on processors

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, height, width] floats in [0, 1] → logits [N, classes]."""
        # Convolution and pooling
        x = self.edges(x)
        x = self.pool(x)

        # Smaller and smaller, more and more maps
        x = self.textures(x)
        x = self.parts(x)
        x = self.things(x)

        # Each map's mean over all places
        x = x.mean((2, 3))
        # Apply dropout
        x = dropout(x, self.keep_prob) if self.training else x

        # Output, class prediction
        out: Tensor = self.output(x)
        return out


class Block(nn.Module):
    """Two convolutions, whose findings are added to what came in."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.first = convolution(maps, maps, 3)
        self.second = nn.Sequential(nn.Conv2d(maps, maps, 3, padding=1, bias=False), nn.BatchNorm2d(maps))

    def forward(self, x: Tensor) -> Tensor:
        """[N, maps, height, width] → the same."""
        found = self.second(self.first(x))
        return F.relu(x + found)


def convolution(inputs: int, outputs: int, window: int, stride: int = 1) -> nn.Sequential:
    """A convolution that keeps height and width, or a `stride`-th of them; normalization and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, window, stride, padding=window // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )
