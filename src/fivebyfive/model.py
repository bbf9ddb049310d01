"""A model is a network with weights: loaded from a run folder, a safetensors file or the package itself.

A model file cannot run code: safetensors holds numbers and text only, and whether the code of a user's own network may
run is `trust`'s to say. Nor can a small file take much memory: what it holds is compared with its network before
either is made.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from fivebyfive import answers, facts, portable, trust
from fivebyfive.datasets import samples
from fivebyfive.datasets.dataset import SHOWN_CLASSES
from fivebyfive.errors import InputError
from fivebyfive.files import instead, write_atomically
from fivebyfive.networks import NETWORKS, as_input, create, hub, in_file, new_head
from fivebyfive.networks.from_keras import KerasNetwork
from fivebyfive.networks.spec import Spec, parse
from fivebyfive.outputs import KINDS, LOGITS, kind_of
from fivebyfive.pictures import fitting, preparation
from fivebyfive.state import tensors_of, undisturbed
from fivebyfive.text import to_json
from fivebyfive.weights import Weights, opened

WEIGHTS = "model.safetensors"
TRIED = 32
"""Pictures that a network is shown to find out what its outputs are; of large ones, only as many as …"""
TRIED_BYTES, FEWEST_TRIED = 1 << 20, 4
"""… have so many bytes together, but so many at the least."""
MOST_UNWEIGHED = 100
"""Classes for which a file need not hold as many weights: what is made for so few is small."""
SHIPPED = "conv_net"
"""The shipped model that is taken when none is named."""


@dataclass(frozen=True)
class Model:
    """A network in evaluation mode, and what there is to know about it.

    Attributes:
        name: the network's: "conv_net", or FILE.py:NAME.
        classes: the name of each output.
        shape: height, width and channels of its pictures.
        facts: how it came about: recipe, seed, command, results.
    """

    network: nn.Module
    name: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    facts: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def preparation(self) -> str:
        """How a picture becomes what the network takes: `preparation.DIGITS` or `preparation.WHOLE`."""
        said = self.facts.get("preparation")
        if said in (preparation.DIGITS, preparation.WHOLE):
            return str(said)
        return preparation.rule_for(self.shape, self.classes, str(self.facts.get("data", "mnist")))

    @property
    def fit(self) -> str:
        """How a picture that is taken whole comes to `shape`, one of `fitting.FITS`."""
        return fitting.said(self.facts)

    @cached_property
    def outputs(self) -> str:
        """What the network gives, one of `outputs.KINDS`: as its file says, else found by asking it."""
        said = self.facts.get("outputs")
        if said in KINDS:
            return str(said)
        ours = type(self.network).__module__.startswith("fivebyfive.networks.")
        if ours and not isinstance(self.network, KerasNetwork):
            return LOGITS
        return outputs_of(self.network, samples(self.shape, TRIED))

    def in_words(self) -> str:
        """What was found of it: what it was taught, what it takes, and what its answers are."""
        data = self.facts.get("data")
        taught = f"taught on {portable.data_name(str(data))}" if data else "no word of what it was taught on"
        takes = preparation.IN_WORDS[self.preparation]
        names = ", ".join(self.classes[:SHOWN_CLASSES]) + (", …" if len(self.classes) > SHOWN_CLASSES else "")
        return (
            f"{portable.network_name(self.name)}: {taught}; takes {takes}, {'×'.join(map(str, self.shape))}; "
            f"gives {self.outputs} of {len(self.classes)} classes: {names}"
        )

    def probabilities(self, images: Tensor) -> Tensor:
        """Of each class for each image: uint8 [N, H, W, C] → float32 [N, classes], as `answers.probabilities` says."""
        return answers.probabilities(self.network, images, len(self.classes), self.name, self.outputs)


def outputs_of(network: nn.Module, images: npt.NDArray[np.uint8]) -> str:
    """What `network` gives for some `images` [N, H, W, C], one of `outputs.KINDS`; nothing of it changes.

    LOGITS where it gives something else or raises: it will do so again, and be told, when it is used.
    """
    try:
        with undisturbed(network), torch.inference_mode(False), torch.enable_grad():
            device = next((p.device for p in network.parameters()), torch.device("cpu"))
            answer = network(as_input(torch.from_numpy(images).to(device), network))
            return kind_of(answer) if isinstance(answer, Tensor) else LOGITS
    except (Exception, SystemExit):  # a user's own code may raise anything
        return LOGITS


def load(which: str | Path | None = None, network: str | nn.Module | None = None) -> Model:
    """The model in the run folder or file of weights `which`, or shipped under that name; None: the shipped one.

    Args:
        network: FILE.py:NAME of the network's code, for a user's own; or the network itself, which gets the weights.

    Raises:
        InputError: there is no such model, it is damaged, or its weights do not fit the network.
    """
    if network is None and isinstance(which, str) and hub.is_named(which):
        return of_hub(which)
    with opened(find(which)) as weights:
        if isinstance(network, nn.Module):
            return _given(weights, network)
        return _loaded(weights, None if network is None else in_file.named(network))


def load_own(network: str, which: str | Path | None = None) -> Model | nn.Module:
    """The user's own network that he names, with the weights of `which`, if that is given.

    A network alone, with nothing known of it, where no weights say which pictures they are for.

    Raises:
        InputError: as `load`.
    """
    named = in_file.named(network)
    if which is None:
        return _as_it_is(named)
    with opened(find(which)) as weights:
        if "shape" in weights.facts:
            return _loaded(weights, named)
        module = _as_it_is(named)
        weights.fill(module, named)
        return module


def of_hub(name: str) -> Model:
    """The network of timm or of Hugging Face that ``timm:NAME`` or ``hf:NAME`` means, as it comes: a whole model.

    Raises:
        InputError: it is not here, or what it needs is not installed.
    """
    network = hub.build(name).eval()
    assert isinstance(network, hub.Normalized)
    shape = (network.height, network.width, network.channels)
    with torch.inference_mode():
        outputs = network(torch.zeros(1, shape[2], *shape[:2])).shape[-1]
    classes = network.classes or tuple(str(n) for n in range(outputs))
    return Model(network, name, classes, shape, {"preparation": preparation.WHOLE, "outputs": LOGITS})


def _as_it_is(spec: Spec) -> nn.Module:
    return create(spec, trust.by_user(spec), height=None, width=None, channels=None, classes=None).eval()


def _loaded(weights: Weights, named: Spec | None) -> Model:
    """Args:
    named: the network that the user names; None: it is the one that the file names.
    """
    path, about = weights.path, weights.facts
    spec = named or _said(weights)
    shape = facts.shape(about.get("shape", [28, 28, 1]), path)
    classes = facts.classes(about.get("classes", [str(n) for n in range(10)]), path)
    sizes = dict(zip(("height", "width", "channels", "classes"), (*shape, len(classes)), strict=True))
    if named is None:
        code = trust.by_model(spec, shape, len(classes), path, "say so: --network SPEC")
    else:
        code = trust.by_user(spec)
    if code is None:
        weights.expect_fit_of(spec, **sizes)
    elif len(classes) > max(MOST_UNWEIGHED, sum(map(math.prod, weights.shapes.values()))):
        raise InputError(f"{path} has {len(classes):,} classes and fewer weights than that; the file is damaged")
    module = create(spec, code, **sizes)
    if code is not None and "new_head" in about:
        new_head.replace(module, about["new_head"], len(classes), path)
    weights.fill(module, spec)
    return Model(module.eval(), str(spec), classes, shape, about)


def _given(weights: Weights, network: nn.Module) -> Model:
    """The model whose network the caller has made himself."""
    path, about = weights.path, weights.facts
    shape = facts.shape(about.get("shape", [28, 28, 1]), path)
    classes = facts.classes(about.get("classes", [str(n) for n in range(10)]), path)
    name = str(about.get("network") or type(network).__name__)
    if "new_head" in about:
        new_head.replace(network, about["new_head"], len(classes), path)
    weights.fill(network, name)
    return Model(network.eval(), name, classes, shape, about)


def _said(weights: Weights) -> Spec:
    """The network that a file names itself."""
    name = weights.facts.get("network")
    if not name:
        raise InputError(f"{weights.path} does not say which network its weights are for; give --network FILE.py:NAME")
    try:
        spec = parse(name)
    except InputError as error:
        raise InputError(f"{weights.path}: {error}") from None
    if spec.file is None and spec.name not in NETWORKS and not hub.is_named(spec.name):
        raise InputError(
            f"{weights.path} has the weights of network '{name[:100]}', whose code is not known here and is not kept "
            "with weights; give it: --network FILE.py:NAME, or from Python load(…, network=…), the network itself"
        )
    return spec


def save(path: Path, model: Model, dtype: torch.dtype | None = None) -> None:
    """Write `model`'s weights and facts as one safetensors file, in one move.

    Args:
        dtype: that floating-point weights are stored in; None: each as exact as it is.
    """
    data = as_bytes(model, dtype)
    write_atomically(path, lambda file: file.write_bytes(data))


def as_bytes(model: Model, dtype: torch.dtype | None = None) -> bytes:
    """The safetensors file of `model`; `dtype` as in `save`.

    Raises:
        InputError: the network has state that no such file can hold.
    """
    tensors = tensors_of(model.network)
    if dtype is not None:
        tensors = {name: value.to(dtype) if value.is_floating_point() else value for name, value in tensors.items()}
    facts = model.facts | {"network": model.name, "classes": model.classes, "shape": model.shape}
    return to_bytes(tensors, {"fivebyfive": to_json(facts)})


def find(which: str | Path | None) -> Path:
    """The safetensors file that `which` means.

    Raises:
        InputError: there is none.
    """
    if which is None or str(which) in shipped():
        return Path(str(resources.files("fivebyfive") / "models" / f"{which or SHIPPED}.safetensors"))
    path = Path(which)
    try:
        return _in_run_folder(path) if path.is_dir() else _file(path)
    except InputError:
        raise
    except (OSError, ValueError) as error:  # a name that no file can have, or a folder that nobody may look into
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise InputError(f"model {which} cannot be opened ({reason})") from None


def _in_run_folder(folder: Path) -> Path:
    path = folder / WEIGHTS
    if path.is_symlink():
        raise InputError(f"{path} is a link; a run folder holds its weights itself (a model's file may be a link)")
    if path.is_file():
        return path
    if (folder / "run.json").is_file():
        raise InputError(
            f"run {folder} has no {WEIGHTS}; if its training has not ended, go on with: 5x5 train --resume {folder}"
        )
    others = sorted(file.name for file in folder.glob("*.safetensors"))
    found = f"; give the file: {folder / others[0]}" if others else f"; a run of 5x5 train has {WEIGHTS} in it"
    raise InputError(f"{folder} is not a run folder{found}")


def _file(path: Path) -> Path:
    if path.is_file():
        return path
    if path.exists():
        raise InputError(f"model {path} is no file; give a run folder or a .safetensors file")
    guess = instead(path, *shipped())
    raise InputError(
        f"model {path} does not exist{guess}; give a run folder, a .safetensors file, or one of {', '.join(shipped())}"
    )


def shipped() -> list[str]:
    """The names of the models that come with the package."""
    folder = resources.files("fivebyfive") / "models"
    return sorted(f.name.removesuffix(".safetensors") for f in folder.iterdir() if f.name.endswith(".safetensors"))
