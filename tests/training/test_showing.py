"""Networks are looked at while they learn: which weights, in which order, what they say, and nothing is disturbed."""

import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from architectures import resnet18
from fivebyfive.networks import build
from fivebyfive.outputs import LOGITS
from fivebyfive.training import showing
from fivebyfive.training.showing import Place

PICTURES = np.random.default_rng(0).integers(0, 256, (5, 28, 28, 1), np.uint8)


def _weights(network: nn.Module, place: Place) -> np.ndarray:
    return place.weights(dict(network.named_parameters())[place.layer.name])


def test_filters_of_the_posts_network_are_turned_from_its_order() -> None:
    network = build("conv_net")
    first, second, last = showing.scout(network, PICTURES)
    assert [p.layer.name for p in (first, second, last)] == ["weights.wc1", "weights.wc2", "weights.out"]
    for place in (first, second):
        own = dict(network.named_parameters())[place.layer.name].detach().permute(3, 2, 0, 1)
        np.testing.assert_array_equal(_weights(network, place), own.numpy())
    own = dict(network.named_parameters())["weights.out"].detach().t()
    np.testing.assert_array_equal(_weights(network, last)[..., 0, 0], own.numpy())


def test_filters_of_pytorchs_modules_are_as_they_lie() -> None:
    network = build("quick")
    for place in showing.scout(network, PICTURES):
        own = dict(network.named_parameters())[place.layer.name].detach().numpy()
        np.testing.assert_array_equal(_weights(network, place).reshape(own.shape), own)


class Lists(nn.Module):
    """A matrix over pixels, channel by channel."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3 * 4 * 5, 7)

    def forward(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.first(x.flatten(1))
        return hidden


@pytest.mark.parametrize("kind", ["flat", "channels first"])
def test_a_matrix_over_pixels_is_shown_as_pictures(kind: str) -> None:
    flat = kind == "flat"
    network: nn.Module = build("perceptron", height=4, width=5, channels=3) if flat else Lists()
    picture = np.random.default_rng(1).integers(0, 256, (1, 4, 5, 3), np.uint8)
    place = showing.scout(network, picture)[0]
    assert place.layer.picture
    filters = torch.from_numpy(_weights(network, place).copy())
    x = torch.from_numpy(picture).permute(0, 3, 1, 2) / 255
    sums = F.conv2d(x, filters).flatten()
    if flat:
        matrix = dict(network.named_parameters())[place.layer.name].detach()
        expected = (torch.from_numpy(picture).reshape(1, -1) / 255 @ matrix).flatten()
    else:
        expected = F.linear(x.flatten(1), dict(network.named_parameters())["first.weight"]).flatten()
    torch.testing.assert_close(sums, expected)


def test_answers_and_maps_are_the_networks_own() -> None:
    network = build("conv_net").eval()
    places = showing.scout(network, PICTURES)
    shown = showing.look(network, PICTURES, LOGITS, places, 2)
    with torch.no_grad():
        x = torch.from_numpy(PICTURES).float().div(255)
        answers = network(x.reshape(5, -1)).softmax(1)
        filters = torch.from_numpy(_weights(network, places[0]).copy())
        maps = F.conv2d(x[:2].permute(0, 3, 1, 2), filters, padding=2)
    torch.testing.assert_close(torch.from_numpy(shown.answers), answers, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(torch.from_numpy(shown.maps["weights.wc1"]), maps, atol=1e-4, rtol=1e-4)
    assert shown.maps["weights.wc2"].shape == (2, 64, 14, 14)


def test_maps_behind_weights_that_are_not_known_are_not_shown() -> None:
    network = build("conv_net")
    places = showing.scout(network, PICTURES)
    names = {name for name, _ in network.named_parameters()}

    def maps(unknown: str) -> set[str]:
        known = names - {unknown}
        return set(showing.look(network, PICTURES, LOGITS, places, 2, known.__contains__).maps)

    assert maps("weights.wd1") == {"weights.wc1", "weights.wc2"}
    assert maps("biases.bc1") == {"weights.wc1"}
    assert maps("weights.wc1") == set()


def _everything(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


class Noisy(nn.Module):
    """Draws random numbers of all kinds, and counts how often, whether it learns or not."""

    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Conv2d(1, 2, 3)
        self.norm = nn.BatchNorm2d(2)
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.count.add_(1)
        noise = torch.rand(1) + random.random() + np.random.random()
        out: Tensor = (self.norm(self.inner(x)) + noise.item()).mean((2, 3))
        return out


def test_looking_changes_nothing() -> None:
    network = Noisy().train()
    network.norm.eval()
    before = _everything(network)
    states = torch.get_rng_state(), random.getstate(), str(np.random.get_state())
    places = showing.scout(network, PICTURES)
    showing.look(network, PICTURES, LOGITS, places, 2)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert (network.training, network.inner.training, network.norm.training) == (True, True, False)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert str(np.random.get_state()) == states[2]


def test_of_a_large_network_the_small_layers_are_shown() -> None:
    pictures = np.zeros((1, 64, 64, 3), np.uint8)
    places = showing.scout(resnet18(), pictures)
    sizes = [int(np.prod(place.layer.shape)) for place in places]
    assert places[0].layer.shape == (64, 3, 7, 7)
    assert max(sizes) <= showing.MOST_WEIGHTS
    assert sum(sizes) <= showing.MOST_IN_ALL
