"""Networks of ``timm`` and of Hugging Face's ``transformers``, by their names: ``timm:resnet18``, ``hf:FOLDER``.

Their weights come from this machine alone, a folder or the local cache: nothing is downloaded, and no code that comes
with a model is run. Each is put behind its own normalization, so that every command gives it the same numbers.
"""

import importlib.util
import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.errors import InputError, meant
from fivebyfive.networks.fresh import NEVER_TRAINED

TIMM, HUGGING_FACE = "timm:", "hf:"
MOST_NAMES = 8
_NAMED = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
USUAL = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""Mean and deviation where a model does not say its own."""
NAMES = "config.json, model.safetensors and preprocessor_config.json"


class Normalized(nn.Module):
    """A network behind its own normalization of pixels: (x − mean) / deviation, channel by channel.

    Attributes:
        height, width, channels: of the pictures that it takes.
        classes: the names of its outputs, where it says them.
        notes: where its weights come from.
        own_size: the height and width that the network takes alone: other pictures are scaled to it; None: any.
        any_order: the network takes pictures in any order of memory.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        network: nn.Module,
        size: tuple[int, int, int],
        mean: Sequence[float],
        deviation: Sequence[float],
        classes: Sequence[str] | None = None,
        notes: Sequence[str] = (),
        own_size: tuple[int, int] | None = None,
        any_order: bool = False,
    ) -> None:
        super().__init__()
        self.any_order = any_order
        self.own_size = own_size
        self.network = network
        self.height, self.width, self.channels = size
        self.classes, self.notes = None if classes is None else tuple(classes), tuple(notes)
        self.register_buffer("mean", torch.tensor(mean).reshape(1, -1, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation).reshape(1, -1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] != self.mean.shape[1]:
            x = x.expand(-1, self.mean.shape[1], -1, -1)
        if self.own_size is not None and tuple(x.shape[2:]) != self.own_size:
            x = F.interpolate(x, self.own_size, mode="bilinear", antialias=True)
        x = (x - self.mean) / self.deviation
        answer = self.network(x)
        logits: Tensor = getattr(answer, "logits", answer)
        return logits

    def fused(self, x: Tensor) -> Tensor:
        """The same, quicker where the channels of a place may lie side by side."""
        return self.forward(x.contiguous(memory_format=torch.channels_last) if self.any_order else x)


def is_named(name: str) -> bool:
    """Whether a network's name is one of a hub's."""
    return name.startswith((TIMM, HUGGING_FACE))


def build(
    name: str,
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
    classes: int | None = None,
) -> nn.Module:
    """The network that ``timm:NAME`` or ``hf:NAME`` means, with its own weights where they are here.

    Raises:
        InputError: there is no such network here, or what it needs is not installed.
    """
    size = None if height is None or width is None else (height, width)
    make = _of_timm if name.startswith(TIMM) else _of_hugging_face
    return make(name.partition(":")[2], size, channels, classes)


def own_size(name: str) -> tuple[int, int, int]:
    """The height, width and channels of the pictures that a network was made for."""
    if name.startswith(TIMM):
        channels, height, width = _timms(name.removeprefix(TIMM))[1].input_size
        return int(height), int(width), int(channels)
    name = name.removeprefix(HUGGING_FACE)
    config = _configured(imported("transformers"), name)
    return (*_size(_prepared_by(_folder(name)), config), int(getattr(config, "num_channels", 3) or 3))


def has_weights(name: str) -> bool:
    """Whether a network's name is one of a hub's whose own weights are on this machine."""
    if not is_named(name):
        return False
    if name.startswith(HUGGING_FACE):
        return _holds_weights(_folder(name.removeprefix(HUGGING_FACE)))
    timm, _ = _timms(name.removeprefix(TIMM))
    return not any(note.startswith(NEVER_TRAINED) for note in _with_weights(timm, name.removeprefix(TIMM), {})[1])


def imported(package: str) -> Any:
    """The package, which nothing is downloaded by.

    Raises:
        InputError: it is not installed, or damaged.
    """
    if importlib.util.find_spec(package) is None:
        raise InputError(
            f"this network needs {package}, which is not installed; bring it with: pip install 'fivebyfive[{package}]'"
        )
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is downloaded
    try:
        _import_torchvision()
        found = importlib.import_module(package)
        if package == "transformers":
            found.utils.logging.set_verbosity_error()
            found.utils.logging.disable_progress_bar()
        return found
    except (ImportError, RuntimeError) as error:
        said = " ".join(str(error).split())[:200]
        raise InputError(f"{package} is installed but cannot be imported ({said}); install it again") from None


def _import_torchvision() -> None:
    """Both packages import it. Where its compiled part is for another build of PyTorch, the names in it are enough."""
    if importlib.util.find_spec("torchvision") is None:
        return
    for _ in range(MOST_NAMES):
        try:
            importlib.import_module("torchvision")
            return
        except RuntimeError as error:
            missing = re.fullmatch(r"operator torchvision::(\w+) does not exist", str(error))
            if missing is None:
                raise
            _NAMED.define(f"{missing[1]}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]


def _planned() -> bool:
    """Whether modules are only planned, without memory for weights."""
    return torch.empty(0).is_meta


def _per_channel(values: Sequence[float], channels: int) -> list[float]:
    """One number for each channel; grey pictures have the mean of three."""
    found = [float(v) for v in values]
    return found if len(found) == channels else [sum(found) / len(found)] * channels


# --- timm -----------------------------------------------------------------------------------------------------------


def _of_timm(name: str, size: tuple[int, int] | None, channels: int | None, classes: int | None) -> nn.Module:
    timm, about = _timms(name)
    deep, own_height, own_width = about.input_size
    height, width = size or (own_height, own_width)
    deep = channels or deep
    options: dict[str, Any] = {"in_chans": deep} | ({} if classes is None else {"num_classes": classes})
    resized = (height, width) != (own_height, own_width)
    network, notes = _with_weights(timm, name, options | ({"img_size": (height, width)} if resized else {}))
    mean, deviation = (_per_channel(values, deep) for values in (about.mean, about.std))
    return Normalized(network, (height, width, deep), mean, deviation, notes=notes, any_order=True)


def _timms(name: str) -> tuple[Any, Any]:
    """timm, and what it knows of the architecture."""
    timm = imported("timm")
    if not timm.is_model(name):
        known = timm.list_models()
        near = meant(name.partition(".")[0], known)
        raise InputError(f"timm has no network '{name[:100]}'{near}; timm.list_models() names those it has")
    return timm, timm.get_pretrained_cfg(name)


def _with_weights(timm: Any, name: str, options: Mapping[str, Any]) -> tuple[nn.Module, list[str]]:
    """The network with the weights of the local cache; with fresh ones where it has none."""
    plain = {key: value for key, value in options.items() if key != "img_size"}
    for pretrained in (False,) if _planned() else (True, False):
        for chosen in (options, plain) if plain != options else (plain,):
            try:
                made: nn.Module = timm.create_model(name, pretrained=pretrained, **chosen)
            except TypeError:  # it has no img_size: it takes pictures of any
                continue
            except Exception:  # nothing in the cache: each way of looking has an error of its own
                break
            said = "Its weights are those of the local cache." if pretrained else (
                f"{NEVER_TRAINED}: the local cache has none for it; --model takes trained ones."
            )  # fmt: skip
            return made, [said]
    raise InputError(
        f"timm cannot make {name} with {', '.join(f'{k}={v}' for k, v in options.items())}; choose another"
    )


# --- Hugging Face ---------------------------------------------------------------------------------------------------


def _of_hugging_face(name: str, size: tuple[int, int] | None, channels: int | None, classes: int | None) -> nn.Module:
    transformers = imported("transformers")
    folder, config = _folder(name), _configured(transformers, name)
    about = _prepared_by(folder)
    own = _size(about, config)
    height, width = size or own
    deep = int(getattr(config, "num_channels", 3) or 3)
    if classes is not None and classes != config.num_labels:
        config.num_labels = classes
    named = None if classes is not None and len(config.id2label) != classes else _class_names(config)
    network, notes = _loaded(transformers, folder, config)
    usual = (about.get("image_mean"), about.get("image_std")) if about.get("do_normalize", True) else ((0.0,), (1.0,))
    mean, deviation = (_per_channel(v or usual_, deep) for v, usual_ in zip(usual, USUAL, strict=True))
    return Normalized(network, (height, width, channels or deep), mean, deviation, named, notes, own)


def _configured(transformers: Any, name: str) -> Any:
    try:
        return transformers.AutoConfig.from_pretrained(_folder(name), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(_not_here(name)) from None


def _folder(name: str) -> Path:
    """The folder with the model's files: the one that is named, or the newest in the local cache."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except Exception:  # a name that none can have, or nothing in the cache
        raise InputError(_not_here(name)) from None


def _not_here(name: str) -> str:
    return (
        f"hf:{name[:200]} is neither a folder with a model nor in the local cache, and nothing is downloaded; put "
        f"{NAMES} into a folder and name it hf:FOLDER, or fill the cache: hf download NAME"
    )


def _loaded(transformers: Any, folder: Path, config: Any) -> tuple[nn.Module, list[str]]:
    """The classifier, with its weights where the folder has any: safetensors, or tensors that nothing comes with."""
    make = transformers.AutoModelForImageClassification
    try:
        if _holds_weights(folder) and not _planned():
            network: nn.Module = make.from_pretrained(
                folder, config=config, local_files_only=True, trust_remote_code=False, ignore_mismatched_sizes=True
            )
            return network, ["Its weights are those of its folder."]
        network = make.from_config(config, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, UnpicklingError) as error:
        said = " ".join(str(error).split())[:300]
        raise InputError(f"hf:{folder} cannot be made into a classifier of pictures ({said})") from None
    return network, [f"{NEVER_TRAINED}: its folder has no others."]


def _holds_weights(folder: Path) -> bool:
    return any(folder.glob("*.safetensors")) or any(folder.glob("pytorch_model*.bin"))


def _prepared_by(folder: Path) -> dict[str, Any]:
    """What its image processor does, {} where it does not say."""
    try:
        found = json.loads((folder / "preprocessor_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _size(about: Mapping[str, Any], config: Any) -> tuple[int, int]:
    """Height and width: what is cut out of a picture, or what it is made; else what the network says."""
    for key in ("crop_size", "size"):
        said = about.get(key)
        if key == "crop_size" and about.get("do_center_crop") is False:
            continue
        if isinstance(said, int):
            return said, said
        if isinstance(said, dict):
            edge = said.get("shortest_edge")
            height, width = said.get("height", edge), said.get("width", edge)
            if isinstance(height, int) and isinstance(width, int):
                return height, width
    own = getattr(config, "image_size", 224)
    return (int(own[0]), int(own[1])) if isinstance(own, (list, tuple)) else (int(own or 224), int(own or 224))


def _class_names(config: Any) -> list[str] | None:
    labels = config.id2label or {}
    names = [str(labels[i]) for i in range(config.num_labels) if i in labels]
    if len(names) != config.num_labels:
        return None
    times: Counter[str] = Counter()
    for i, name in enumerate(names):  # ImageNet has a crane that flies and one that lifts
        times[name] += 1
        names[i] = name if times[name] == 1 else f"{name} {times[name]}"
    return names
