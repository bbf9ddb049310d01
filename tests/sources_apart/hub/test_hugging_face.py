"""Vision models of transformers, from a folder: their own preparation, their own class names, their own weights."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import ResNetConfig, ResNetForImageClassification, ViTConfig, ViTForImageClassification

from fivebyfive import explain, load
from fivebyfive.errors import InputError
from fivebyfive.networks import create
from fivebyfive.networks.spec import parse
from support import Call, expect_sentence

PREPARED = {
    "do_normalize": True, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
    "size": {"height": 32, "width": 32}, "image_processor_type": "ViTImageProcessor",
}  # fmt: skip
LABELS = {0: "cat", 1: "dog", 2: "bird"}


@pytest.fixture
def vit(folder: Path) -> Path:
    """A small vision transformer as save_pretrained writes it."""
    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32, patch_size=8,
        id2label=LABELS, label2id={name: i for i, name in LABELS.items()},
    )  # fmt: skip
    ViTForImageClassification(config).save_pretrained(folder / "vit")
    (folder / "vit" / "preprocessor_config.json").write_text(json.dumps(PREPARED))
    return folder / "vit"


def _picture() -> Any:
    return np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)


def test_a_folder_is_explained_with_its_own_preparation_and_classes(vit: Path) -> None:
    trace = explain(f"hf:{vit}", _picture())
    assert {label for label, _ in trace.prediction} == set(LABELS.values())
    assert trace.image is not None
    assert trace.image.shape == (32, 32, 3)
    with torch.no_grad():
        theirs = ViTForImageClassification.from_pretrained(vit).eval()(pixel_values=trace.steps[2].output).logits
    assert torch.allclose(trace.steps[-1].output, theirs, atol=1e-6)
    pixels = torch.from_numpy(trace.image).permute(2, 0, 1)[None] / 255
    mean, deviation = (torch.tensor(PREPARED[k]).reshape(1, 3, 1, 1) for k in ("image_mean", "image_std"))
    assert torch.allclose(trace.steps[2].output, (pixels - mean) / deviation)
    assert "Its weights are those of its folder." in trace.notes


def test_a_configuration_alone_has_fresh_weights(vit: Path) -> None:
    (vit / "model.safetensors").unlink()
    assert any("was never trained" in note for note in explain(f"hf:{vit}", _picture()).notes)


@pytest.mark.parametrize(
    ("size", "cut", "wanted"),
    [
        ({"shortest_edge": 36}, {"crop_size": {"height": 24, "width": 28}}, (24, 28)),
        (48, {}, (48, 48)),
        ({"shortest_edge": 40}, {"do_center_crop": False, "crop_size": 20}, (40, 40)),
        (None, {}, (64, 64)),
    ],
)
def test_the_image_processors_size_is_taken(folder: Path, size: Any, cut: dict[str, Any], wanted: Any) -> None:
    config = ResNetConfig(embedding_size=4, hidden_sizes=[4, 8], depths=[1, 1], num_labels=3, image_size=64)
    ResNetForImageClassification(config).save_pretrained(folder / "resnet")
    about = ({} if size is None else {"size": size}) | cut
    (folder / "resnet" / "preprocessor_config.json").write_text(json.dumps(about))
    assert load(f"hf:{folder / 'resnet'}").shape == (*wanted, 3)


def test_nothing_is_downloaded_and_the_error_says_what_to_put_where(call: Call) -> None:
    said = expect_sentence(call("explain", "hf:somebody/some-model"))
    assert "neither a folder with a model nor in the local cache, and nothing is downloaded" in said
    assert "put config.json, model.safetensors and preprocessor_config.json into a folder" in said


class _Touch:
    """Leaves a file where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def test_neither_a_pickle_nor_code_in_the_folder_is_run(vit: Path, folder: Path) -> None:
    marker = folder / "it ran"
    (vit / "model.safetensors").unlink()
    (vit / "pytorch_model.bin").write_bytes(pickle.dumps(_Touch(marker)))
    with pytest.raises(InputError):
        load(f"hf:{vit}")
    (vit / "pytorch_model.bin").unlink()
    config = json.loads((vit / "config.json").read_text())
    config |= {
        "model_type": "mine",
        "auto_map": {"AutoConfig": "evil.Config", "AutoModelForImageClassification": "evil.M"},
    }
    (vit / "config.json").write_text(json.dumps(config))
    (vit / "evil.py").write_text(f"open({str(marker)!r}, 'w')")
    with pytest.raises(InputError):
        load(f"hf:{vit}")
    assert not marker.exists()


def test_pictures_of_another_size_and_grey_ones_are_made_to_fit(vit: Path) -> None:
    network = create(parse(f"hf:{vit}"), None, height=50, width=40, channels=1, classes=3).eval()
    grey = torch.rand(2, 1, 50, 40)
    with torch.no_grad():
        colours = network(
            torch.nn.functional.interpolate(grey.expand(-1, 3, -1, -1), (32, 32), mode="bilinear", antialias=True)
        )
        assert torch.allclose(network(grey), colours, atol=1e-5)


def test_every_command_takes_it(vit: Path, folder: Path, call: Call) -> None:
    from PIL import Image

    for label in ("bee", "ant"):
        for part in range(8):
            (folder / "photos" / label).mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(part).integers(0, 256, (40, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / label / f"{part}.png")
    one = str(folder / "photos" / "bee" / "0.png")
    assert any(name in call("predict", one, "--model", f"hf:{vit}")[1] for name in LABELS.values())
    call("export", f"hf:{vit}", "--to", "onnx", "--out", "vit.onnx")
    assert (folder / "vit.onnx").is_file()
    call("train", f"hf:{vit}", "--data", "photos", "--samples", "20", "--batch-size", "4", "--out", "run")
    assert json.loads(call("evaluate", "run", "--data", "photos", "--json")[1])["test_accuracy"] >= 0
    assert "bee" in call("explain", one, "--model", "run")[1]
