"""The recipes: what they reach, that they are honest, and two lessons at small scale."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fivebyfive.datasets import Dataset, Images
from fivebyfive.errors import InputError
from fivebyfive.evaluation import evaluate_network
from fivebyfive.networks import build
from fivebyfive.training import initialization, loop
from fivebyfive.training.recipe import Recipe, default_for, get
from fivebyfive.training.reporter import Reporter
from fivebyfive.training.run import resume, train
from support import Silent, StopAt, weights

NETWORKS = {"classic": "conv_net", "good": "conv_net", "quick": "quick", "best": "best"}


def test_quick_reads_the_test_images(tmp_path: Path, digits: Dataset) -> None:
    run = train("quick", digits, out=tmp_path / "run", seed=1)
    assert run.plan.recipe.name == "quick"
    assert run.evaluation is not None
    assert run.evaluation.accuracy >= 0.987


@pytest.mark.exhaustive
def test_bfloat16_learns_as_well(tmp_path: Path, digits: Dataset) -> None:
    fine, coarse = (
        train("conv_net", digits, get("good", samples=12_000, precision=precision), out=tmp_path / precision)
        for precision in ("float32", "bfloat16")
    )
    assert fine.evaluation is not None
    assert coarse.evaluation is not None
    assert coarse.evaluation.accuracy >= 0.95
    assert coarse.evaluation.accuracy >= fine.evaluation.accuracy - 0.01
    assert weights(coarse.folder) != weights(fine.folder)
    assert all(p.dtype == torch.float32 for p in coarse.model.network.parameters())


class Locked(Images):
    """Images that nobody may look at until they are unlocked."""

    locked = False

    def __getattribute__(self, name: str) -> Any:
        assert not (Locked.locked and name in ("pixels", "labels")), f"training looked at {name} that it must not see"
        return super().__getattribute__(name)


class UnlockAfter(Reporter):
    """Locks the images from the first step to the last."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def started(self, *_: object) -> None:
        Locked.locked = True

    def stepped(self, step: int, seconds: float) -> None:
        Locked.locked = step < self.steps


@pytest.mark.parametrize("recipe", sorted(NETWORKS))
@pytest.mark.parametrize("use_validation", [False, True])
def test_training_never_touches_test_images_and_validation_images_only_if_told_to(
    tmp_path: Path, digits: Dataset, recipe: str, use_validation: bool
) -> None:
    validation, test = digits.validation[:50], Locked(digits.test.pixels[:50], digits.test.labels[:50])
    if not use_validation:
        validation = Locked(validation.pixels, validation.labels)
    guarded = dataclasses.replace(digits, train=digits.train[:200], validation=validation, test=test)
    short = get(recipe, samples=100, batch_size=20, display_step=2, ensemble=2, use_validation=use_validation)
    try:
        run = train(NETWORKS[recipe], guarded, short, out=tmp_path / "run", reporter=UnlockAfter(short.steps()))
    finally:
        Locked.locked = False
    assert run.finished


def test_images_kept_apart_for_validation_are_learned_where_the_recipe_says_so(tmp_path: Path, digits: Dataset) -> None:
    sevens = digits.validation[np.flatnonzero(digits.validation.labels == 7)[:200]]
    others = digits.train[np.flatnonzero(digits.train.labels != 7)[:200]]
    small = dataclasses.replace(digits, train=others, validation=sevens, test=digits.test[:200])
    read = {}
    for use in (False, True):
        recipe = get("quick", samples=2000, batch_size=50, use_validation=use)
        run = train("quick", small, recipe, out=tmp_path / str(use))
        assert run.evaluation is not None
        read[use] = int((run.evaluation.said == 7).sum())
    assert read[False] == 0
    assert read[True] > 10


def test_the_lock_holds(digits: Dataset) -> None:
    images = Locked(digits.test.pixels[:5], digits.test.labels[:5])
    Locked.locked = True
    try:
        with pytest.raises(AssertionError, match="must not see"):
            evaluate_network(build("quick"), images, digits.classes)
    finally:
        Locked.locked = False


EVERYTHING = {"he": True, "averaging": 0.9, "ensemble": 2, "rotation": 10.0, "pen": 0.3, "warmup": 0.3, "cooldown": 0.5}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Callable[[str], Path]:
    """A network's run to its end: trained once, whoever asks for it."""

    @functools.cache
    def folder(network: str) -> Path:
        place = tmp_path_factory.mktemp("whole") / network
        small, recipe = _everything(digits, network)
        train(network, small, recipe, out=place)
        return place

    return folder


MORE = pytest.mark.exhaustive


@pytest.mark.parametrize(
    ("network", "step"),
    [
        *(("quick", 7), ("quick", 20), ("quick", 23), ("deep", 20)),
        *(pytest.param(*case, marks=MORE) for case in (("conv_net", 7), ("deep", 7), ("deep", 23))),
    ],
)
def test_a_stopped_run_of_any_recipe_goes_on_to_the_very_same_weights(
    tmp_path: Path, uninterrupted: Callable[[str], Path], digits: Dataset, network: str, step: int
) -> None:
    small, recipe = _everything(digits, network)
    stopped = train(network, small, recipe, out=tmp_path / "cut", reporter=StopAt(step))
    if not stopped.finished:
        resume(tmp_path / "cut", data=small)
    assert weights(tmp_path / "cut") == weights(uninterrupted(network))


def _small(digits: Dataset) -> Dataset:
    return dataclasses.replace(
        digits, train=digits.train[:500], validation=digits.validation[:50], test=digits.test[:50]
    )


def _everything(digits: Dataset, network: str) -> tuple[Dataset, Recipe]:
    """Few images and steps, fewer of the large network, and all that a recipe can ask for."""
    return _small(digits), get(
        "quick", samples=160 if network == "conv_net" else 480, batch_size=20, display_step=5, **EVERYTHING
    )


def test_an_ensemble_is_one_run_whose_members_differ(tmp_path: Path, digits: Dataset) -> None:
    run = train("quick", _small(digits), get("quick", samples=400, batch_size=50, ensemble=3), out=tmp_path / "run")
    assert run.plan.network == "quick*3"
    first, second, third = (w for n, w in run.model.network.state_dict().items() if n.endswith("hidden.weight"))
    assert not torch.equal(first, second)
    assert not torch.equal(second, third)


def test_an_ensemble_needs_a_network_by_name(tmp_path: Path, digits: Dataset) -> None:
    with pytest.raises(InputError, match="by name"):
        train(build("quick"), digits, get("quick", ensemble=2), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_networks_go_with_the_recipes_of_their_names() -> None:
    assert [default_for(n) for n in ("quick", "best", "deep", "conv_net", "mine.py:Net")] == [
        "quick",
        "best",
        "best",
        "classic",
        "good",
    ]


def test_good_leaves_the_posts_network_unchanged() -> None:
    network = build("conv_net")
    before = {name: p.shape for name, p in network.named_parameters()}
    initialization.he(network)
    assert {name: p.shape for name, p in network.named_parameters()} == before
    weight = network.weights["wd1"]  # type: ignore[index]
    assert weight.std().item() == pytest.approx((2 / 3136) ** 0.5, rel=0.01)
    assert not network.biases["bd1"].any()  # type: ignore[index]


def validation_accuracy(network: str, recipe: Recipe, images: int, digits: Dataset) -> float:
    """What one training on the first `images` comes to on those that are kept apart to choose by."""
    torch.manual_seed(0)
    module = build(network)
    if recipe.he:
        initialization.he(module)
    loop.run(module, loop.optimizer_for(module, recipe), digits.train[:images], recipe, 0, Silent())
    return evaluate_network(module, digits.validation[:2000], digits.classes).accuracy


def test_lesson_weights_of_the_right_size_learn_sooner(digits: Dataset) -> None:
    post = get("classic", samples=3000, batch_size=50)
    accuracy = {
        he: validation_accuracy("conv_net", dataclasses.replace(post, he=he), 3000, digits) for he in (False, True)
    }
    assert accuracy[True] > accuracy[False] + 0.03


def test_lesson_changed_pictures_are_worth_more_than_the_same_ones_again(digits: Dataset) -> None:
    plain = get("quick", samples=20_000, batch_size=100)
    changed = dataclasses.replace(plain, rotation=12.0, scale=0.15, slant=0.2, shift=2.0)
    assert validation_accuracy("quick", changed, 500, digits) > validation_accuracy("quick", plain, 500, digits) + 0.01
