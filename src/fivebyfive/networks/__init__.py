"""The networks that come with the package, one readable file each, and the way to a user's own.

Every network here is built by ``build(name, height=…, width=…, channels=…, classes=…)`` and says in ``layout`` how it
takes a batch of pictures: ``"flat"``, [N, H·W·C] as in the post, or ``"NCHW"``, PyTorch's own, as any other module.
"""

import importlib
import re
from pathlib import Path

import torch
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.networks.ensemble import Ensemble

NETWORKS = {
    "conv_net": ("conv_net", "ConvNet"),
    "perceptron": ("perceptron", "Perceptron"),
    "quick": ("quick", "Quick"),
    "deep": ("deep", "Deep"),
    "best": ("best", "Best"),
}


def build(name: str, *, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10) -> nn.Module:
    """The network called `name`, with fresh weights, for pictures of this size and this many classes.

    Raises:
        InputError: there is no network of that name.
    """
    if name not in NETWORKS:
        raise InputError(f"network '{name}' is not known; choose one of {', '.join(NETWORKS)}, or FILE.py:NAME")
    module, cls = NETWORKS[name]
    network: nn.Module = getattr(importlib.import_module(f"fivebyfive.networks.{module}"), cls)(
        height=height, width=width, channels=channels, classes=classes
    )
    return network


def is_own(name: str) -> bool:
    """Whether `name` is FILE.py:NAME, a user's own network."""
    return name.partition(":")[0].endswith(".py")


def absolute(name: str) -> str:
    """`name`, with the whole path where it is FILE.py:NAME, so that a run is good from any folder."""
    file, _, rest = name.partition(":")
    return f"{Path(file).resolve()}:{rest}" if is_own(name) else name


def create(name: str, *, height: int, width: int, channels: int, classes: int) -> nn.Module:
    """A network of this package, or a user's own by FILE.py:NAME, for such pictures and so many classes.

    A name that ends in ``*3`` is an ensemble of three.
    """
    if match := re.fullmatch(r"(.+)\*([1-9]\d?)", name):
        size = {"height": height, "width": width, "channels": channels, "classes": classes}
        return Ensemble([create(match[1], **size) for _ in range(int(match[2]))])
    if not is_own(name):
        return build(name, height=height, width=width, channels=channels, classes=classes)
    from fivebyfive.networks.from_file import load_network

    return load_network(name, height=height, width=width, channels=channels, classes=classes)


def as_input(images: Tensor, network: nn.Module) -> Tensor:
    """Pictures [N, H, W, C] of bytes, as the floats in [0, 1] that `network` takes: [N, H·W·C] or [N, C, H, W]."""
    x = images.to(torch.float32).div_(255.0)
    if getattr(network, "layout", "NCHW") == "flat":
        return x.reshape(x.shape[0], -1)
    return x.permute(0, 3, 1, 2)


def members(network: nn.Module) -> list[nn.Module]:
    """The networks that answer together as `network`: itself alone, unless it is an ensemble, maybe of ensembles."""
    if not isinstance(network, Ensemble):
        return [network]
    return [member for part in network.members for member in members(part)]


def parameter_count(network: nn.Module) -> int:
    """How many numbers training adjusts."""
    return sum(p.numel() for p in network.parameters())
