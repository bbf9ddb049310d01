"""Batch normalization's means and variances, measured anew after training."""

import pytest
import torch
from torch import Tensor, nn

from fivebyfive.datasets import mnist
from fivebyfive.networks import as_input
from fivebyfive.training import loop, normalization
from fivebyfive.training.recipe import get
from support import Silent

IMAGES = mnist.load().train[:512]
PIXELS = IMAGES.pixels


class Network(nn.Module):
    """Two normalized convolutions, the second one behind much dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.first_norm = nn.Conv2d(1, 4, 5), nn.BatchNorm2d(4, momentum=0.3)
        self.dropout = nn.Dropout(0.9)
        self.second, self.second_norm = nn.Conv2d(4, 2, 3, stride=3), nn.BatchNorm2d(2)
        self.output = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first_norm(self.first(x))
        logits: Tensor = self.output(self.second_norm(self.second(self.dropout(x))).flatten(1))
        return logits


def first_values(network: Network) -> Tensor:
    values: Tensor = network.first(as_input(torch.from_numpy(PIXELS), network)).detach()
    return values


def has_measured(norm: nn.BatchNorm2d, values: Tensor) -> bool:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    mean = torch.allclose(norm.running_mean, values.mean((0, 2, 3)), rtol=1e-3, atol=1e-5)
    return mean and torch.allclose(norm.running_var, values.var((0, 2, 3)), rtol=1e-2)


def test_means_and_variances_are_those_of_the_pictures_as_they_are() -> None:
    network = Network()
    normalization.measure(network, PIXELS, 128, seed=0)
    assert has_measured(network.first_norm, first_values(network))


def test_layers_behind_dropout_are_measured_without_it() -> None:
    network = Network()
    normalization.measure(network, PIXELS, 512, seed=0)
    network.eval()
    assert has_measured(network.second_norm, network.second(network.first_norm(first_values(network))).detach())


def test_nothing_else_changes() -> None:
    network = Network().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    random = torch.get_rng_state()
    normalization.measure(network, PIXELS, 100, seed=0)
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    measured = ("running_mean", "running_var", "num_batches_tracked")
    assert changed == {f"{norm}.{what}" for norm in ("first_norm", "second_norm") for what in measured}
    assert all(module.training for module in network.modules())
    assert (network.first_norm.momentum, network.second_norm.momentum) == (0.3, 0.1)
    assert torch.equal(torch.get_rng_state(), random)


@pytest.mark.parametrize("network", [nn.Flatten(), nn.BatchNorm2d(1, track_running_stats=False)])
def test_a_network_that_keeps_no_means_is_left_alone(network: nn.Module) -> None:
    normalization.measure(network, PIXELS, 128, seed=0)
    assert network.training


@pytest.mark.parametrize(("changes", "measured"), [({"rotation": 90.0}, True), ({"averaging": 0.9}, True), ({}, False)])
def test_training_ends_with_it_where_pictures_were_changed_or_weights_averaged(
    changes: dict[str, float], measured: bool
) -> None:
    torch.manual_seed(0)
    network = Network()
    recipe = get("classic", batch_size=64, samples=2000, **changes)
    loop.run(network, loop.optimizer_for(network, recipe), IMAGES, recipe, 0, Silent())
    assert has_measured(network.first_norm, first_values(network)) == measured
