"""Down, up again, and across: an output as large as the picture. After Ronneberger et al. 2015, arXiv:1505.04597."""

# mypy: disable-error-code="no-any-return"

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DoubleConv(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm1 = nn.GroupNorm(2, outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.norm2 = nn.InstanceNorm2d(outputs, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(x)))


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1 = DoubleConv(3, 4)
        self.down2 = DoubleConv(4, 8)
        self.middle = DoubleConv(8, 8)
        self.up2 = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.conv2 = DoubleConv(16, 8)
        self.up1 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.conv1 = DoubleConv(12, 4)
        self.out = nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skip1 = self.down1(x)
        skip2 = self.down2(F.max_pool2d(skip1, 2))
        x = self.middle(F.max_pool2d(skip2, 2))
        x = self.up2(x)
        x = self.conv2(torch.cat([x, skip2], dim=1))
        x = self.up1(x)
        if x.shape != skip1.shape:
            x = F.pad(x, [0, skip1.shape[3] - x.shape[3], 0, skip1.shape[2] - x.shape[2]])
        x = self.conv1(torch.cat([x, skip1], dim=1))
        return self.out(x)
