"""A network that cannot be trained on the data is told before anything is written."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fivebyfive import networks
from fivebyfive.datasets import Dataset
from fivebyfive.errors import Failure, InputError
from fivebyfive.model import Model
from fivebyfive.training.fitting import expect_fit, expect_kept
from fivebyfive.training.recipe import get
from fivebyfive.training.run import train


class Small(nn.Module):
    """A network of three channels and five classes."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Dropout(), nn.LazyLinear(5))

    def forward(self, x: Tensor) -> object:
        return self.layers(x)


class Pair(Small):
    def forward(self, x: Tensor) -> object:
        return super().forward(x), x


class Raising(Small):
    def forward(self, x: Tensor) -> object:
        raise KeyError("a mistake\nof two lines")


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_every_network_of_the_package_fits_the_pictures_that_it_is_made_for(name: str) -> None:
    network = networks.build(name, height=20, width=33, channels=3, classes=7)
    expect_fit(network, name, np.zeros((2, 20, 33, 3), np.uint8), 7)


def test_trying_changes_nothing_but_sizes_that_were_left_open() -> None:
    network = Small()
    mean, random = network.get_buffer("layers.1.running_mean").clone(), torch.get_rng_state()
    expect_fit(network, "Small", np.zeros((2, 8, 9, 3), np.uint8), 5)
    assert network.training
    assert torch.equal(network.get_buffer("layers.1.running_mean"), mean)
    assert torch.equal(torch.get_rng_state(), random)
    assert network.get_parameter("layers.4.weight").shape == (5, 6 * 7 * 4)


@pytest.mark.parametrize(
    ("network", "classes", "error", "says"),
    [
        (Small(), 6, InputError, r"gives \[2, 5\] for 2 pictures of 8×9×3, but the data has 6 classes"),
        (Pair(), 5, InputError, r"gives a tuple of 2; a tensor \[pictures, 5 classes\] was expected"),
        (
            nn.Sequential(nn.Flatten(), nn.Linear(8 * 9 * 3, 5)).requires_grad_(False),
            5,
            InputError,
            "no weights that training may change",
        ),
        (Raising(), 5, Failure, r"KeyError: 'a mistake\\nof two lines'; mend"),
    ],
)
def test_what_does_not_fit_is_told(network: nn.Module, classes: int, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as told:
        expect_fit(network, "mine", np.zeros((2, 8, 9, 3), np.uint8), classes)
    _, *lines = str(told.value).splitlines()
    assert all(line.startswith("  ") for line in lines)  # the user's own, below the sentence


class DrawsAtRandom(nn.Module):
    """What it draws is no part of what it saves."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = torch.rand(8 * 9 * 3, 6)
        self.layer = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layer(x.flatten(1) @ self.drawn)
        return logits


class DrawsWhenAsked(Small):
    """Answers differ from one time to the next, and nothing is wrong with that."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(super().forward(x)) * float(torch.rand(())) * random.random() * np.random.rand()


def kept(make: Callable[[], nn.Module]) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (4, 8, 9, 3), np.uint8)
    network = make()
    expect_fit(network, "mine", pictures, 5)
    expect_kept(Model(network, "mine", tuple("abcde"), (8, 9, 3)), pictures, make)


@pytest.mark.parametrize("make", [Small, DrawsWhenAsked])
def test_what_can_be_loaded_again_passes(make: Callable[[], nn.Module]) -> None:
    before = random.getstate(), torch.get_rng_state()
    kept(make)
    assert make().training
    assert random.getstate() == before[0]


def test_what_a_new_one_would_draw_anew_is_told_before_anything_is_learned() -> None:
    with pytest.raises(InputError, match="answers differently; make what it draws at random a parameter or a buffer"):
        kept(DrawsAtRandom)


def test_no_run_is_begun_with_a_network_that_does_not_fit(tmp_path: Path, digits: Dataset) -> None:
    with pytest.raises(Failure, match="Small cannot take pictures of 28×28×1"):
        train(Small(), digits, get("classic", samples=300), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
