"""A photograph reaches the network in the very same bytes, whoever prepares it: training, predict, explain, a page."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fivebyfive import datasets, explain, gallery
from fivebyfive.exporting import write
from fivebyfive.model import Model, load, save
from fivebyfive.networks import create
from fivebyfive.networks.spec import parse
from fivebyfive.pictures.decoding import decode
from fivebyfive.prediction.guarded import GuardedEngine
from fivebyfive.prediction.reading import picture_of, read
from fivebyfive.prediction.sources import Source
from fivebyfive.prediction.stream import Way, read_files
from fivebyfive.prediction.torch_engine import TorchEngine
from striped import photographs

SIZE = (40, 48)
SIZES = ((40, 48), (90, 70), (700, 900), (33, 500), (1333, 60))


class Asked(TorchEngine):
    """Keeps what it was asked about."""

    def probabilities(self, images: Any) -> Any:
        self.images = images
        return super().probabilities(images)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photographs(tmp_path_factory.mktemp("photographs"), 5, SIZES)


def model(fit: str) -> Model:
    sizes = {"height": SIZE[0], "width": SIZE[1], "channels": 3, "classes": 2}
    facts = {"preparation": "whole", "fit": fit, "outputs": "logits"}
    torch.manual_seed(0)  # weights from N(0, 1) over 5,760 pixels: some of them are steeper than an export's bound
    return Model(
        create(parse("perceptron"), None, **sizes).eval(), "perceptron", ("lying", "standing"), (*SIZE, 3), facts
    )


@pytest.mark.parametrize("fit", ["squeeze", "crop", "pad", "resize"])
def test_what_training_saw_is_what_is_given_to_the_model(folder: Path, fit: str) -> None:
    everything = datasets.load(folder, size=SIZE, fit=fit).everything().pixels
    seen = {picture.tobytes() for picture in everything}
    trained = model(fit)
    engine = Asked(trained)
    files = sorted(folder.rglob("*.jpg"))
    assert len(files) == len(seen) == 10
    given = {"predict": set[bytes](), "bytes": set[bytes](), "many": set[bytes](), "explain": set[bytes]()}
    for file in files:
        read(picture_of(file), engine)
        given["predict"].add(engine.images.tobytes())
        read(picture_of(file.read_bytes()), engine)
        given["bytes"].add(engine.images.tobytes())
        for _ in read_files([Source(str(file), file)], engine, Way()):
            given["many"].add(engine.images.tobytes())
        trace = explain(trained, file)
        assert trace.image is not None
        given["explain"].add(trace.image.tobytes())
    assert all(found == seen for found in given.values())
    shown = gallery.of_files([folder], "whole", (*SIZE, 3), fit).pixels
    assert {picture.tobytes() for picture in shown} == seen


def test_a_file_of_the_model_says_it_and_an_exported_one_answers_alike(tmp_path: Path, folder: Path) -> None:
    trained = model("pad")
    save(tmp_path / "model.safetensors", trained)
    assert load(tmp_path / "model.safetensors", "perceptron").fit == "pad"
    write(trained, "onnx", tmp_path / "model.onnx")
    exported = GuardedEngine(tmp_path / "model.onnx")
    for file in sorted(folder.rglob("*.jpg"))[:3]:
        ours, theirs = (read(picture_of(file), engine).digits[0] for engine in (TorchEngine(trained), exported))
        assert theirs.label == ours.label
        assert theirs.probability == pytest.approx(ours.probability, abs=1e-5)


def test_a_large_photograph_is_decoded_at_a_fraction_by_both(folder: Path) -> None:
    large = next(file for file in sorted(folder.rglob("*.jpg")) if decode(file).width == 900)
    engine = Asked(model("crop"))
    read(picture_of(large), engine)
    whole = decode(large)
    assert whole.pixels.shape[:2] == (700, 900)
    assert decode(large, enough=48).pixels.shape[0] < 700
    assert not np.array_equal(engine.images[0], whole.pixels)
