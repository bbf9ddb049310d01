"""Densely connected: every layer takes all the maps before it. After Huang et al. 2016, arXiv:1608.06993."""

# mypy: disable-error-code="no-any-return"

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DenseLayer(nn.Module):
    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, features: list[Tensor]) -> Tensor:
        x = torch.cat(features, 1)
        bottleneck = self.conv1(F.relu(self.norm1(x)))
        return self.conv2(F.relu(self.norm2(bottleneck)))


class DenseBlock(nn.ModuleDict):
    def __init__(self, layers: int, inputs: int, growth: int) -> None:
        super().__init__()
        for i in range(layers):
            self[f"denselayer{i + 1}"] = DenseLayer(inputs + i * growth, growth)

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.values():
            features.append(layer(features))
        return torch.cat(features, 1)


class DenseNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.block1 = DenseBlock(3, 8, 4)
        self.norm = nn.BatchNorm2d(20)
        self.transition = nn.Conv2d(20, 10, 1, bias=False)
        self.pool = nn.AvgPool2d(2, 2)
        self.block2 = DenseBlock(2, 10, 4)
        self.classifier = nn.Linear(18, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block1(self.conv0(x))
        x = self.pool(self.transition(F.relu(self.norm(x))))
        x = F.relu(self.block2(x), inplace=True)
        x = F.adaptive_avg_pool2d(x, (1, 1))
        return self.classifier(torch.flatten(x, 1))
