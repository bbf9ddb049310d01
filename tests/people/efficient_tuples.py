import math
import torch
from torch import nn
from collections import namedtuple

Stage = namedtuple('Stage', 'expand channels repeats stride kernel')
BLOCKS = [
    # t, c, n, s, k
    (1, 8, 1, 1, 3),
    (3, 12, 2, 2, 3),
    (3, 16, 1, 2, 5),
]


def make_divisible(v, d=4):
    return max(d, int(v + d / 2) // d * d)


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


class SqueezeExcite(nn.Module):
    def __init__(self, c, reduced):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce, self.expand = nn.Conv2d(c, reduced, 1), nn.Conv2d(reduced, c, 1)
        self.act = Swish()

    def forward(self, x):
        s = self.expand(self.act(self.reduce(self.pool(x))))
        return s.sigmoid() * x


class ConvBNAct(nn.Sequential):
    def __init__(self, i, o, k=3, s=1, groups=1, act=True):
        layers = [nn.Conv2d(i, o, k, s, k // 2, groups=groups, bias=False), nn.BatchNorm2d(o, eps=1e-3, momentum=0.01)]
        if act:
            layers.append(Swish())
        super().__init__(*layers)


class MBConv(nn.Module):
    def __init__(self, i, o, expand, stride, kernel):
        super().__init__()
        hidden = i * expand
        self.use_res = stride == 1 and i == o
        parts = []
        if expand != 1:
            parts += [ConvBNAct(i, hidden, 1)]
        parts += [
            ConvBNAct(hidden, hidden, kernel, stride, groups=hidden),
            SqueezeExcite(hidden, max(1, i // 4)),
            ConvBNAct(hidden, o, 1, act=False),
        ]
        self.block = nn.Sequential(*parts)

    def forward(self, x):
        return x + self.block(x) if self.use_res else self.block(x)


class EfficientNet(nn.Module):
    def __init__(self, width_mult=1.0, depth_mult=1.0, in_channels=1, num_classes=10):
        super().__init__()
        c = make_divisible(8 * width_mult)
        self.stem = ConvBNAct(in_channels, c, s=2)
        blocks = nn.ModuleList()
        for stage in map(Stage._make, BLOCKS):
            out = make_divisible(stage.channels * width_mult)
            for r in range(math.ceil(stage.repeats * depth_mult)):
                blocks.append(MBConv(c, out, stage.expand, stage.stride if r == 0 else 1, stage.kernel))
                c = out
        self.blocks = blocks
        self.top = ConvBNAct(c, 32, 1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(32, num_classes))

    def forward(self, x):
        x = self.stem(x)
        for b in self.blocks:
            x = b(x)
        x = self.top(x).mean([2, 3])
        return self.classifier(x)
