"""The post's convolutional network: five kinds of layers that read a handwritten digit.

Top to bottom as in the program that the post explains; `ConvNet` below makes an ordinary ``nn.Module`` of it.
"""

from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from fivebyfive import ops
from fivebyfive.networks import fast

Values = Mapping[str, Tensor] | nn.ParameterDict


def conv2d(x: Tensor, W: Tensor, b: Tensor, strides: int = 1) -> Tensor:
    # Convolution, with bias and ReLU activation
    x = ops.conv2d(x, W, strides=[1, strides, strides, 1], padding="SAME")
    x = ops.bias_add(x, b)
    return ops.relu(x)


def maxpool2d(x: Tensor, k: int = 2) -> Tensor:
    # Max pooling; the window is as large as its step
    return ops.max_pool(x, ksize=[1, k, k, 1], strides=[1, k, k, 1], padding="SAME")


def conv_net(
    x: Tensor, weights: Values, biases: Values, dropout: float, height: int = 28, width: int = 28, channels: int = 1
) -> Tensor:
    # Reshape the list of pixels to a picture
    x = ops.reshape(x, shape=[-1, height, width, channels])

    # Convolution layer
    conv1 = conv2d(x, weights["wc1"], biases["bc1"])
    # Max pooling (down-sampling)
    conv1 = maxpool2d(conv1, k=2)

    # Convolution layer
    conv2 = conv2d(conv1, weights["wc2"], biases["bc2"])
    # Max pooling (down-sampling)
    conv2 = maxpool2d(conv2, k=2)

    # Reshape conv2's output to fit the fully connected layer's input
    fc1 = ops.reshape(conv2, [-1, weights["wd1"].shape[0]])
    # Fully connected layer
    fc1 = ops.add(ops.matmul(fc1, weights["wd1"]), biases["bd1"])
    fc1 = ops.relu(fc1)
    # Apply dropout
    fc1 = ops.dropout(fc1, dropout)

    # Output, class prediction
    out = ops.add(ops.matmul(fc1, weights["out"]), biases["out"])
    return out


class ConvNet(nn.Module):
    """`conv_net` with its weights and biases: trains, saves and loads like any module.

    Args:
        height, width, channels: of the picture; the post's is 28×28×1.
        classes: how many outputs.
        keep_prob: the probability to keep a unit in dropout, while training.

    Weights and biases are drawn from N(0, 1), as in the post.
    """

    layout = "flat"

    def __init__(
        self, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10, keep_prob: float = 0.75
    ) -> None:
        super().__init__()
        self.height, self.width, self.channels, self.keep_prob = height, width, channels, keep_prob
        quarter = -(-height // 4) * -(-width // 4)  # what two poolings by 2 leave of the picture
        self.weights = nn.ParameterDict(
            OrderedDict(
                {  # a plain dictionary would be sorted by name; the output layer comes last
                    # 5×5 convolution, 1 input, 32 outputs
                    "wc1": torch.randn([5, 5, channels, 32]),
                    # 5×5 convolution, 32 inputs, 64 outputs
                    "wc2": torch.randn([5, 5, 32, 64]),
                    # fully connected, 7·7·64 inputs, 1024 outputs
                    "wd1": torch.randn([quarter * 64, 1024]),
                    # 1024 inputs, 10 outputs (class prediction)
                    "out": torch.randn([1024, classes]),
                }
            )
        )
        self.biases = nn.ParameterDict(
            {
                "bc1": torch.randn([32]),
                "bc2": torch.randn([64]),
                "bd1": torch.randn([1024]),
                "out": torch.randn([classes]),
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        """[N, height·width·channels] floats in [0, 1] → logits [N, classes]."""
        dropout = self.keep_prob if self.training else 1.0
        return conv_net(x, self.weights, self.biases, dropout, self.height, self.width, self.channels)

    def fused(self, x: Tensor) -> Tensor:
        """The same function arranged for speed, for training and evaluation: see `fast.py`."""
        # Frequencies need every bit of float32; and pixels get no gradient from the fast way.
        if torch.is_autocast_enabled(x.device.type) or x.requires_grad:
            return self.forward(x)
        dropout = self.keep_prob if self.training else 1.0
        return fast.conv_net(x, self.weights, self.biases, dropout, self.height, self.width, self.channels)
