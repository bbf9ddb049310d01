"""He's initial weights, which keep values as large on their way through the layers as they were at first.

N(0, 1), the post's choice, makes them larger in every layer, by the root of half its inputs: the first losses are in
the thousands, and the first steps do little but bring them down.

Source: K. He et al., Delving Deep into Rectifiers, 2015, https://arxiv.org/abs/1502.01852
"""

import torch
from torch import nn


def he(network: nn.Module) -> None:
    """Draw the weights of a network in the post's vocabulary from N(0, 2 / inputs) and set its biases to zero.

    Other modules keep theirs: PyTorch's layers are scaled from the start.
    """
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            kind = name.split(".")[-2:-1]
            if kind == ["weights"]:  # [..., inputs, outputs]
                parameter.normal_(0.0, (2.0 * parameter.shape[-1] / parameter.numel()) ** 0.5)
            elif kind == ["biases"]:
                parameter.zero_()
