"""Models: what is saved comes back; what is damaged, foreign or not trusted is told in a line."""

import dataclasses
import json
import os
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
    torch.save(perceptron.network, tmp_path / "m.pt")
    with pytest.raises(InputError, match="a pickle, which is never opened here, for it can run code"):
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


def test_a_link_in_a_run_folder_is_not_followed_and_a_models_file_may_be_one(tmp_path: Path, perceptron: Model) -> None:
    model.save(tmp_path / "m.safetensors", perceptron)
    run = tmp_path / "run"
    run.mkdir()
    (run / "model.safetensors").symlink_to(tmp_path / "m.safetensors")
    with pytest.raises(InputError, match="is a link; a run folder holds its weights itself"):
        model.load(run)
    assert model.load(run / "model.safetensors").name == "perceptron"
    (tmp_path / "run again").symlink_to(run)
    (run / "model.safetensors").unlink()
    model.save(run / "model.safetensors", perceptron)
    assert model.load(tmp_path / "run again").name == "perceptron"


@pytest.mark.parametrize("name", ["x" * 300, "x\0y", "a/" * 3000, "/dev/zero", "/dev/stdin"])
def test_a_name_that_no_model_can_have_is_told(name: str) -> None:
    with pytest.raises(InputError, match="model .*(does not exist|cannot be opened|is no file)"):
        model.load(name)


def test_a_pipe_is_no_model(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is no file"):
        model.load(tmp_path / "pipe")


def test_a_model_of_a_network_that_is_not_known_asks_for_its_code(tmp_path: Path, perceptron: Model) -> None:
    model.save(tmp_path / "m.safetensors", dataclasses.replace(perceptron, name="Flat"))
    with pytest.raises(
        InputError,
        match="network 'Flat', whose code is not known here and is not kept with weights; give it: --network",
    ):
        model.load(tmp_path / "m.safetensors")


def test_a_network_that_the_user_names_runs_and_its_sizes_are_bounded(tmp_path: Path) -> None:
    code = tmp_path / "net.py"
    code.write_text(
        "from torch import nn\nclass Net(nn.Linear):\n    def __init__(s, classes): super().__init__(2, classes)\n"
    )
    path = tmp_path / "m.safetensors"

    def write(**facts: object) -> None:
        about = {"network": "other.py:Net", "classes": ["a", "b"], "shape": [1, 2, 1]} | facts
        save_file({"weight": torch.ones(2, 2), "bias": torch.ones(2)}, path, {"fivebyfive": json.dumps(about)})

    write()
    assert torch.equal(model.load(path, f"{code}:Net").network(torch.ones(1, 2)), torch.full((1, 2), 3.0))
    write(classes=[str(n) for n in range(9999)])
    with pytest.raises(InputError, match="9,999 classes and fewer weights than that"):
        model.load(path, f"{code}:Net")
    write(shape=[4096, 4096, 4096])
    with pytest.raises(InputError, match="at most 4096 a side"):
        model.load(path, f"{code}:Net")


def test_lazy_layers_take_their_sizes_from_the_weights(tmp_path: Path) -> None:
    code = tmp_path / "net.py"
    code.write_text("from torch import nn\nNet = lambda: nn.Sequential(nn.LazyLinear(2))\n")
    path = tmp_path / "m.safetensors"
    facts = {"network": "x", "classes": ["a", "b"], "shape": [1, 3, 1]}
    save_file({"0.weight": torch.ones(2, 3), "0.bias": torch.ones(2)}, path, {"fivebyfive": json.dumps(facts)})
    assert torch.equal(model.load(path, f"{code}:Net").network(torch.ones(1, 3)), torch.full((1, 2), 4.0))
