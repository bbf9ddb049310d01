"""Networks as people write them run through every command, as they are: `tests/people` is written in their styles."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fivebyfive
from fivebyfive import model as models
from fivebyfive.cli import app
from fivebyfive.datasets import Dataset
from fivebyfive.datasets.picture import decode
from fivebyfive.datasets.preparation import prepare
from fivebyfive.errors import InputError
from fivebyfive.prediction import open_engine

PEOPLE = Path(__file__).parent / "people"
OF_DIGITS = [
    "argparse_at_import:Net",
    "base_class:MnistModel",
    "basic_example:Net",
    "batchnorm_order:Network",
    "capsules:CapsNet",
    "config_dataclass:ConfigNet",
    "convnext_permute:ConvNeXt",
    "densenet_lists:DenseNet",
    "deutsch_latin1:Netz",
    "double_precision:Net",
    "extra_state:Net",
    "fire_modules:SqueezeNet",
    "flat_features:Net",
    "gabor_fixed:FixedFilters",
    "global_device:CNN",
    "gru_bidirectional:GRUClassifier",
    "hooks:MyModel",
    "inception_branches:Net",
    "lambda_layers:model",
    "lazy_layers:VGG",
    "lenet5_ordered:LeNet5",
    "lightning_style:LitMNIST",
    "matrices_only:MnistLogistic",
    "maxout_custom:Net",
    "mean_std_buffers:SmallCNN",
    "mlp_view:NeuralNet",
    "module_dicts:DictNet",
    "module_list_loop:MLP",
    "padding_modes:Net",
    "prints_shapes:CNN",
    "properties:PropertyNet",
    "quickstart:NeuralNetwork",
    "random_depth:StochasticDepth",
    "resnet_blocks:resnet8",
    "rows_lstm:model",
    "selu_alpha:SNN",
    "sequential_global:model",
    "shuffle_view:ShuffleNet",
    "sigmoid_end:Perceptrons",
    "softmax_layer:CNNModel",
    "softmax_regression:net",
    "spatial_transformer:Net",
    "tabs_crlf:Net",
    "tied_weights:TiedNet",
    "trains_on_import:ConvNet",
    "view_320:Net",
    "vit_by_hand:SimpleViT",
    "vit_encoder:VisionTransformer",
    "weight_norms:Net",
]
OF_COLOURS = [
    "alexnet_small:alexnet",
    "bottleneck_factory:resnet14",
    "cifar_tutorial:net",
    "features_head:Net",
    "mobilenet_nested:MobileNet",
    "vgg_cfg:VGG",
]
ONLY_EXPLAINED = ["autoencoder:ConvAutoencoder", "returns_tuple:Net", "unet_small:UNet"]
EXPORTED = [
    "basic_example:Net",
    "cifar_tutorial:net",
    "convnext_permute:ConvNeXt",
    "densenet_lists:DenseNet",
    "double_precision:Net",
    "fire_modules:SqueezeNet",
    "flat_features:Net",
    "gabor_fixed:FixedFilters",
    "lazy_layers:VGG",
    "lenet5_ordered:LeNet5",
    "matrices_only:MnistLogistic",
    "mean_std_buffers:SmallCNN",
    "mobilenet_nested:MobileNet",
    "resnet_blocks:resnet8",
    "shuffle_view:ShuffleNet",
    "sigmoid_end:Perceptrons",
    "softmax_layer:CNNModel",
    "softmax_regression:net",
    "view_320:Net",
    "vit_by_hand:SimpleViT",
    "weight_norms:Net",
]

Run = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Path:
    """Two small data sets: digits as they are, and in colour, 32×32."""
    folder = tmp_path_factory.mktemp("data")
    pixels, labels = digits.train.pixels[:360, ..., 0], digits.train.labels[:360]
    coloured = np.pad(pixels, ((0, 0), (2, 2), (2, 2)))[..., None] // np.array([1, 2, 3], np.uint8)
    for name, x in (("digits", pixels), ("colours", coloured)):
        np.savez(folder / f"{name}.npz", x_train=x[:300], y_train=labels[:300], x_test=x[300:], y_test=labels[300:])
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> list[Path]:
    """Ten photos of one digit each: dark ink on uneven paper."""
    folder, random = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    paths = []
    for i, image in enumerate(digits.test.pixels[100:110, ..., 0]):
        ink = np.pad(np.kron(image, np.ones((4, 4))), 40) / 255
        paper = 200 + 30 * np.linspace(0, 1, ink.shape[1]) + random.normal(0, 2, ink.shape)
        paths.append(folder / f"{i}.png")
        Image.fromarray(np.clip(paper * (1 - 0.8 * ink), 0, 255).astype(np.uint8)).convert("RGB").save(paths[-1])
    return paths


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process (a process for each would take an hour): what it printed, and where."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def call(*arguments: str | Path) -> tuple[str, str]:
        app([str(a) for a in arguments], prog_name="5x5", standalone_mode=False)
        printed = capsys.readouterr()
        for text in printed:
            assert "unexpected" not in text.lower()
            assert "Traceback" not in text
        return printed.out, printed.err

    return call


def spec_of(name: str) -> str:
    file, _, rest = name.partition(":")
    return f"{PEOPLE / file}.py:{rest}"


def learned(run: Run, name: str, data: Path, out: str = "run") -> None:
    """A training of a few steps."""
    source = data / ("colours.npz" if name in OF_COLOURS else "digits.npz")
    run(
        "train",
        spec_of(name),
        "--recipe",
        "quick",
        "--data",
        source,
        "--samples",
        "600",
        "--batch-size",
        "50",
        "--out",
        out,
    )


@pytest.mark.parametrize("name", OF_DIGITS + OF_COLOURS)
def test_every_command_takes_it_as_it_is(name: str, run: Run, data: Path, photos: list[Path]) -> None:
    learned(run, name, data)
    again = spec_of(name)
    evaluated = json.loads(run("evaluate", "run", "--json")[0])
    assert evaluated["images"] == 60
    read = json.loads(run("predict", *photos[:2], "--model", "run", "--json")[0])
    assert all(r["digits"] for r in read)
    described = json.loads(run("explain", photos[0], "--model", "run", "--json", "-")[0])
    assert described["steps"]
    assert any(step["source"] for step in described["steps"])
    run("explain", photos[0], "--network", again, "--html", "page.html")
    assert Path("page.html").stat().st_size > 10_000


@pytest.mark.parametrize("name", ONLY_EXPLAINED)
def test_what_gives_no_list_of_classes_is_explained_all_the_same(
    name: str, run: Run, data: Path, photos: list[Path]
) -> None:
    run("explain", photos[0], "--network", spec_of(name), "--html", "page.html", "--json", "about.json")
    assert json.loads(Path("about.json").read_text())["steps"]
    with pytest.raises(InputError, match="expected"):
        learned(run, name, data)


@pytest.mark.parametrize("name", EXPORTED)
def test_one_model_gives_one_answer(name: str, run: Run, data: Path, photos: list[Path]) -> None:
    learned(run, name, data)
    run("export", "run", "--to", "onnx", "--out", "model.onnx")
    model = models.load("run")
    torch_engine, onnx_engine = open_engine("run"), open_engine("model.onnx")
    for photo in photos:
        images = prepare(decode(photo), model.preparation, model.shape).images
        by_torch, by_onnx = torch_engine.probabilities(images)[0], onnx_engine.probabilities(images)[0]
        trace = fivebyfive.explain(model, photo)
        by_explain = [dict(trace.prediction)[c] for c in model.classes]
        np.testing.assert_allclose(by_onnx, by_torch, atol=1e-4)
        np.testing.assert_allclose(by_explain, by_torch, atol=1e-4)
