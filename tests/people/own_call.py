import torch
import torch.nn as nn


class Timed(nn.Module):
    """Counts its calls."""
    calls = 0

    def __call__(self, *args, **kwargs):
        Timed.calls += 1
        return super().__call__(*args, **kwargs)


class ConvLayer(Timed):
    def __init__(self, i, o):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(o, i, 3, 3) * 0.2)
        self.bias = nn.Parameter(torch.zeros(o))

    def forward(self, x):
        return torch.conv2d(x, self.weight, self.bias, stride=2)


class Net(Timed):
    def __init__(self):
        super().__init__()
        self.layer1, self.layer2 = ConvLayer(1, 4), ConvLayer(4, 8)
        self.out = nn.Linear(8 * 6 * 6, 10)

    def forward(self, x):
        x = self.layer1(x).clamp(min=0)
        x = self.layer2(x).clamp(min=0)
        return self.out(torch.flatten(x, 1))
