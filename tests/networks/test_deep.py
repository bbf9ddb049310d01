"""The deep network, alone and as the columns of the accurate one."""

import pytest
import torch
from torch import nn

from fivebyfive.networks import build, members
from fivebyfive.networks.deep import Deep
from fivebyfive.networks.fused import fast_forward


@pytest.mark.parametrize("name", ["deep", "best"])
@pytest.mark.parametrize("size", [(28, 28, 1), (9, 14, 3)])
def test_it_fits_pictures_of_other_sizes(name: str, size: tuple[int, int, int]) -> None:
    height, width, channels = size
    network = build(name, height=height, width=width, channels=channels, classes=4)
    assert network(torch.rand(2, channels, height, width)).shape == (2, 4)


def test_dropout_stops_when_training_does() -> None:
    network, picture = build("deep"), torch.rand(2, 1, 28, 28)
    network.eval()
    assert torch.equal(network(picture), network(picture))


def test_its_first_filters_and_how_many_convolutions_it_has_can_be_chosen() -> None:
    network = Deep(filters=(4, 6, 8), window=3)
    shapes = [tuple(layer.weight.shape) for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    assert shapes == [(4, 1, 3, 3), (6, 4, 3, 3), (8, 6, 3, 3)]
    assert network.output.in_features == 8 * 9 * 9
    assert network(torch.rand(2, 1, 28, 28)).shape == (2, 10)


def test_the_columns_of_the_accurate_network_differ_in_depth() -> None:
    columns = members(build("best"))
    assert [sum(isinstance(layer, nn.Conv2d) for layer in column.modules()) for column in columns] == [5, 6, 7]


def test_the_accurate_network_asks_each_column_twice_the_second_time_of_the_picture_moved_by_a_pixel() -> None:
    torch.manual_seed(1)
    network = build("best").eval()
    x, moved = torch.rand(3, 1, 28, 28), torch.zeros(3, 1, 28, 28)
    moved[:, :, :-1, :-1] = x[:, :, 1:, 1:]
    each = torch.stack([column(seen).softmax(1) for seen in (x, moved) for column in members(network)])
    torch.testing.assert_close(network(x).softmax(1), each.mean(0))
    torch.testing.assert_close(fast_forward(network)(x), network(x))
