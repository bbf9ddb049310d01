"""A network made for accuracy: seven convolutions with batch normalization, in three sizes of feature maps."""

import torch.nn.functional as F
from torch import Tensor, nn


class Best(nn.Module):
    """Convolutions at full, half and quarter size → mean of every feature map's places, weighted → classes.

    Args:
        height, width, channels: of the picture; 4×4 at least.
        classes: how many outputs.
        keep_prob: the probability to keep a value in dropout, while training.
    """

    def __init__(
        self, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10, keep_prob: float = 0.75
    ) -> None:
        super().__init__()
        self.keep_prob = keep_prob
        self.large = convolution(channels, 24, 5)
        self.middle = nn.Sequential(convolution(24, 48), convolution(48, 48))
        self.small = nn.Sequential(convolution(48, 96), convolution(96, 96), convolution(96, 96))
        self.output = nn.Linear(96 * (height // 4) * (width // 4), classes)

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, height, width] floats in [0, 1] → logits [N, classes]."""
        x = F.max_pool2d(self.large(x), 2)
        x = F.max_pool2d(self.middle(x), 2)
        x = self.small(x)
        x = F.dropout(x.flatten(1), 1.0 - self.keep_prob, self.training)
        logits: Tensor = self.output(x)
        return logits


def convolution(inputs: int, outputs: int, window: int = 3) -> nn.Sequential:
    """A convolution that keeps height and width, with batch normalization and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, window, padding=window // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )
