"""Where a network comes from: one notation for all of them, and every framework's own objects.

A source reads foreign code or a file and gives a `Graph`, whose `Program` is explained like any network of PyTorch.
None of them is imported before it is used. What a source needs beyond PyTorch is an extra; without it the error names
the command that brings it.
"""

import contextlib
import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import nn

from fivebyfive import causes, trust
from fivebyfive import model as models
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain.program import Program
from fivebyfive.model import Model
from fivebyfive.networks import NETWORKS, fresh, from_file, hub, in_file
from fivebyfive.networks.foreign import framework_of
from fivebyfive.networks.from_keras import KerasNetwork
from fivebyfive.networks.spec import parse
from fivebyfive.state import untouched

Network = nn.Module | Model

EXTRAS = {"tensorflow": "tensorflow", "keras": "keras", "onnx": "onnx", "onnxruntime": "onnx"}
"""The extra of this package that brings another one."""


@dataclass(frozen=True)
class Source:
    """A sort of file that holds a network.

    Attributes:
        module: the file of this folder that reads it, by its function ``read(path)``.
        what: what it is called.
    """

    module: str
    what: str


FILES: Mapping[str, Source] = {
    ".onnx": Source("onnx.reading", "an ONNX model"),
    ".keras": Source("keras.files", "a Keras model"),
    ".h5": Source("keras.files", "a Keras model"),
    ".hdf5": Source("keras.files", "a Keras model"),
    ".pt2": Source("exported", "an exported PyTorch program"),
    ".py": Source("tensorflow.program", "a TensorFlow 1 program"),
}
OBJECTS: Mapping[str, str] = {
    "keras": "keras",
    "tensorflow": "tensorflow",
    "onnx": "onnx",
    "torch.export": "exported",
}
"""Which file of this folder takes a framework's own object, by its function ``as_network(object)``."""
KERAS_WEIGHTS = (".h5", ".hdf5", ".keras")
SAVED_MODEL = Source("tensorflow.saved_model", "a SavedModel")


def source_of(text: str) -> Source | None:
    """Which source reads what `text` names; None for a network of PyTorch, whose notation is `networks.spec`'s."""
    path = Path(text)
    if (path / "saved_model.pb").is_file():
        return SAVED_MODEL
    return None if ".py:" in text else FILES.get(path.suffix.lower())


def is_network(text: str) -> bool:
    """Whether `text` is written as a network is, and not as a picture is."""
    return (
        source_of(text) is not None
        or ".py:" in text
        or hub.is_named(text)
        or (text in NETWORKS and not Path(text).is_file())
    )


def named(text: str, weights: str | Path | None = None) -> Network:
    """The network that `text` names, ready to be explained.

    Args:
        text: as ``--network`` has it; also a run folder or a file of weights that says its network.
        weights: a file of weights or a run folder; None: those that the network itself brings.

    Raises:
        InputError: there is none, it is damaged, or what it needs is not installed.
        Failure: its own code raised.
    """
    source = source_of(text)
    if source is FILES[".py"] and not _module(source.module).is_one(Path(text)):
        text, source = str(in_file.named(text)), None
    if source is not None:
        if weights is not None:
            raise InputError(f"{text} is {source.what}, which has its own weights; leave out --model")
        found: Network = _module(source.module).read(Path(text))
        return found
    if ".py:" in text and weights is None:
        spec = parse(text)
        code = trust.by_user(spec)
        assert code is not None
        made = as_network(from_file.load(spec, code))
        if isinstance(made, Program):
            made.graph = replace(made.graph, name=spec.name)
        if not isinstance(made, nn.Module):
            return made
        fresh.watch(made, _again(made, lambda: from_file.load(spec, code)))
        return made.eval()
    if hub.is_named(text) and weights is None:
        return models.of_hub(text)
    if ".py:" in text and weights is not None and Path(weights).suffix in KERAS_WEIGHTS:
        return _with_keras_weights(text, Path(weights))
    if hub.is_named(text) or ".py:" in text or (weights is not None and text not in NETWORKS):
        return models.load_own(text, weights)
    return models.load(text) if weights is None else models.load(weights, text)


def _again(network: nn.Module, make: Callable[[], Any]) -> Callable[[], Any]:
    """`make` as if it were not called: no random number is used up, and nothing printed.

    It gives None where there can be no second one beside `network`.
    """

    def made() -> Any:
        with untouched(network), causes.unseen(), contextlib.suppress(InputError, Failure, MemoryError):
            return make()

    return made


def _with_keras_weights(text: str, weights: Path) -> Network:
    """The user's own Keras model with the weights of one of Keras's files."""
    spec = parse(text)
    code = trust.by_user(spec)
    assert code is not None
    made = from_file.load(spec, code)
    model = made.model if isinstance(made, KerasNetwork) else made
    if framework_of(model) != "keras":
        raise InputError(f"{weights} is a file of Keras, and {text} is no network of Keras")
    _module("keras.files").load_weights(model, weights)
    return as_network(made)


def as_network(given: Any) -> Network:
    """`given` as a network that can be explained: PyTorch's modules and models as they are, names as `named`.

    Raises:
        InputError: it is no network, or one that cannot be explained.
    """
    if isinstance(given, (str, Path)):
        return named(str(given))
    module = OBJECTS.get(framework_of(given) or "")
    if module is not None:
        found: Network = _module(module).as_network(given)
        return found
    if not isinstance(given, (nn.Module, Model)):
        raise InputError(
            f"the network is a {type(given).__name__}; a torch.nn.Module, a model, the name of one (FILE.py:NAME, "
            "FILE.onnx …), or a network of Keras, TensorFlow or ONNX was expected"
        )
    return given


def needed(*packages: str) -> None:
    """Raise unless the packages are installed, which is told without importing them.

    Raises:
        InputError: one is not there; it names the command that brings it.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise InputError(
                f"this network needs {package}, which is not installed; bring it with: "
                f"pip install 'fivebyfive[{EXTRAS[package]}]'"
            )


def _module(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}")
