"""Models: what is saved comes back; what is damaged, foreign or not trusted is told in a line."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fivebyfive import model
from fivebyfive.errors import InputError
from fivebyfive.model import Model
from fivebyfive.networks import build

CLASSES = tuple("0123456789")


@pytest.fixture
def perceptron() -> Model:
    torch.manual_seed(0)
    return Model(build("perceptron").eval(), "perceptron", CLASSES, (28, 28, 1), {"seed": 0})


def test_a_saved_model_comes_back_whole(tmp_path: Path, perceptron: Model) -> None:
    model.save(tmp_path / "m.safetensors", perceptron)
    back = model.load(tmp_path / "m.safetensors")
    assert (back.name, back.classes, back.shape, back.facts["seed"]) == ("perceptron", CLASSES, (28, 28, 1), 0)
    x = torch.rand(2, 784)
    assert torch.equal(back.network(x), perceptron.network(x))
    assert not back.network.training


def test_half_precision_halves_the_file(tmp_path: Path, perceptron: Model) -> None:
    model.save(tmp_path / "whole.safetensors", perceptron)
    model.save(tmp_path / "half.safetensors", perceptron, dtype=torch.float16)
    whole, half = ((tmp_path / f"{n}.safetensors").stat().st_size for n in ("whole", "half"))
    assert half < 0.51 * whole
    weights = model.load(tmp_path / "half.safetensors").network.state_dict()["weights.h1"]
    assert weights.dtype == torch.float32
    assert torch.allclose(weights, perceptron.network.state_dict()["weights.h1"], rtol=1e-3)


def test_a_truncated_file_is_told(tmp_path: Path, perceptron: Model) -> None:
    path = tmp_path / "m.safetensors"
    model.save(path, perceptron)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"m\.safetensors cannot be read"):
        model.load(path)


def test_a_pickle_is_not_loaded(tmp_path: Path, perceptron: Model) -> None:
    torch.save(perceptron.network.state_dict(), tmp_path / "m.pt")
    with pytest.raises(InputError, match="not safetensors"):
        model.load(tmp_path / "m.pt")


def test_weights_of_another_network_are_told(tmp_path: Path, perceptron: Model) -> None:
    model.save(tmp_path / "m.safetensors", perceptron)
    with pytest.raises(InputError, match="do not fit network conv_net: the file lacks biases.bc1"):
        model.load(tmp_path / "m.safetensors", network="conv_net")


def test_weights_of_another_shape_are_told(tmp_path: Path, perceptron: Model) -> None:
    model.save(tmp_path / "m.safetensors", Model(perceptron.network, "perceptron", CLASSES, (14, 14, 1)))
    with pytest.raises(InputError, match=r"weights.h1 is \[784, 256\] in the file but \[196, 256\]"):
        model.load(tmp_path / "m.safetensors")


def test_weights_that_say_nothing_of_their_network_are_told(tmp_path: Path) -> None:
    save_file({"w": torch.zeros(2)}, tmp_path / "m.safetensors")
    with pytest.raises(InputError, match="give --network"):
        model.load(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    "facts",
    [
        {"network": "perceptron", "shape": [10**9, 10**9, 1]},
        {"network": "perceptron", "shape": "large"},
        {"network": "perceptron", "classes": 7},
        {"network": "no_such_network"},
        ["not", "facts"],
    ],
)
def test_facts_that_make_no_sense_are_told(tmp_path: Path, facts: object) -> None:
    save_file({"w": torch.zeros(2)}, tmp_path / "m.safetensors", {"fivebyfive": json.dumps(facts)})
    with pytest.raises(InputError):
        model.load(tmp_path / "m.safetensors")


@pytest.mark.parametrize("name", ["nowhere", ".", "no_such_model"])
def test_a_place_without_a_model_is_told(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="not"):
        model.load(name)
