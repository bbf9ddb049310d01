from dataclasses import dataclass, field
from enum import Enum
from typing import Tuple

import torch.nn as nn


class Pool(Enum):
    MAX = nn.MaxPool2d
    AVG = nn.AvgPool2d


@dataclass
class Config:
    channels: Tuple[int, ...] = (8, 16)
    kernel: int = 3
    pool: type = nn.AvgPool2d
    extra: dict = field(default_factory=dict)


class ConfigNet(nn.Module):
    def __init__(self, cfg: Config = Config()):
        super().__init__()
        self.cfg = cfg
        blocks, c_in = [], 1
        for c in cfg.channels:
            blocks += [nn.Conv2d(c_in, c, cfg.kernel, padding="same"), nn.SiLU(), cfg.pool(2)]
            c_in = c
        self.body = nn.Sequential(*blocks)
        self.head = nn.Linear(c_in * 49, 10)

    def forward(self, x):
        return self.head(self.body(x).reshape(x.shape[0], -1))
