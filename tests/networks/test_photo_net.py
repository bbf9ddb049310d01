"""The network for photographs, and what is taken where none is named."""

import pytest
import torch

from fivebyfive.networks import build
from fivebyfive.networks.photo_net import PhotoNet
from fivebyfive.training.preparing import default_network
from fivebyfive.training.recipe import default_for


@pytest.mark.parametrize("size", [(224, 224, 3), (96, 130, 3), (32, 32, 3), (28, 28, 1), (3, 5, 1)])
def test_it_takes_pictures_of_any_size(size: tuple[int, int, int]) -> None:
    height, width, channels = size
    network = build("photo_net", height=height, width=width, channels=channels, classes=4)
    assert network(torch.rand(2, channels, height, width)).shape == (2, 4)


def test_small_pictures_are_looked_at_pixel_by_pixel() -> None:
    large, small = PhotoNet(224, 224), PhotoNet(32, 32)
    assert large.edges(torch.rand(1, 3, 224, 224)).shape == (1, 32, 112, 112)
    assert small.edges(torch.rand(1, 3, 32, 32)).shape == (1, 32, 32, 32)
    assert large.things(torch.rand(1, 128, 14, 14)).shape == small.things(torch.rand(1, 128, 14, 14)).shape


def test_photographs_have_a_network_and_recipes_of_their_own() -> None:
    shapes = {"digits": (28, 28, 1), "large": (65, 40, 1), "coloured": (32, 32, 3)}
    assert [default_network(shape) for shape in shapes.values()] == ["conv_net", "photo_net", "photo_net"]
    assert [default_for("deep", shape) for shape in shapes.values()] == ["best", "photos", "photos"]
    assert default_for("deep", shapes["large"], pretrained=True) == "finetune"
