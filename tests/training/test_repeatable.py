"""A training can be repeated: the same seed, the same weights, whatever random numbers the code asks for."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.training import randomness
from fivebyfive.training.recipe import Recipe
from fivebyfive.training.run import resume, train
from support import StopAt, weights

CODE = """
import random
import numpy as np
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(784, 16), nn.Linear(16, 16)
        self.out = nn.Linear(16, 10)

    def forward(self, x):
        x = torch.relu(self.a(x.flatten(1)))
        if CHANCE < 0.5:
            x = x + torch.relu(self.b(x))
        return self.out(x) * (1.0 + CHANCE)
"""
CHANCES = {"random": "random.random()", "gauss": "random.gauss(0, 1)", "numpy": "np.random.rand()",
           "normal": "np.random.randn()", "torch": "torch.rand(()).item()"}  # fmt: skip


@pytest.fixture(params=CHANCES)
def code(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network that uses random numbers, in training and out of it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "mynet.py"
    path.write_text(CODE.replace("CHANCE", CHANCES[request.param]))
    return path


def test_stopped_and_gone_on_with_it_comes_to_the_very_same_weights(
    tmp_path: Path, few: Dataset, nine_steps: Recipe, code: Path
) -> None:
    network = f"{code}:Net"
    train(network, few, nine_steps, seed=3, out=tmp_path / "whole")
    randomness.seed(99)
    train(network, few, nine_steps, seed=3, out=tmp_path / "again")
    assert weights(tmp_path / "again") == weights(tmp_path / "whole")
    for step in (1, 4, 8):
        place = tmp_path / f"cut-{step}"
        train(network, few, nine_steps, seed=3, out=place, reporter=StopAt(step))
        randomness.seed(99)
        assert resume(place, data=few).finished
        assert weights(place) == weights(tmp_path / "whole")


def test_a_checkpoint_of_before_has_pytorchs_random_state_alone_and_goes_on(stopped: Path, few: Dataset) -> None:
    from safetensors import safe_open
    from safetensors.torch import save_file

    path = stopped / "checkpoint" / "state.safetensors"
    with safe_open(path, "pt") as file:
        about = {name: value for name, value in file.metadata().items() if name != "random"}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    save_file(tensors, path, about)
    document = json.loads((stopped / "run.json").read_text())
    del document["code"]
    (stopped / "run.json").write_text(json.dumps(document))
    assert resume(stopped, data=few).finished


def test_all_random_numbers_go_on_where_they_were() -> None:
    def draw() -> list[float]:
        of_python, of_numpy = [random.random(), random.gauss(0, 1)], [np.random.randn(), np.random.rand()]
        return [*of_python, *of_numpy, float(torch.rand(()))]

    randomness.seed(5)
    draw()
    kept = randomness.tensors(), randomness.text()
    expected = [draw() for _ in range(3)]
    randomness.restore(randomness.parse(*kept))
    assert [draw() for _ in range(3)] == expected


def test_changed_code_is_not_gone_on_with_and_as_it_was_it_is(
    tmp_path: Path, few: Dataset, nine_steps: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would come of it is neither the one network's weights nor the other's; nor is the changed code run."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    code, canary = tmp_path / "mynet.py", tmp_path / "canary"
    text = CODE.replace("CHANCE", "0.25")
    code.write_text(text)
    train(f"{code}:Net", few, nine_steps, out=tmp_path / "whole")
    train(f"{code}:Net", few, nine_steps, out=tmp_path / "run", reporter=StopAt(3))
    code.write_text(f"open({str(canary)!r}, 'w')\n{text}")
    with pytest.raises(InputError, match="the code of .*mynet.py:Net has changed since run .* began; put it back"):
        resume(tmp_path / "run", data=few)
    code.unlink()
    with pytest.raises(InputError, match="mynet.py does not exist"):
        resume(tmp_path / "run", data=few)
    assert not canary.exists()
    code.write_text(text)
    assert resume(tmp_path / "run", data=few).finished
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")
