"""Channels weighed by a gate that sees the whole map. After Hu et al. 2017, arXiv:1709.01507."""

# mypy: disable-error-code="no-any-return"

from torch import Tensor, nn


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.gate = nn.Sequential(
            nn.Linear(channels, channels // reduction),
            nn.SiLU(),
            nn.Linear(channels // reduction, channels),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        b, c, _, _ = x.size()
        weights = self.pool(x).view(b, c)
        weights = self.gate(weights).view(b, c, 1, 1)
        return x * weights.expand_as(x)


class SqueezeExciteNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.act1 = nn.GELU()
        self.se1 = SqueezeExcite(8)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1, groups=4)
        self.act2 = nn.Mish()
        self.se2 = SqueezeExcite(16)
        self.head = nn.Conv2d(16, 10, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.se1(self.act1(self.conv1(x)))
        x = self.se2(self.act2(self.conv2(x)))
        return self.head(x).mean(dim=[2, 3])
