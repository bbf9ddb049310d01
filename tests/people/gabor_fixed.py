import math
import torch
import torch.nn as nn
import torch.nn.functional as F


def gabor(size, theta, lam=4.0, sigma=2.0):
    r = torch.arange(size) - size // 2
    y, x = torch.meshgrid(r, r, indexing='ij')
    u = x * math.cos(theta) + y * math.sin(theta)
    return torch.exp(-(x**2 + y**2) / (2 * sigma**2)) * torch.cos(2 * math.pi * u / lam)


class FixedFilters(nn.Module):
    def __init__(self, n=6, size=7):
        super().__init__()
        bank = torch.stack([gabor(size, math.pi * i / n) for i in range(n)])
        self.register_buffer('bank', bank[:, None].float())
        self.scale = nn.Parameter(torch.ones(1, n, 1, 1))
        self.w = nn.Parameter(torch.randn(n * 49, 10) * 0.05)
        self.b = nn.Parameter(torch.zeros(10))

    def forward(self, x):
        x = F.conv2d(x, self.bank, padding=3) * self.scale
        x = torch.abs(x)
        x = F.avg_pool2d(x, 4)
        x = x.view(x.size(0), -1)
        return x @ self.w + self.b
