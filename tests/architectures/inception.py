"""Branches of different windows, joined by their channels. After Szegedy et al. 2014, arXiv:1409.4842."""

# mypy: disable-error-code="no-any-return"

import torch
from torch import Tensor, nn


class ConvBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, **options: object) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, bias=False, **options)  # type: ignore[arg-type]
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.bn(x)
        return nn.functional.relu(x, inplace=True)


class Inception(nn.Module):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch1 = ConvBlock(inputs, 4, kernel_size=1)
        self.branch2 = nn.Sequential(ConvBlock(inputs, 4, kernel_size=1), ConvBlock(4, 6, kernel_size=3, padding=1))
        self.branch3 = nn.Sequential(
            ConvBlock(inputs, 2, kernel_size=1),
            ConvBlock(2, 4, kernel_size=(1, 5), padding=(0, 2)),
            ConvBlock(4, 4, kernel_size=(5, 1), padding=(2, 0)),
        )
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBlock(inputs, 2, kernel_size=1))

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)]
        return torch.cat(branches, 1)


class InceptionNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvBlock(3, 8, kernel_size=5, stride=2, padding=2)
        self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.norm = nn.LocalResponseNorm(5)
        self.mixed = Inception(8)
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.pool(self.stem(x)))
        x = self.mixed(x)
        x = x.mean((2, 3))
        return self.fc(self.dropout(x))
