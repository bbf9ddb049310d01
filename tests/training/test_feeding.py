"""Where a step's pictures come from changes nothing: memory, the cache's file, or files that are decoded each time."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from fivebyfive.datasets import decoded
from fivebyfive.datasets.lazy import InMemory, Lazy
from fivebyfive.errors import InputError
from fivebyfive.training import recipe as recipes
from fivebyfive.training.batches import Batches
from fivebyfive.training.feeding import feed
from fivebyfive.training.recipe import Recipe
from fivebyfive.training.run import resume, train
from striped import photographs
from support import StopAt, weights

CODE = """
from torch import nn

class Net(nn.Module):
    def __init__(self, channels=3, classes=2):
        super().__init__()
        self.first, self.norm = nn.Conv2d(channels, 4, 5, 4), nn.BatchNorm2d(4)
        self.last = nn.Linear(4, classes)

    def forward(self, x):
        return self.last(self.norm(self.first(x)).relu().mean((2, 3)))
"""
KILLED = """
import os, signal, sys
from fivebyfive.datasets import decoded
from fivebyfive.training import recipe
from fivebyfive.training.reporter import Reporter
from fivebyfive.training.run import train

class Killed(Reporter):
    def stepped(self, step, seconds):
        if step == 5:
            os.kill(os.getpid(), signal.SIGKILL)

decoded.IN_MEMORY = decoded.FEW_BYTES = 0
network, pictures, out = sys.argv[1:]
values = recipe.get("good", samples=80, batch_size=10, display_step=4, averaging=0.9)
train(network, pictures, values, out=out, size=32, fit="pad", cache=False, reporter=Killed(), checkpoint_seconds=0)
"""
WAYS = {"cache": True, "no cache": False}


@pytest.fixture
def nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded, "IN_MEMORY", 0)
    monkeypatch.setattr(decoded, "FEW_BYTES", 0)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photographs(tmp_path_factory.mktemp("photographs"))


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "mynet.py").write_text(CODE)
    return f"{tmp_path / 'mynet.py'}:Net"


@pytest.fixture
def eight_steps() -> Recipe:
    return recipes.get("good", samples=80, batch_size=10, display_step=4, averaging=0.9)


def values(folder: Path) -> dict[str, bytes]:
    """What training made, without what the file says of its data."""
    return {name: value.numpy().tobytes() for name, value in safetensors.torch.load(weights(folder)).items()}


def test_every_way_ends_in_the_very_same_weights_stopped_and_gone_on_with_too(
    tmp_path: Path, pictures: Path, network: str, eight_steps: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory = train(network, pictures, eight_steps, out=tmp_path / "memory", size=32, fit="pad")
    monkeypatch.setattr(decoded, "IN_MEMORY", 0)
    monkeypatch.setattr(decoded, "FEW_BYTES", 0)
    for way, cache in WAYS.items():
        whole = train(network, pictures, eight_steps, out=tmp_path / way, size=32, fit="pad", cache=cache)
        assert values(tmp_path / way) == values(tmp_path / "memory")
        assert whole.evaluation is not None
        assert in_memory.evaluation is not None
        assert np.array_equal(whole.evaluation.said, in_memory.evaluation.said)
        cut = tmp_path / f"{way} cut"
        train(network, pictures, eight_steps, out=cut, size=32, fit="pad", cache=cache, reporter=StopAt(5))
        resume(cut)
        assert values(cut) == values(tmp_path / "memory")


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_in_memory")
def test_killed_while_processes_decode_it_goes_on_to_the_very_same_weights(
    tmp_path: Path, pictures: Path, network: str, eight_steps: Recipe
) -> None:
    call = [sys.executable, "-c", KILLED, network, str(pictures), str(tmp_path / "cut")]
    assert subprocess.run(call, check=False).returncode == -signal.SIGKILL
    resume(tmp_path / "cut")
    train(network, pictures, eight_steps, out=tmp_path / "whole", size=32, fit="pad", cache=False)
    assert values(tmp_path / "cut") == values(tmp_path / "whole")


@pytest.mark.usefixtures("nothing_in_memory")
@pytest.mark.parametrize("cache", WAYS.values(), ids=WAYS)
def test_pictures_come_in_the_order_of_the_steps_and_no_random_number_is_drawn(pictures: Path, cache: bool) -> None:
    from fivebyfive import datasets

    pixels = datasets.load(pictures, size=(16, 16), cache=cache).train.pixels
    assert isinstance(pixels, Lazy)
    batches, random = Batches(len(pixels), 7, 3), torch.get_rng_state()
    fed = feed(pixels, batches, range(2, 9))
    for step in range(2, 9):
        assert np.array_equal(fed(batches[step]).numpy(), pixels[batches[step].numpy()])
    assert torch.equal(torch.get_rng_state(), random)


@pytest.mark.usefixtures("nothing_in_memory")
def test_a_picture_that_is_damaged_later_is_told_by_its_name(tmp_path: Path) -> None:
    from fivebyfive import datasets

    folder = photographs(tmp_path / "some")
    pixels = datasets.load(folder, size=(16, 16), cache=False).train.pixels
    for file in folder.rglob("*.jpg"):
        file.write_bytes(b"no picture")
    batches = Batches(len(pixels), 4, 0)
    with pytest.raises(InputError, match=r"\.jpg: this is not a picture"):
        feed(pixels, batches, range(3))(batches[0])


def test_of_several_parts_each_is_asked_for_its_own() -> None:
    from fivebyfive.datasets.lazy import joined

    first, second = (np.random.default_rng(n).integers(0, 256, (5, 3, 3, 1), np.uint8) for n in (1, 2))
    rows = InMemory(second)
    both = joined([first, Lazy(rows, np.array([4, 0]))])  # type: ignore[list-item]
    batches = Batches(7, 3, 0)
    fed = feed(both, batches, range(4))
    every = np.concatenate([first, second[[4, 0]]])
    for step in range(4):
        assert np.array_equal(fed(batches[step]).numpy(), every[batches[step].numpy()])
