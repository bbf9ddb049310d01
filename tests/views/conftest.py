"""Traces to be shown: one that anyone can check by hand, and those of every fixture architecture."""

# mypy: disable-error-code="no-any-return"

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive.explain import Trace, explain


class Small(nn.Module):
    """Weights that anyone can check by hand: the 3×3 filter is all ones, the second one its negative."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)
        self.fc = nn.Linear(8, 2)
        with torch.no_grad():
            self.conv.weight.copy_(torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1).expand(2, 1, 3, 3))
            self.conv.bias.copy_(torch.tensor([0.5, 0.0]))  # type: ignore[union-attr]
            self.fc.weight.copy_(torch.tensor([1.0, -1.0])[:, None].expand(2, 8) / 8)
            self.fc.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        # Sums of neighbours
        x = F.relu(self.conv(x))
        x = F.max_pool2d(x, 2)
        x = x.flatten(1)
        return self.fc(x)


@pytest.fixture(scope="module")
def small() -> Trace:
    image = torch.zeros(1, 4, 4)
    image[0, 1, 1:3] = 1.0
    return explain(Small().eval(), image)


@pytest.fixture(scope="module")
def traces() -> dict[str, Trace]:
    return {name: explain(a.network(), a.image(), name=name) for name, a in ARCHITECTURES.items()}
