"""The previous post's network: 784 → 256 → 256 → 10."""

import torch
from torch import nn

from fivebyfive.networks import build, parameter_count
from fivebyfive.networks.perceptron import Perceptron


def test_has_the_posts_parameters() -> None:
    network = Perceptron()
    assert {name: list(p.shape) for name, p in network.named_parameters()} == {
        "weights.h1": [784, 256],
        "weights.h2": [256, 256],
        "weights.out": [256, 10],
        "biases.b1": [256],
        "biases.b2": [256],
        "biases.out": [10],
    }
    assert parameter_count(network) == 784 * 256 + 256 + 256 * 256 + 256 + 2560 + 10


def test_equals_the_network_as_usually_written() -> None:
    torch.manual_seed(0)
    network = Perceptron()
    layers: list[nn.Module] = []
    with torch.no_grad():
        for weight, bias in (("h1", "b1"), ("h2", "b2"), ("out", "out")):
            layer = nn.Linear(*network.weights[weight].shape)
            layer.weight.copy_(network.weights[weight].t())
            layer.bias.copy_(network.biases[bias])
            layers += [layer, nn.ReLU()]
    x = torch.rand(4, 784)
    torch.testing.assert_close(network(x), nn.Sequential(*layers[:-1])(x), rtol=1e-5, atol=1e-3)


def test_takes_pictures_of_any_size_and_any_number_of_classes() -> None:
    network = build("perceptron", height=9, width=4, channels=3, classes=7)
    assert network(torch.rand(5, 108)).shape == (5, 7)


def test_every_parameter_learns() -> None:
    network = Perceptron()
    gradients = torch.autograd.grad(network(torch.rand(8, 784)).square().mean(), list(network.parameters()))
    assert all(bool(gradient.abs().sum() > 0) for gradient in gradients)
