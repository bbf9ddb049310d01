"""A network made for speed: fixed stroke detectors, one convolution, one hidden layer, and few multiplications.

Nearly every network's first layer learns to see edges and lines in a few directions. This one is given them: nothing is
learned there, so nothing has to be carried back to it either, which is most of the work of a step.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

DIRECTIONS = 4
WINDOW = 5
SMALLEST = 15
"""Pixels a side that the layers need."""


class Quick(nn.Module):
    """Strokes → convolution → pooling → hidden layer → classes.

    Args:
        height, width, channels: of the picture; what is smaller than 15×15 is padded.
        classes: how many outputs.
    """

    layout = "channels_last"
    strokes: Tensor

    def __init__(self, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10) -> None:
        super().__init__()
        # MNIST's digits keep clear of the edge: two pixels on each side are cut off.
        self.margin = max(-2, math.ceil((SMALLEST - min(height, width)) / 2))
        rows, columns = ((side + 2 * self.margin - WINDOW) // 2 + 1 for side in (height, width))
        rows, columns = (rows - 2) // 2, (columns - 2) // 2
        self.register_buffer("strokes", stroke_detectors().repeat(channels, 1, 1, 1), persistent=False)
        self.convolution = nn.Conv2d(2 * DIRECTIONS * channels, 32, 3, bias=False)
        self.norm = nn.BatchNorm2d(32)
        self.hidden = nn.Linear(rows * columns * 32, 128, bias=False)
        self.hidden_norm = nn.BatchNorm1d(128)
        self.output = nn.Linear(128, classes)

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, height, width] floats in [0, 1] → logits [N, classes]."""
        x = F.pad(x, [self.margin] * 4)
        # Each channel's strokes, at every second pixel
        x = F.relu(F.conv2d(x, self.strokes, stride=2, groups=x.shape[1]))
        x = F.max_pool2d(self.convolution(x), 2)
        x = F.relu(self.norm(x))
        # A list of values, position by position
        x = x.permute(0, 2, 3, 1).flatten(1)
        x = F.relu(self.hidden_norm(self.hidden(x)))
        logits: Tensor = self.output(x)
        return logits


def stroke_detectors() -> Tensor:
    """Filters [8, 1, 5, 5]: an edge in each of four directions, and a line in each of four; each of length 1.

    First and second derivative of a Gaussian along a direction.

    Source: W. Freeman and E. Adelson, The Design and Use of Steerable Filters, 1991.
    """
    reach = torch.arange(WINDOW, device="cpu") - (WINDOW - 1) / 2  # plain values, also where weights are only planned
    y, x = torch.meshgrid(reach, reach, indexing="ij")
    bell = torch.exp(-(x**2 + y**2) / (2 * 1.3**2))
    filters = []
    for around in (2 * math.pi, math.pi):  # an edge has a bright side, a line looks the same from both
        for direction in range(DIRECTIONS):
            angle = around * direction / DIRECTIONS
            across = x * math.cos(angle) + y * math.sin(angle)
            values = bell * (across if around > math.pi else 1 - across**2)
            filters.append(F.normalize((values - values.mean()).flatten(), dim=0).view(1, WINDOW, WINDOW))
    return torch.stack(filters)
