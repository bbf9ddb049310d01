"""An encoder and decoder in TensorFlow's vocabulary, [N, H, W, C]: grouped, dilated and transposed convolutions."""

import torch
from torch import Tensor, nn

from fivebyfive import ops


class HeightWidthChannels(nn.Module):
    layout = "NHWC"

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Parameter(torch.randn(3, 3, 3, 4) * 0.3)
        self.depthwise = nn.Parameter(torch.randn(3, 2, 1, 8) * 0.4)
        self.dilated = nn.Parameter(torch.randn(3, 3, 8, 4) * 0.2)
        self.up = nn.Parameter(torch.randn(3, 3, 2, 4) * 0.3)
        self.scale, self.offset = nn.Parameter(torch.rand(8) + 0.5), nn.Parameter(torch.randn(8) * 0.3)
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.randn(8) * 0.2)
        self.register_buffer("variance", torch.rand(8) + 0.3)

    def forward(self, x: Tensor) -> Tensor:
        x = ops.relu(ops.conv2d(x, self.stem, strides=[1, 2, 2, 1], padding="SAME"))
        x = ops.conv2d(x, self.depthwise, 1, "SAME")
        x = ops.batch_normalization(x, self.mean, self.variance, self.offset, self.scale, 1e-3)
        x = ops.avg_pool(x, 3, 1, "SAME")
        x = ops.conv2d(x, self.dilated, 1, "SAME", dilations=2)
        x = ops.conv2d_transpose(x, self.up, [1, 12, 11, 2], [1, 2, 2, 1], "SAME")
        x = ops.max_pool(x, 3, 2, "SAME")
        return x.mean((1, 2))
