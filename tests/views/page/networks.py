"""A small colour network with whatever real ones have: branches, a skip, groups, a transposed convolution, gating."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.one = nn.Conv2d(8, 4, 1)
        self.wide = nn.Conv2d(8, 4, 3, padding=2, dilation=2, groups=2)
        self.deep = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.gate = nn.Linear(8, 8)
        self.up = nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1)
        self.drop = nn.Dropout(0.4)
        self.head = nn.Linear(4 * 8 * 8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.stem(x)))  # "</script><img src=x onerror=alert(1)>" is a comment
        y = torch.cat([self.one(x), self.wide(x)], 1)
        x = x + y
        scale = torch.sigmoid(self.gate(F.adaptive_avg_pool2d(x, 1).flatten(1)))
        x = x * scale[:, :, None, None]
        x = F.leaky_relu(self.deep(x), 0.2)
        x = F.avg_pool2d(F.pad(x, (1, 0, 1, 0)), 2)
        x = torch.tanh(self.up(x))
        x = F.max_pool2d(x, 3, stride=1, padding=1)
        x = F.interpolate(x, size=(8, 8))
        out: Tensor = self.head(self.drop(torch.flatten(x, 1)))
        return out


def branches() -> nn.Module:
    """The network, its normalization with statistics as after training."""
    torch.manual_seed(4)
    network = Branches()
    with torch.no_grad():
        network.norm.running_mean.normal_(0, 0.3)  # type: ignore[union-attr]
        network.norm.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
        network.norm.weight.normal_()
        network.norm.bias.normal_()
    return network.eval()


class Documented(nn.Module):
    """A forward whose string of several lines holds what elsewhere is a comment, a keyword, the end of a string."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        """What looks like code in here is none:
        # for x in "self": return
        it isn't.
        """
        assert x.dim() == 4, f"not {x.shape[-1]!r:>{'9'}} # of {x.dtype}"  # "é" 😀
        out: Tensor = self.fc(torch.flatten(x, 1))
        return out
