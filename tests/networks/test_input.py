"""Pictures reach a network as a DataLoader would give them, whatever the network does with them."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.networks import as_input, build


class FlattensByView(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool2d(self.conv(x), 2).view(-1, 4 * 13 * 13)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_view_works_behind_a_convolution(channels: int) -> None:
    images = torch.randint(0, 256, (3, 28, 28, channels), dtype=torch.uint8)
    network = FlattensByView(channels)
    x = as_input(images, network)
    as_usual = torch.empty(3, channels, 28, 28).copy_(images.permute(0, 3, 1, 2) / 255)
    assert torch.equal(x, as_usual)
    assert x.stride() == as_usual.stride()
    assert torch.equal(network(x), network(as_usual))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_they_are_of_the_type_of_its_weights(dtype: torch.dtype) -> None:
    assert as_input(torch.zeros(1, 8, 8, 3, dtype=torch.uint8), nn.Conv2d(3, 2, 3).to(dtype)).dtype == dtype


@pytest.mark.parametrize("name", ["quick", "deep", "best"])
def test_the_packages_own_get_them_without_a_copy(name: str) -> None:
    x = as_input(torch.zeros(2, 28, 28, 1, dtype=torch.uint8), build(name))
    assert x.shape == (2, 1, 28, 28)
    assert x.stride() == (784, 1, 28, 1)
