"""A Keras model on PyTorch trains, and is evaluated, explained, exported and read like any other network."""

import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from fivebyfive import trust
from fivebyfive.datasets import samples
from fivebyfive.model import Model
from fivebyfive.networks import as_input, create
from fivebyfive.networks.from_keras import KerasNetwork, backend
from fivebyfive.networks.spec import parse
from fivebyfive.outputs import PROBABILITIES
from support import Command

PEOPLE = Path(__file__).parents[2] / "people" / "keras"
on_torch = pytest.mark.skipif(backend() != "torch", reason="only on PyTorch is it a network like any other")


def _created(text: str) -> KerasNetwork:
    spec = parse(f"{PEOPLE / text}")
    network = create(spec, trust.by_user(spec), height=28, width=28, channels=1, classes=10)
    assert isinstance(network, KerasNetwork)
    return network


@on_torch
@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("subclassed.py:MyModel", ("evaluate", "explain", "export")),
        pytest.param("toy_resnet.py:make_model(input_shape=(28, 28, 1))", ("predict",), marks=pytest.mark.exhaustive),
    ],
)
def test_it_is_trained_evaluated_explained_and_exported(
    five_by_five: Command, idx_folder: Path, tmp_path: Path, text: str, commands: tuple[str, ...]
) -> None:
    name, _, rest = text.partition(".py")
    shutil.copy(PEOPLE / f"{name}.py", tmp_path)
    picture, run = tmp_path / "digit.png", tmp_path / "run"
    Image.fromarray(samples((28, 28, 1), 1)[0, ..., 0]).save(picture)
    trained = five_by_five(
        "train", f"{name}.py{rest}", "--data", idx_folder, "--samples", "1280", "--batch-size", "64", "--out", run
    )
    assert trained.returncode == 0, trained.stderr
    assert "Optimization Finished!" in trained.stdout
    arguments: dict[str, list[str | Path]] = {
        "evaluate": [run],
        "explain": ["--model", run, picture],
        "predict": ["--model", run, picture],
        "export": [run, "--to", "onnx", "--out", tmp_path / "model.onnx"],
    }
    for command in commands:
        done = five_by_five(command, *arguments[command])
        assert done.returncode == 0, (command, done.stdout, done.stderr)


@on_torch
def test_what_it_ends_in_is_found_by_asking_it() -> None:
    network = _created("mnist_convnet.py:model")
    assert Model(network, "model", tuple("0123456789"), (28, 28, 1)).outputs == PROBABILITIES


@on_torch
def test_each_training_begins_with_the_weights_that_the_file_made() -> None:
    first, second = _created("mnist_convnet.py:model"), _created("mnist_convnet.py:model")
    before = {name: value.clone() for name, value in second.state_dict().items()}
    with torch.no_grad():
        for parameter in first.parameters():
            parameter.add_(1.0)
    assert all(torch.equal(value, before[name]) for name, value in second.state_dict().items())
    assert list(before) == [
        "conv2d.kernel", "conv2d.bias", "conv2d_1.kernel", "conv2d_1.bias", "dropout.seed_generator_state",
        "dense.kernel", "dense.bias",
    ]  # fmt: skip


@on_torch
def test_weights_have_the_same_names_however_many_models_were_made_before() -> None:
    text = "toy_resnet.py:make_model(input_shape=(28, 28, 1))"
    assert list(_created(text).state_dict()) == list(_created(text).state_dict())


@on_torch
def test_it_follows_the_modules_mode_and_keeps_moving_means_as_buffers() -> None:
    network = _created("subclassed.py:MyModel")
    x = as_input(torch.from_numpy(samples((28, 28, 1), 8)), network)
    before = network.state_dict()["blocks_0.norm.moving_mean"].clone()
    network.eval()(x)
    assert torch.equal(network.state_dict()["blocks_0.norm.moving_mean"], before)
    network.train()(x)
    assert not torch.equal(network.state_dict()["blocks_0.norm.moving_mean"], before)
    assert all("moving" not in name for name, _ in network.named_parameters())


@on_torch
def test_moved_buffers_stay_kerass_own() -> None:
    network = _created("subclassed.py:MyModel").double()
    layer = network.model.blocks[0].norm
    assert layer.moving_mean._value is dict(network.named_buffers())["blocks_0.norm.moving_mean"]
    assert layer.moving_mean._value.dtype == torch.float64


@pytest.mark.skipif(backend() == "torch", reason="on PyTorch it is trained")
def test_elsewhere_the_error_says_how(five_by_five: Command) -> None:
    told = five_by_five("train", f"{PEOPLE / 'mnist_convnet.py'}:model")
    assert told.returncode == 2
    assert "say KERAS_BACKEND=torch" in told.stderr
