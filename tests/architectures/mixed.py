"""Modules and functions mixed, with Python's own control flow in between."""

# mypy: disable-error-code="no-any-return"

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Mixed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(1 if i == 0 else 6, 6, 3) for i in range(2))
        self.shared = nn.Conv2d(6, 6, 3, padding=1)
        self.norm = nn.LayerNorm(6)
        self.fc1 = nn.Linear(6 * 6 * 6, 20)
        self.fc2 = nn.Linear(20, 10)

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.convs:
            x = F.silu(conv(x))
        if x.mean() > 1e6:
            x = x * 0
        for _ in range(2):
            x = x + F.hardswish(self.shared(x))
        x = F.max_pool2d(x, 2)
        x = F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)
        x = self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        x = F.lp_pool2d(x.abs(), 2, 2, stride=1, ceil_mode=True)
        x = F.pad(x, (0, 1, 1, 0), value=0.5)
        x = x[:, :, :6, :6].clamp(-3, 3)
        x = x.reshape(x.shape[0], -1)
        x = torch.sigmoid(self.fc1(x))
        x = F.dropout(x, 0.3, training=self.training)
        return self.fc2(x).softmax(dim=1)
