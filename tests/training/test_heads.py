"""The last layer and all before it: which is which, who learns when, and at which rate."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import fivebyfive
from fivebyfive.datasets import Dataset, Images
from fivebyfive.errors import InputError
from fivebyfive.networks import build
from fivebyfive.networks.ensemble import Ensemble
from fivebyfive.state import tensors_of
from fivebyfive.training import heads, loop, schedule
from fivebyfive.training.recipe import get
from fivebyfive.training.run import resume, train
from fivebyfive.training.stepping import parts
from support import Silent, StopAt, weights

SHAPES = np.random.default_rng(0).integers(0, 256, (48, 32, 40, 3), np.uint8)


class Plain(nn.Module):
    """As people write them: a body with normalization, and a classifier that is not defined last."""

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.classifier = nn.Linear(6, num_classes)
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3, 2), nn.BatchNorm2d(6), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.body(x).mean((2, 3)))
        return logits


@pytest.fixture(scope="module")
def coloured() -> Dataset:
    """48 pictures of three classes, each with a colour of its own."""
    labels = np.arange(48) % 3
    pixels = SHAPES // 2
    pixels[np.arange(48), :, :, labels] += 100
    images = Images(pixels, labels.astype(np.int64))
    return Dataset("made", images, images[:9], images[:12], ("red", "green", "blue"), "0" * 64)


def head(network: nn.Module, classes: int = 10, channels: int = 3) -> set[str]:
    return set(heads.head_of(network, np.ascontiguousarray(SHAPES[:2, :28, :28, :channels]), classes))


def test_the_head_is_what_gives_a_value_a_class() -> None:
    assert head(Plain(5), 5) == {"classifier.weight", "classifier.bias"}
    assert head(build("photo_net", channels=3)) == {"output.weight", "output.bias"}
    assert head(build("conv_net"), channels=1) == {"weights.out", "biases.out"}
    assert head(build("quick"), channels=1) == {"output.weight", "output.bias"}
    together = Ensemble([Plain(5), Plain(5)])
    assert head(together, 5) == {f"members.{n}.classifier.{part}" for n in (0, 1) for part in ("weight", "bias")}
    ends_normalized = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.LazyLinear(5), nn.BatchNorm1d(5))
    assert {name.partition(".")[0] for name in head(ends_normalized, 5)} == {"2", "3"}


def test_looking_for_the_head_changes_nothing() -> None:
    network = Plain().train()
    before = tensors_of(network)
    head(network)
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in tensors_of(network).items())
    assert not network.classifier._forward_hooks


def test_the_head_learns_alone_at_first_and_means_and_variances_stay(coloured: Dataset) -> None:
    network = Plain(3)
    names = heads.head_of(network, coloured.train.pixels[:2], 3)
    recipe = get("finetune", samples=90, batch_size=10, epochs=0, freeze=0.5)
    assert (recipe.steps(), heads.frozen_steps(recipe)) == (8, 4)
    before, seen = tensors_of(network), {}

    class Looking(Silent):
        def stepped(self, step: int, seconds: float) -> bool:
            seen[step] = tensors_of(network)
            return False

    loop.run(network, loop.optimizer_for(network, recipe, names), coloured.train, recipe, 0, Looking(), head=names)
    for name, value in before.items():
        moved = not torch.equal(seen[4][name], value)
        assert moved == (name in names), name
    assert not torch.equal(seen[8]["body.0.weight"], before["body.0.weight"])
    assert torch.equal(seen[8]["body.1.running_mean"], before["body.1.running_mean"])
    assert all(p.requires_grad for p in network.parameters())


@pytest.mark.parametrize("display_step", [1, 1000])
def test_normalization_measures_again_as_soon_as_the_body_learns(coloured: Dataset, display_step: int) -> None:
    network = Plain(3)
    names = heads.head_of(network, coloured.train.pixels[:2], 3)
    values: dict[str, Any] = {"samples": 90, "batch_size": 10, "epochs": 0, "keep_norms": False}
    recipe = get("finetune", **values, freeze=0.5, display_step=display_step)
    seen = {}

    class Looking(Silent):
        def stepped(self, step: int, seconds: float) -> bool:
            seen[step] = tensors_of(network)["body.1.running_mean"]
            return False

    loop.run(network, loop.optimizer_for(network, recipe, names), coloured.train, recipe, 0, Looking(), head=names)
    assert seen[4].equal(torch.zeros(6))
    assert not seen[5].equal(seen[4])


def test_the_body_has_a_rate_of_its_own_that_rises_when_it_begins(coloured: Dataset) -> None:
    network = Plain(3)
    names = heads.head_of(network, coloured.train.pixels[:2], 3)
    recipe = get("finetune", samples=1010, batch_size=10, epochs=0, learning_rate=0.5, body_rate=0.2, freeze=0.2)
    optimizer = loop.optimizer_for(network, recipe, names)
    rates = []
    for step in range(1, 101):
        schedule.set_rates(optimizer, recipe, step)
        rates.append([group["lr"] for group in optimizer.param_groups])
    of_head, of_body = np.array(rates).T
    assert of_head.max() == pytest.approx(0.5, rel=0.02)
    assert of_body.max() == pytest.approx(0.1, rel=0.05)
    assert of_body[20] < of_body[27] > of_body[99]


def test_what_the_user_froze_stays_frozen(coloured: Dataset, tmp_path: Path) -> None:
    network = Plain(3)
    filters = network.body[0].get_parameter("weight").requires_grad_(False)
    before = filters.clone()
    train(network, coloured, "finetune", out=tmp_path / "run", epochs=2, batch_size=8)
    assert not filters.requires_grad
    assert torch.equal(filters, before)


def test_a_stopped_finetuning_goes_on_to_the_very_same_weights(tmp_path: Path, coloured: Dataset) -> None:
    values: dict[str, Any] = {
        "epochs": 4,
        "batch_size": 16,
        "mixing": 0.3,
        "averaging": 0.5,
        "accumulate": 2,
        "display_step": 3,
    }
    for name in ("whole", "cut"):
        reporter = StopAt(7) if name == "cut" else None
        train("photo_net", coloured, "finetune", out=tmp_path / name, seed=4, reporter=reporter, **values)
    resume(tmp_path / "cut", data=coloured)
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")


def test_a_film_knows_at_which_rate_each_layer_learned(tmp_path: Path, coloured: Dataset) -> None:
    values: dict[str, Any] = {"epochs": 4, "batch_size": 16, "freeze": 0.3, "body_rate": 0.05}
    run = train("photo_net", coloured, "finetune", out=tmp_path / "run", film=12, **values)
    film = fivebyfive.learn(run.folder)
    assert film.taken("output.weight", 1) == 1
    assert film.taken("edges.0.weight", 1) == 0
    rates = [film.rate(name, -1) for name in ("output.weight", "edges.0.weight")]
    assert rates == [pytest.approx(0.003 / (0.9 * 12)), pytest.approx(0.00015 / (0.9 * (12 - 4)))]
    assert str(film.update("edges.0.weight", 0, 0, 0, 0))


def test_muon_turns_the_whole_network_or_nothing() -> None:
    with pytest.raises(InputError, match="muon_rate"):
        get("quick", freeze=0.5)


@given(st.integers(1, 200), st.integers(1, 40))
def test_parts_of_a_batch_are_all_of_it_and_part_no_neighbours(count: int, pieces: int) -> None:
    found = parts(count, pieces)
    assert [n for part in found for n in range(count)[part]] == list(range(count))
    assert all(part.start % 2 == 0 for part in found)
    assert len(found) == max(1, min(pieces, count // 2))


def test_a_batch_in_parts_has_the_gradient_of_the_whole(coloured: Dataset) -> None:
    gradients = []
    for pieces in (1, 4):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, 4, 5, 2), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3))
        network(torch.zeros(1, 3, 32, 40))
        recipe = dataclasses.replace(
            get("finetune", mixing=0.3, accumulate=pieces, batch_size=15, freeze=0.0, body_rate=1.0, keep_norms=False),
            samples=30,
            epochs=0,
        )
        loop.run(network, loop.optimizer_for(network, recipe), coloured.train, recipe, 0, Silent())
        gradients.append([p.grad for p in network.parameters()])
    for one, other in zip(*gradients, strict=True):
        assert one is not None
        assert other is not None
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-6)
