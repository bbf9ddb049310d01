"""Networks as people write them run through every command, as they are: `tests/people` is written in their styles."""

import base64
import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fivebyfive
from fivebyfive import model as models
from fivebyfive.cli import app
from fivebyfive.datasets import Dataset
from fivebyfive.errors import Failure, InputError
from fivebyfive.pictures.decoding import decode
from fivebyfive.pictures.prepare import prepare
from fivebyfive.prediction import open_engine
from fivebyfive.views.page.document import Part, pack, unpack, values

PEOPLE = Path(__file__).parent / "people"
OF_DIGITS = [
    "argparse_at_import:Net",
    "attention_gates:AttUNetClassifier",
    "base_class:MnistModel",
    "basic_example:Net",
    "batchnorm_order:Network",
    "capsules:CapsNet",
    "config_dataclass:ConfigNet",
    "convnext_permute:ConvNeXt",
    "data_parallel:model",
    "densenet_lists:DenseNet",
    "deutsch_latin1:Netz",
    "double_precision:Net",
    "efficient_tuples:EfficientNet",
    "extra_state:Net",
    "fire_modules:SqueezeNet",
    "flat_features:Net",
    "forward_directly:Wrapper",
    "frozen_features:LinearProbe",
    "gabor_fixed:FixedFilters",
    "global_device:CNN",
    "gru_bidirectional:GRUClassifier",
    "hooks:MyModel",
    "inception_branches:Net",
    "kan_splines:KAN",
    "lambda_layers:model",
    "lazy_layers:VGG",
    "lenet5_ordered:LeNet5",
    "lightning_style:LitMNIST",
    "matrices_only:MnistLogistic",
    "maxout_custom:Net",
    "mean_std_buffers:SmallCNN",
    "mixer:MLPMixer",
    "mlp_view:NeuralNet",
    "module_dicts:DictNet",
    "module_list_loop:MLP",
    "needs_argument:Net(32)",
    "own_call:Net",
    "padding_modes:Net",
    "prints_shapes:CNN",
    "properties:PropertyNet",
    "quickstart:NeuralNetwork",
    "random_depth:StochasticDepth",
    "resnet_blocks:resnet8",
    "rows_lstm:model",
    "scripted_part:Net",
    "selu_alpha:SNN",
    "sequential_global:model",
    "shuffle_view:ShuffleNet",
    "siamese_branch:SiameseNetwork",
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
    "resnext_groups:ResNeXt8_4x2d",
    "vgg_cfg:VGG",
]
ONLY_EXPLAINED = ["autoencoder:ConvAutoencoder", "returns_tuple:Net", "unet_small:UNet"]
SHIPPED = ["conv_net", "quick"]
NOT_EXPORTED = {
    "global_device:CNN": r"its code fixes how many pictures come at a time \(as len\(x\) does\); write x.shape\[0\]",
    "padding_modes:Net": "ONNX has no operation for adaptive_max_pool2d",
    "scripted_part:Net": "its head is scripted by torch.jit.script, which PyTorch's exporter does not take",
}
"""What ONNX cannot hold, and what is said of it."""
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
    pixels, labels = digits.train.pixels[:132, ..., 0], digits.train.labels[:132]
    coloured = np.pad(pixels, ((0, 0), (2, 2), (2, 2)))[..., None] // np.array([1, 2, 3], np.uint8)
    for name, x in (("digits", pixels), ("colours", coloured)):
        np.savez(folder / f"{name}.npz", x_train=x[:120], y_train=labels[:120], x_test=x[120:], y_test=labels[120:])
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


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is remembered whose code was trained here."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def run(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process (a process for each would take an hour): what it printed, and where."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(state))

    def call(*arguments: str | Path) -> tuple[str, str]:
        app([str(a) for a in arguments])
        printed = capsys.readouterr()
        for text in printed:
            assert "unexpected" not in text.lower()
            assert "Traceback" not in text
        return printed.out, printed.err

    return call


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every network's training is kept, one for all tests."""
    return tmp_path_factory.mktemp("runs")


def spec_of(name: str) -> str:
    file, _, rest = name.partition(":")
    return f"{PEOPLE / file}.py:{rest}"


def learned(run: Run, name: str, data: Path, runs: Path) -> Path:
    """The run folder of a training of a few steps."""
    out = runs / name.partition(":")[0]
    if not out.exists():
        source = data / ("colours.npz" if name in (*OF_COLOURS, "unet_small:UNet") else "digits.npz")
        few = ("--recipe", "quick", "--samples", "100", "--batch-size", "50")
        run("train", spec_of(name), *few, "--data", source, "--out", out)
    return out


def in_file(page: Path) -> Part:
    """What a page that was written as a file holds."""
    found = re.search(r'id="document">([^<]*)</script>', page.read_text(encoding="utf-8"))
    assert found is not None
    return unpack(gzip.decompress(base64.b64decode(found[1])))


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.exhaustive] if i % 3 else []) for i, n in enumerate(OF_DIGITS + OF_COLOURS)],
)
def test_every_command_takes_it_as_it_is(name: str, run: Run, data: Path, runs: Path, photos: list[Path]) -> None:
    trained = learned(run, name, data, runs)
    evaluated = json.loads(run("evaluate", trained, "--json")[0])
    assert evaluated["images"] == 12
    (read,) = json.loads(run("predict", photos[0], "--model", trained, "--json")[0])
    assert read["digits"]
    about, _ = run("explain", photos[0], "--model", trained, "--json", "-", "--html", "page.html")
    steps = json.loads(about)["steps"]
    assert all(step["source"] for step in steps if step["kind"] not in ("input", "output"))
    assert all(np.isfinite(in_file(Path("page.html")).buffers["probabilities"]))


@pytest.mark.parametrize("name", NOT_EXPORTED)
def test_what_onnx_cannot_hold_is_said(name: str, run: Run, data: Path, runs: Path) -> None:
    with pytest.raises(Failure, match=NOT_EXPORTED[name]):
        run("export", learned(run, name, data, runs), "--to", "onnx", "--out", "model.onnx")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[pytest.mark.exhaustive] if i % 6 else [])
        for i, n in enumerate(n for n in OF_DIGITS + OF_COLOURS if n not in EXPORTED and n not in NOT_EXPORTED)
    ],
)
def test_it_is_exported_as_it_is(name: str, run: Run, data: Path, runs: Path) -> None:
    run("export", learned(run, name, data, runs), "--to", "onnx", "--out", "model.onnx")
    assert open_engine("model.onnx").classes == tuple("0123456789")


@pytest.mark.parametrize("name", ONLY_EXPLAINED)
def test_what_gives_no_list_of_classes_is_explained_all_the_same(
    name: str, run: Run, data: Path, runs: Path, photos: list[Path]
) -> None:
    run("explain", photos[0], "--network", spec_of(name), "--html", "page.html", "--json", "about.json")
    assert json.loads(Path("about.json").read_text())["steps"]
    assert in_file(Path("page.html")).fields["structure"]
    with pytest.raises(InputError, match="expected"):
        learned(run, name, data, runs)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.exhaustive] if i % 6 else []) for i, n in enumerate(EXPORTED + SHIPPED)],
)
def test_one_model_gives_one_answer(name: str, run: Run, data: Path, runs: Path, photos: list[Path]) -> None:
    trained = name if name in SHIPPED else learned(run, name, data, runs)
    run("export", trained, "--to", "onnx", "--out", "model.onnx")
    model = models.load(trained)
    torch_engine, onnx_engine = open_engine(trained), open_engine("model.onnx")
    for photo in photos:
        images = prepare(decode(photo), model.preparation, model.shape).images
        trace = fivebyfive.explain(model, photo)
        answers = {
            "PyTorch": torch_engine.probabilities(images)[0],
            "ONNX": onnx_engine.probabilities(images)[0],
            "explain": [dict(trace.prediction)[c] for c in model.classes],
            "the live page": unpack(pack(values(trace))).buffers["probabilities"],
        }
        for way, answer in answers.items():
            np.testing.assert_allclose(answer, answers["PyTorch"], rtol=0, atol=1e-4, err_msg=f"{way}, {photo.name}")
    trace.to_html("page.html")
    np.testing.assert_allclose(in_file(Path("page.html")).buffers["probabilities"], answers["PyTorch"], atol=1e-4)


def test_code_that_belongs_to_a_package_is_told_how_it_can_be_named(run: Run, tmp_path: Path) -> None:
    shutil.copytree(PEOPLE / "package", tmp_path / "package")
    for file, module in (("net", "package.net"), ("__init__", "package")):
        with pytest.raises(InputError, match=f"beside the folder package that holds: from {module} import"):
            run("explain", "--network", f"package/{file}.py:Net")
    (tmp_path / "mine.py").write_text("from package.net import Net\n")
    about, _ = run("explain", "--network", "mine.py:Net", "--json", "-")
    files = {Path(step["source"]["file"]).name for step in json.loads(about)["steps"]}
    assert files == {"net.py"}


def test_a_class_that_needs_an_argument_is_told_how_to_be_given_it(run: Run) -> None:
    with pytest.raises(
        InputError, match=r"missing a required argument: 'hidden'; it takes .*; give its arguments as .*:Net\("
    ):
        run("explain", "--network", spec_of("needs_argument:Net"))
