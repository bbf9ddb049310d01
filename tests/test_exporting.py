"""An exported model answers as in PyTorch, for any number of pictures, and says itself how it is used."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fivebyfive import model as models
from fivebyfive.datasets import Dataset
from fivebyfive.errors import Failure, InputError
from fivebyfive.exporting import write
from fivebyfive.model import Model
from fivebyfive.networks import build
from fivebyfive.prediction.onnx_engine import OnnxEngine
from fivebyfive.prediction.opening import open_engine
from fivebyfive.prediction.torch_engine import TorchEngine


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model as ONNX."""
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    write(models.load(), "onnx", path)
    return path


def test_onnx_runtime_and_pytorch_agree(exported: Path, digits: Dataset) -> None:
    here, there = OnnxEngine(exported), TorchEngine(models.load())
    images = digits.test.pixels[:200]
    assert np.abs(here.probabilities(images) - there.probabilities(images)).max() < 1e-4
    assert here.probabilities(images[:1]).shape == (1, 10)


def test_the_file_says_how_it_is_used(exported: Path) -> None:
    engine = OnnxEngine(exported)
    assert engine.classes == tuple("0123456789")
    assert engine.shape == (28, 28, 1)
    assert engine.preparation == "digits"
    assert b"/fivebyfive/" not in exported.read_bytes()  # nor where it was made


def test_the_documented_example_runs(exported: Path, digits: Dataset, tmp_path: Path) -> None:
    from PIL import Image

    code = (Path(__file__).parent.parent / "docs" / "export.md").read_text().split("```python\n")[1].split("```")[0]
    picture = tmp_path / "7.png"
    Image.fromarray(digits.test.pixels[0, :, :, 0]).save(picture)
    printed: list[object] = []
    exec(code.replace("model.onnx", str(exported)).replace("7.png", str(picture)), {"print": printed.append})
    assert printed == [str(digits.test.labels[0])]


@pytest.mark.parametrize("name", ["quick", "best", "perceptron"])
def test_other_networks_sizes_and_classes_can_be_exported(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = build(name, height=20, width=24, channels=3, classes=4)
    path = tmp_path / "pets.onnx"
    write(Model(network.eval(), name, ("cat", "dog", "hen", "ñandú"), (20, 24, 3), {"data": "pets"}), "onnx", path)
    engine = open_engine(path)
    assert engine.classes[3] == "ñandú"
    assert engine.preparation == "whole"
    assert engine.probabilities(np.zeros((5, 20, 24, 3), np.uint8)).shape == (5, 4)


def test_safetensors_come_back_as_the_same_model(tmp_path: Path) -> None:
    path = tmp_path / "copy.safetensors"
    write(models.load(), "safetensors", path)
    again = models.load(path)
    pairs = zip(again.network.parameters(), models.load().network.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_half_precision_takes_half_the_room_and_answers_alike(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = Model(build("quick").eval(), "quick", tuple("0123456789"), (28, 28, 1))
    for name, half in (("whole", False), ("half", True)):
        write(model, "safetensors", tmp_path / f"{name}.safetensors", half)
    large, small = (tmp_path / f"{name}.safetensors" for name in ("whole", "half"))
    assert small.stat().st_size < 0.6 * large.stat().st_size
    x = torch.rand(3, 1, 28, 28)
    torch.testing.assert_close(models.load(small).network(x), models.load(large).network(x), atol=0.02, rtol=0.02)
    with pytest.raises(InputError, match="leave out --half"):
        write(model, "onnx", tmp_path / "model.onnx", half=True)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "thesis.onnx"
    path.write_text("years of work")
    with pytest.raises(InputError, match="exists already"):
        write(models.load(), "onnx", path)
    assert path.read_text() == "years of work"


class Stubborn(nn.Module):
    """Its way depends on what it sees, which no fixed graph can follow."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros(x.shape[0], 2) if float(x.sum()) > 0 else torch.ones(x.shape[0], 2)


def test_a_network_that_cannot_be_exported_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be exported") as raised:
        write(Model(Stubborn(), "own.py:Stubborn", ("a", "b"), (8, 8, 1)), "onnx", tmp_path / "own.onnx")
    _, *lines = str(raised.value).splitlines()
    assert all(line.startswith("  ") for line in lines)  # the user's own, below the sentence
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_model_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a model")
    with pytest.raises(InputError, match="not an ONNX model"):
        open_engine(path)
    with pytest.raises(InputError, match="not exist"):
        open_engine(tmp_path / "missing.onnx")
    with pytest.raises(InputError, match="not known"):
        write(models.load(), "tflite", tmp_path / "x")


def test_a_calibrated_file_divides_its_logits_by_what_its_metadata_says(tmp_path: Path, digits: Dataset) -> None:
    import onnxruntime

    shipped = models.load("quick")
    model = dataclasses.replace(shipped, facts=shipped.facts | {"recipe": {"use_validation": False}})
    write(model, "onnx", tmp_path / "plain.onnx")
    write(model, "onnx", tmp_path / "calibrated.onnx", calibrated=True)
    logits, temperatures = [], []
    for name in ("plain", "calibrated"):
        session = onnxruntime.InferenceSession(tmp_path / f"{name}.onnx")
        logits += session.run(["logits"], {"images": digits.test.pixels[:50]})
        temperatures.append(float(session.get_modelmeta().custom_metadata_map["temperature"]))
    assert temperatures[0] == 1
    assert temperatures[1] != 1
    np.testing.assert_allclose(logits[1] * temperatures[1], logits[0], rtol=1e-4, atol=1e-4)


def test_who_learned_from_all_images_has_none_left_to_calibrate_with(tmp_path: Path) -> None:
    model = dataclasses.replace(models.load(), facts={"data": "mnist", "recipe": {"use_validation": True}})
    for facts in (model.facts, {}):
        with pytest.raises(InputError, match="no validation images that it was not trained on"):
            write(dataclasses.replace(model, facts=facts), "onnx", tmp_path / "model.onnx", calibrated=True)
    with pytest.raises(InputError, match="is for ONNX"):
        write(model, "safetensors", tmp_path / "model.safetensors", calibrated=True)
