"""The previous post's network: a multilayer perceptron, 784 → 256 → 256 → 10, with ReLU."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from fivebyfive import ops

Values = Mapping[str, Tensor] | nn.ParameterDict


def multilayer_perceptron(x: Tensor, weights: Values, biases: Values) -> Tensor:
    # Hidden layer with ReLU activation
    layer_1 = ops.add(ops.matmul(x, weights["h1"]), biases["b1"])
    layer_1 = ops.relu(layer_1)
    # Hidden layer with ReLU activation
    layer_2 = ops.add(ops.matmul(layer_1, weights["h2"]), biases["b2"])
    layer_2 = ops.relu(layer_2)
    # Output layer with linear activation
    out_layer = ops.matmul(layer_2, weights["out"]) + biases["out"]
    return out_layer


class Perceptron(nn.Module):
    """`multilayer_perceptron` with its weights and biases, drawn from N(0, 1).

    Args:
        height, width, channels: of the picture, which is read as one list of pixels.
        classes: how many outputs.
    """

    layout = "flat"

    def __init__(self, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10) -> None:
        super().__init__()
        self.weights = nn.ParameterDict(
            {
                "h1": torch.randn([height * width * channels, 256]),
                "h2": torch.randn([256, 256]),
                "out": torch.randn([256, classes]),
            }
        )
        self.biases = nn.ParameterDict(
            {
                "b1": torch.randn([256]),
                "b2": torch.randn([256]),
                "out": torch.randn([classes]),
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        """[N, height·width·channels] floats in [0, 1] → logits [N, classes]."""
        return multilayer_perceptron(x, self.weights, self.biases)
