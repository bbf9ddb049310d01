"""A model is a network with weights: loaded from a run folder, a safetensors file or the package itself.

A model file cannot run code: safetensors holds numbers and text only. A user's own network is code all the same, so
it is run only from the file that the user names (``--network``), or from one that this user trained on this machine
and that has not changed since.
"""

import hashlib
import json
import os
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.files import write_atomically
from fivebyfive.networks import NETWORKS, create, is_own

WEIGHTS = "model.safetensors"
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


def load(which: str | Path | None = None, network: str | nn.Module | None = None) -> Model:
    """The model in the run folder or safetensors file `which`, or shipped under that name; None: the shipped one.

    Args:
        network: FILE.py:NAME of the network's code, for a user's own; or the network itself, which gets the weights.

    Raises:
        InputError: there is no such model, it is damaged, or its weights do not fit the network.
    """
    path = find(which)
    about, tensors = read(path)
    spec = str(about.get("network", "")) if network is None or isinstance(network, nn.Module) else network
    if not spec and network is None:
        raise InputError(f"{path} does not say which network its weights are for; give --network FILE.py:NAME")
    height, width, channels = shape = _shape(about, path)
    classes = _classes(about, path)
    if network is None and is_own(spec):
        _expect_trusted(spec, path)
    if network is None and not is_own(spec) and spec.partition("*")[0] not in NETWORKS:
        raise InputError(
            f"{path} holds weights of {spec}, a class of a notebook or a program of its own, and code is not kept with "
            f"weights; give the network: load(…, network={spec}()), or --network FILE.py:{spec}"
        )
    if isinstance(network, nn.Module):
        module = network
    else:
        module = create(spec, height=height, width=width, channels=channels, classes=len(classes))
    fill(module, tensors, path, spec or type(module).__name__)
    return Model(module.eval(), spec, classes, shape, about)


def save(path: Path, model: Model, dtype: torch.dtype = torch.float32) -> None:
    """Write `model`'s weights and facts as one safetensors file, in one move.

    Args:
        dtype: that floating-point weights are stored in.
    """
    tensors = {
        name: (value.to(dtype) if value.is_floating_point() else value).clone().contiguous()
        for name, value in model.network.state_dict().items()
    }
    facts = model.facts | {"network": model.name, "classes": model.classes, "shape": model.shape}
    data = to_bytes(tensors, {"fivebyfive": json.dumps(facts, ensure_ascii=False)})
    write_atomically(path, lambda file: file.write_bytes(data))


def find(which: str | Path | None) -> Path:
    """The safetensors file that `which` means."""
    if which is None or str(which) in shipped():
        return Path(str(resources.files("fivebyfive") / "models" / f"{which or SHIPPED}.safetensors"))
    path = Path(which)
    if path.is_dir():
        if (path / WEIGHTS).is_file():
            return path / WEIGHTS
        if (path / "run.json").is_file():
            raise InputError(
                f"run {path} has no {WEIGHTS}; if its training has not ended, go on with: 5x5 train --resume {path}"
            )
        raise InputError(f"{path} is not a run folder: it has no {WEIGHTS}")
    if not path.is_file():
        raise InputError(
            f"model {which} does not exist; give a run folder, a .safetensors file, or one of {', '.join(shipped())}"
        )
    return path


def shipped() -> list[str]:
    """The names of the models that come with the package."""
    folder = resources.files("fivebyfive") / "models"
    return sorted(f.name.removesuffix(".safetensors") for f in folder.iterdir() if f.name.endswith(".safetensors"))


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """A safetensors file's facts, {} where it has none, and its tensors; half precision becomes single.

    Raises:
        InputError: it is no safetensors file, or it is damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            about = dict(json.loads((file.metadata() or {}).get("fivebyfive", "{}")))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise InputError(f"weights {path} cannot be read ({error}); the file is damaged or not safetensors") from None
    return about, {name: value.float() if value.dtype == torch.float16 else value for name, value in tensors.items()}


def _shape(about: dict[str, Any], path: Path) -> tuple[int, int, int]:
    shape = about.get("shape", [28, 28, 1])
    sensible = isinstance(shape, list) and len(shape) == 3 and all(isinstance(n, int) and 0 < n <= 4096 for n in shape)
    if not sensible:
        raise InputError(f"{path} says its pictures have shape {shape}; height, width and channels were expected")
    return shape[0], shape[1], shape[2]


def _classes(about: dict[str, Any], path: Path) -> tuple[str, ...]:
    classes = about.get("classes", [str(n) for n in range(10)])
    if not isinstance(classes, list) or not all(isinstance(c, str) for c in classes) or len(classes) < 2:
        raise InputError(f"{path} does not say in words which classes it knows; the file is damaged")
    return tuple(classes)


def fill(network: nn.Module, tensors: dict[str, Tensor], path: Path, spec: str) -> None:
    """Put weights into the network that they are for.

    Args:
        path, spec: where the weights and the network come from, for errors.

    Raises:
        InputError: a weight is missing, left over, or of another shape.
    """
    wanted = network.state_dict()
    missing, extra = sorted(wanted.keys() - tensors.keys()), sorted(tensors.keys() - wanted.keys())
    if missing or extra:
        what = f"lacks {missing[0]}" if missing else f"has {extra[0]}, which the network does not"
        raise InputError(f"weights {path} do not fit network {spec}: the file {what}")
    for name, value in wanted.items():
        if value.shape != tensors[name].shape:
            raise InputError(
                f"weights {path} do not fit network {spec}: {name} is {list(tensors[name].shape)} in the file "
                f"but {list(value.shape)} in the network"
            )
    network.load_state_dict(tensors)


# --- networks of the user's own: which code may run -----------------------------------------------------------------


def trust(spec: str) -> None:
    """Remember the code of FILE.py:NAME as it is now: this user has just trained it here."""
    ledger = _ledger()
    ledger.parent.mkdir(parents=True, exist_ok=True)
    with ledger.open("a") as file:
        file.write(f"{_fingerprint(spec)}\n")


def _expect_trusted(spec: str, path: Path) -> None:
    known = _ledger().read_text().split() if _ledger().is_file() else []
    if _fingerprint(spec) not in known:
        raise InputError(
            f"{path} was trained with the code in {spec}, which has changed or was never trained here; "
            f"if you trust that code, say so: --network {spec}"
        )


def _fingerprint(spec: str) -> str:
    file = Path(spec.rpartition(".py:")[0] + ".py").resolve()
    if not file.is_file():
        raise InputError(f"the network's code, {file}, does not exist; give --network FILE.py:NAME")
    return hashlib.sha256(str(file).encode() + b"\0" + file.read_bytes()).hexdigest()


def _ledger() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "fivebyfive" / "trained-networks"
