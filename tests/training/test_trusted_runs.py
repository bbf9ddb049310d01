"""A run of one's own network is gone on with, and its model used, as long as the code is what was trained."""

import json
import shlex
from pathlib import Path

import pytest
import torch

from fivebyfive import model
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.training.recipe import get
from fivebyfive.training.run import resume, train
from support import StopAt, weights

SHORT = get("classic", samples=1000, batch_size=50)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def small(digits: Dataset) -> Dataset:
    return Dataset(
        "mnist", digits.train[:1000], digits.validation[:50], digits.test[:50], digits.classes, digits.sha256
    )


@pytest.fixture
def net(tmp_path: Path) -> Path:
    (tmp_path / "parts.py").write_text("hidden = 4\n")
    file = tmp_path / "net.py"
    file.write_text(
        "from torch import nn\nfrom parts import hidden\n"
        "class Net(nn.Sequential):\n"
        "    def __init__(self, num_classes, width=hidden):\n"
        "        super().__init__(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, num_classes))\n"
    )
    return file


def test_a_stopped_run_goes_on_and_its_model_is_used_without_naming_the_code_again(
    tmp_path: Path, net: Path, small: Dataset
) -> None:
    train(f"{net}:Net(width=5)", small, SHORT, out=tmp_path / "whole")
    train(f"{net}:Net(width=5)", small, SHORT, out=tmp_path / "cut", reporter=StopAt(5))
    assert resume(tmp_path / "cut", data=small).finished
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    assert model.load(tmp_path / "cut").network(torch.zeros(1, 1, 28, 28)).shape == (1, 10)


@pytest.mark.parametrize("changed", ["net.py", "parts.py"])
def test_a_run_whose_code_has_changed_is_not_gone_on_with(
    tmp_path: Path, net: Path, small: Dataset, changed: str
) -> None:
    train(f"{net}:Net", small, SHORT, out=tmp_path / "run", reporter=StopAt(5))
    with (tmp_path / changed).open("a") as file:
        file.write("raise AssertionError('ran')\n")
    with pytest.raises(InputError, match="has changed.* train (it )?anew"):
        resume(tmp_path / "run", data=small)


def test_a_run_folder_from_elsewhere_is_not_gone_on_with_and_is_not_trusted_by_trying(
    tmp_path: Path, net: Path, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(f"{net}:Net", small, SHORT, out=tmp_path / "run", reporter=StopAt(5))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another machine"))
    for _ in range(2):
        with pytest.raises(InputError, match="was never trained here"):
            resume(tmp_path / "run", data=small)


def test_a_run_that_says_other_sizes_than_its_data_has_is_told(tmp_path: Path, small: Dataset) -> None:
    train("perceptron", small, SHORT, out=tmp_path / "run", reporter=StopAt(5))
    plan = json.loads((tmp_path / "run" / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps(plan | {"shape": [4096, 4096, 64]}))
    with pytest.raises(InputError, match="data mnist has changed since run"):
        resume(tmp_path / "run", data=small)


def test_a_training_that_cannot_be_remembered_says_so_and_goes_on(tmp_path: Path, net: Path, small: Dataset) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.warns(UserWarning, match="^that this network was trained here cannot be remembered") as warned:
        assert train(f"{net}:Net(width=6)", small, SHORT, out=tmp_path / "run").finished
    said = str(warned[0].message)
    assert "\n" not in said
    network = shlex.split(said)[-1]
    assert model.load(tmp_path / "run", network).name == network


def test_a_recipe_of_several_makes_one_ensemble_of_all_of_them(tmp_path: Path, small: Dataset) -> None:
    recipe = get("classic", samples=200, batch_size=50, ensemble=3)
    run = train("quick*2", small, recipe, out=tmp_path / "run")
    assert run.model.name == "quick*6"
    with pytest.raises(InputError, match="more than 99"):
        train("quick*50", small, recipe, out=tmp_path / "more")
    assert not (tmp_path / "more").exists()
