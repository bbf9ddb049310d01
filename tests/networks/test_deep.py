"""The deep network, alone and as the columns of the accurate one."""

import pytest
import torch

from fivebyfive.networks import build, members, parameter_count


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


def test_the_columns_of_the_accurate_network_differ_in_their_weights_and_in_what_dropout_takes() -> None:
    torch.manual_seed(0)
    columns = members(build("best"))
    pictures = torch.rand(2, 1, 28, 28)
    assert len({parameter_count(column) for column in columns}) == 1
    answers = [column(pictures) for column in columns]
    assert not torch.equal(answers[0], answers[1])
    assert not torch.equal(answers[0], columns[0](pictures))
