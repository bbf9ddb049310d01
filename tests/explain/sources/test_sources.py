"""One notation for every network, and nothing of a framework is imported before it is needed."""

import subprocess
import sys
from pathlib import Path

import pytest
from torch import nn

from fivebyfive.errors import InputError
from fivebyfive.explain import sources

FRAMEWORKS = ("tensorflow", "keras", "onnx", "timm", "transformers", "jax", "h5py")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("model.onnx", "an ONNX model"),
        ("some folder/Model.ONNX", "an ONNX model"),
        ("digits.keras", "a Keras model"),
        ("old.h5", "a Keras model"),
        ("net.pt2", "an exported PyTorch program"),
        ("convolutional_network.py", "a TensorFlow 1 program"),
    ],
)
def test_a_file_is_told_by_its_name(text: str, what: str) -> None:
    source = sources.source_of(text)
    assert source is not None
    assert source.what == what
    assert sources.is_network(text)


@pytest.mark.parametrize("text", ["net.py:Net", "net.py:Net(32, depth=4)", "conv_net", "timm:resnet18", "hf:folder"])
def test_networks_of_pytorch_have_no_source(text: str) -> None:
    assert sources.source_of(text) is None
    assert sources.is_network(text)


@pytest.mark.parametrize("text", ["7.png", "photo.jpg", "folder/cat", "none"])
def test_pictures_are_no_networks(text: str) -> None:
    assert not sources.is_network(text)


def test_a_picture_that_is_called_like_a_network_is_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").write_bytes(b"\x89PNG")
    assert not sources.is_network("deep")


def test_a_folder_with_a_saved_model_is_one(tmp_path: Path) -> None:
    assert not sources.is_network(str(tmp_path))
    (tmp_path / "saved_model.pb").write_bytes(b"")
    assert sources.source_of(str(tmp_path)) is sources.SAVED_MODEL


def test_weights_beside_a_file_that_has_its_own_are_refused() -> None:
    with pytest.raises(InputError, match="model.onnx is an ONNX model, which has its own weights; leave out --model"):
        sources.named("model.onnx", "weights.safetensors")


def test_what_is_not_installed_is_one_line_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for package, extra in sources.EXTRAS.items():
        with pytest.raises(InputError) as error:
            sources.needed(package)
        assert str(error.value) == (
            f"this network needs {package}, which is not installed; bring it with: pip install 'fivebyfive[{extra}]'"
        )


def test_every_source_is_there() -> None:
    folder = Path(sources.__file__).parent
    modules = [
        *(source.module for source in sources.FILES.values()),
        sources.SAVED_MODEL.module,
        *sources.OBJECTS.values(),
    ]
    for module in modules:
        place = folder.joinpath(*module.split("."))
        assert place.with_suffix(".py").is_file() or (place / "__init__.py").is_file(), module


def test_a_network_of_pytorch_imports_no_framework(tmp_path: Path) -> None:
    """Nor does a .pt2 or asking what a text means."""
    code = (
        "import sys, torch\nimport fivebyfive\nfrom fivebyfive.explain import sources\n"
        "fivebyfive.explain('conv_net', torch.rand(1, 28, 28))\nsources.is_network('model.onnx')\n"
        f"print([name for name in {FRAMEWORKS} if name in sys.modules])\n"
        "print([name for name in sys.modules if name.startswith('fivebyfive.explain.sources.')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == ["[]", "['fivebyfive.explain.sources.scripted']"]


def test_a_module_of_pytorch_stays_itself() -> None:
    network = nn.Linear(2, 2)
    assert sources.as_network(network) is network
