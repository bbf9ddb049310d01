"""Six convolutions with batch normalization, in three sizes of feature maps."""

import torch
from torch import Tensor, nn

from fivebyfive.ops import dropout


class Deep(nn.Module):
    """Convolutions at nearly full, half and quarter size → every place of every feature map, weighted → classes.

    Args:
        height, width, channels: of the picture; 8×8 at least.
        classes: how many outputs.
        keep_prob: the probability to keep a value in dropout, while training.
    """

    def __init__(
        self, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10, keep_prob: float = 0.75
    ) -> None:
        super().__init__()
        self.keep_prob = keep_prob
        self.large = convolution(channels, 24, 5, pool=True, padding=0)
        self.middle = nn.Sequential(convolution(24, 48), convolution(48, 48, pool=True))
        self.small = nn.Sequential(convolution(48, 96), convolution(96, 96), convolution(96, 96))
        self.output = nn.Linear(96 * ((height - 4) // 4) * ((width - 4) // 4), classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a fifth faster on processors

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, height, width] floats in [0, 1] → logits [N, classes]."""
        x = self.large(x)
        x = self.middle(x)
        x = self.small(x)
        x = dropout(x.flatten(1), self.keep_prob) if self.training else x.flatten(1)
        logits: Tensor = self.output(x)
        return logits


def convolution(inputs: int, outputs: int, window: int = 3, pool: bool = False, padding: int = 1) -> nn.Sequential:
    """A convolution, pooling by 2 where it is asked for, normalization and ReLU.

    Pooling comes first: what follows then has a quarter of the values to go through.
    """
    convolved: list[nn.Module] = [nn.Conv2d(inputs, outputs, window, padding=padding, bias=False)]
    return nn.Sequential(*convolved, *[nn.MaxPool2d(2)] * pool, nn.BatchNorm2d(outputs), nn.ReLU())
