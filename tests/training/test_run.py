"""Runs: the same seed, the same weights; killed at any moment, the same weights still; nothing overwritten."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from fivebyfive.datasets import Dataset, Images
from fivebyfive.errors import Failure, InputError
from fivebyfive.files import failure
from fivebyfive.progress import Progress
from fivebyfive.training import checkpoint, folder, loop
from fivebyfive.training.recipe import Recipe, get
from fivebyfive.training.run import resume, train
from support import StopAt, weights


class Flat(nn.Module):
    """A user's own module: the smallest that has a convolution, batch norm and dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 5, stride=4),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Flatten(),
            nn.Linear(144, 10),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layers(x)
        return logits


SHORT = get("classic", samples=2000, batch_size=50, display_step=5)


@pytest.fixture
def small(digits: Dataset) -> Dataset:
    return Dataset(
        "mnist", digits.train[:3000], digits.validation[:100], digits.test[:500], digits.classes, digits.sha256
    )


def test_a_run_folder_holds_what_was_trained_how_and_what_came_of_it(tmp_path: Path, small: Dataset) -> None:
    run = train("perceptron", small, SHORT, seed=7, out=tmp_path / "run")
    assert run.finished
    names = {"run.json", "metrics.jsonl", "curves.png", "model.safetensors", "film"}
    assert {p.name for p in run.folder.iterdir()} == names
    document = json.loads((run.folder / "run.json").read_text())
    assert (document["state"], document["network"], document["seed"]) == ("done", "perceptron", 7)
    assert document["recipe"]["learning_rate"] == 0.001
    assert document["results"]["samples"] == 39 * 50
    assert document["results"]["test_accuracy"] == run.evaluation.accuracy  # type: ignore[union-attr]
    lines = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(5, 40, 5))
    assert (run.folder / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(tmp_path: Path, small: Dataset) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train("conv_net", small, get("classic", samples=500, batch_size=50), seed=seed, out=tmp_path / name)
    assert weights(tmp_path / "a") == weights(tmp_path / "b") != weights(tmp_path / "c")


@pytest.mark.parametrize("step", [1, 17, 38])
def test_a_stopped_run_goes_on_to_the_very_same_weights(tmp_path: Path, small: Dataset, step: int) -> None:
    train("perceptron", small, SHORT, out=tmp_path / "whole")
    stopped = train("perceptron", small, SHORT, out=tmp_path / "cut", reporter=StopAt(step))
    assert not stopped.finished
    assert stopped.steps == step
    assert resume(tmp_path / "cut", data=small).finished
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    steps = [[json.loads(line)["step"] for line in (tmp_path / n / "metrics.jsonl").open()] for n in ("cut", "whole")]
    assert steps[0] == steps[1]


def test_a_module_of_ones_own_trains_in_place_and_resumes_with_dropout_and_batch_norm(
    tmp_path: Path, small: Dataset
) -> None:
    def fresh() -> Flat:
        torch.manual_seed(3)
        return Flat()

    train(fresh(), small, SHORT, out=tmp_path / "whole")
    train(fresh(), small, SHORT, out=tmp_path / "cut", reporter=StopAt(20))
    resumed = resume(tmp_path / "cut", Flat(), data=small)
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    assert resumed.model.name == "Flat"


KILLER = """
import os, random, signal, sys, time
from pathlib import Path
from fivebyfive.training import run
from fivebyfive.training.recipe import get

data, whole, cut = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
recipe = get("classic", samples=12_000, batch_size=100, display_step=1)

def in_a_process_of_its_own(work):
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return child

def lines():
    path = cut / "metrics.jsonl"
    return len(path.read_bytes().splitlines()) if path.exists() else 0

def begin():
    run.train("perceptron", data, recipe, out=cut, checkpoint_seconds=0)

def go_on():
    run.resume(cut, checkpoint_seconds=0)

os.waitpid(in_a_process_of_its_own(lambda: run.train("perceptron", data, recipe, out=whole)), 0)
chance = random.Random(5)
for kill in range(10):
    before = lines()
    child = in_a_process_of_its_own(go_on if kill else begin)
    while lines() <= before:
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.05))
    os.kill(child, signal.SIGKILL)
    print("killed by", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os.waitpid(in_a_process_of_its_own(go_on), 0)
"""


@pytest.mark.exhaustive  # tests/training/test_kills.py does the same to a few
def test_killed_at_ten_random_moments_it_ends_in_the_very_same_weights(tmp_path: Path, idx_folder: Path) -> None:
    """Ten kill -9, each at a random moment of what is left of the run; a checkpoint after every step."""
    places = [str(idx_folder), str(tmp_path / "whole"), str(tmp_path / "cut")]
    done = subprocess.run([sys.executable, "-c", KILLER, *places], check=True, capture_output=True, text=True)
    assert done.stdout.split("\n") == ["killed by -9"] * 10 + [""]
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    assert {p.name for p in (tmp_path / "cut").iterdir()} == {p.name for p in (tmp_path / "whole").iterdir()}


def test_a_run_that_could_not_be_begun_leaves_nothing(
    tmp_path: Path, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _document: object) -> None:
        raise failure(path, OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(folder, "write_json", full)
    with pytest.raises(Failure, match="the disk is full"):
        train("perceptron", small, SHORT, out=tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_a_training_that_runs_away_says_so_and_makes_no_model(tmp_path: Path, small: Dataset) -> None:
    for display_step in (5, 1000):
        place = tmp_path / str(display_step)
        recipe = get("classic", samples=2000, batch_size=50, display_step=display_step, learning_rate=1e30)
        with pytest.raises(InputError, match=r"after step \d+ the network's values are no numbers"):
            train("perceptron", small, recipe, out=place)
        assert not (place / "model.safetensors").exists()


def test_a_run_of_that_name_is_never_overwritten(tmp_path: Path, small: Dataset) -> None:
    train("perceptron", small, SHORT, out=tmp_path / "run")
    before = weights(tmp_path / "run")
    with pytest.raises(InputError, match="exists and is not empty"):
        train("perceptron", small, SHORT, seed=1, out=tmp_path / "run")
    assert weights(tmp_path / "run") == before


def test_runs_without_a_name_are_numbered(tmp_path: Path, small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [train("perceptron", small, SHORT).folder.name for _ in range(2)] == [
        "perceptron-classic-1",
        "perceptron-classic-2",
    ]


def test_a_finished_run_is_not_resumed(tmp_path: Path, small: Dataset) -> None:
    train("perceptron", small, SHORT, out=tmp_path / "run")
    with pytest.raises(InputError, match="is finished"):
        resume(tmp_path / "run", data=small)


def test_a_run_is_not_resumed_on_other_data(tmp_path: Path, small: Dataset) -> None:
    train("perceptron", small, SHORT, out=tmp_path / "run", reporter=StopAt(3))
    other = Dataset("mnist", small.train, small.validation, small.test, small.classes, "0" * 64)
    with pytest.raises(InputError, match="has changed since"):
        resume(tmp_path / "run", data=other)


@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_text('{"state": "tr')])
def test_a_run_folder_without_its_plan_is_told(tmp_path: Path, small: Dataset, damage: object) -> None:
    train("perceptron", small, SHORT, out=tmp_path / "run", reporter=StopAt(3))
    damage(tmp_path / "run" / "run.json")  # type: ignore[operator]
    with pytest.raises(InputError, match=r"run\.json"):
        resume(tmp_path / "run", data=small)


def test_a_damaged_checkpoint_is_told(tmp_path: Path, small: Dataset) -> None:
    train("perceptron", small, SHORT, out=tmp_path / "run", reporter=StopAt(3))
    state = tmp_path / "run" / "checkpoint" / checkpoint.NAME
    state.write_bytes(state.read_bytes()[:-50])
    with pytest.raises(InputError, match="checkpoint .* cannot be read"):
        resume(tmp_path / "run", data=small)


class _Untouchable(Images):
    """Images that nobody may look at."""

    def __getattribute__(self, name: str) -> object:
        if name in ("pixels", "labels"):
            raise AssertionError("training looked at images that it must not see")
        return super().__getattribute__(name)


def test_training_never_looks_at_a_validation_or_test_image(small: Dataset) -> None:
    hidden = _Untouchable(np.zeros((1, 28, 28, 1), np.uint8), np.zeros(1, np.int64))
    data = Dataset("mnist", small.train, hidden, hidden, small.classes, small.sha256)
    with pytest.raises(AssertionError):
        data.test.pixels  # noqa: B018 (the trap works)

    class Silent:
        def stepped(self, step: int, seconds: float) -> bool:
            return False

        def displayed(self, progress: Progress) -> None:
            pass

    network = Flat()
    recipe: Recipe = SHORT
    steps, _ = loop.run(network, loop.optimizer_for(network, recipe), data.train, recipe, 0, Silent())
    assert steps == recipe.steps()
