from typing import List

import torch
import torch.nn as nn


@torch.jit.script
def swish_sum(parts: List[torch.Tensor]) -> torch.Tensor:
    total = parts[0] * torch.sigmoid(parts[0])
    for part in parts[1:]:
        total = total + part * torch.sigmoid(part)
    return total


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.a = nn.Conv2d(1, 4, 3, stride=2, padding=1)
        self.b = nn.Conv2d(1, 4, 5, stride=2, padding=2)
        self.head = torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(4 * 14 * 14, 10)))

    def forward(self, x):
        return self.head(swish_sum([self.a(x), self.b(x)]))
