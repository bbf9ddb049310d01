"""The networks that come with the package, one readable file each, and the way to a user's own.

Every network here is built by ``build(name, height=…, width=…, channels=…, classes=…)`` and says in ``layout`` how it
takes a batch of pictures: ``"flat"``, [N, H·W·C] as in the post, or ``"channels_last"``, [N, C, H, W] whose numbers lie
in memory as [N, H, W, C], which is quicker. Any other module gets [N, C, H, W] as a DataLoader would give it.
"""

import importlib
from dataclasses import replace

import torch
from torch import Tensor, nn

from fivebyfive.errors import InputError, meant
from fivebyfive.networks import hub
from fivebyfive.networks.ensemble import Ensemble
from fivebyfive.networks.own_code import Code
from fivebyfive.networks.spec import Spec

NETWORKS = {
    "conv_net": ("conv_net", "ConvNet"),
    "perceptron": ("perceptron", "Perceptron"),
    "quick": ("quick", "Quick"),
    "deep": ("deep", "Deep"),
    "best": ("best", "Best"),
    "photo_net": ("photo_net", "PhotoNet"),
}


def build(name: str, *, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10) -> nn.Module:
    """The network called `name`, with fresh weights, for pictures of this size and this many classes.

    Raises:
        InputError: there is no network of that name.
    """
    if name not in NETWORKS:
        raise InputError(
            f"network '{name}' is not known{meant(name, NETWORKS)}; choose one of {', '.join(NETWORKS)}, "
            "FILE.py:NAME, timm:NAME or hf:NAME"
        )
    module, cls = NETWORKS[name]
    network: nn.Module = getattr(importlib.import_module(f"fivebyfive.networks.{module}"), cls)(
        height=height, width=width, channels=channels, classes=classes
    )
    return network


def create(
    spec: Spec,
    code: Code | None = None,
    *,
    height: int | None,
    width: int | None,
    channels: int | None,
    classes: int | None,
) -> nn.Module:
    """The network that `spec` names, with fresh weights, for such pictures and so many classes.

    Args:
        code: of a user's own network, from `fivebyfive.trust`, which alone says whether it may run.
    """
    sizes = {"height": height, "width": width, "channels": channels, "classes": classes}
    if spec.copies > 1:
        return Ensemble([create(replace(spec, copies=1), code, **sizes) for _ in range(spec.copies)])
    if spec.file is None and hub.is_named(spec.name):
        return hub.build(spec.name, **sizes)
    if spec.file is None:
        return build(spec.name, **{name: size for name, size in sizes.items() if size is not None})
    from fivebyfive.networks.from_file import load_network

    assert code is not None
    return load_network(spec, code, **sizes)


def as_input(images: Tensor, network: nn.Module) -> Tensor:
    """Pictures [N, H, W, C] of bytes, as the floats in [0, 1] that `network` takes: [N, H·W·C] or [N, C, H, W];
    [N, H, W, C] or [N, H, W] where its layout is called "NHWC" or "NHW", as networks from TensorFlow and Keras have it.

    They are of the type of its weights, and contiguous but for the package's own networks, so that a ``view`` works
    behind any layer, as it does behind a DataLoader.
    """
    x = images.to(torch.float32).div_(255.0)
    layout = getattr(network, "layout", None)
    if layout == "flat":
        return x.reshape(x.shape[0], -1)
    if layout in ("NHWC", "NHW"):
        largest = getattr(network, "largest", 1.0)
        x = x if largest == 1.0 else x * largest
        return x if layout == "NHWC" else x[..., 0]
    x = x.permute(0, 3, 1, 2)
    if layout == "channels_last":
        return x
    # A copy, for one channel looks contiguous in any order and convolutions go on in the order that they find.
    weights = next((p.dtype for p in network.parameters() if p.is_floating_point()), torch.float32)
    return x.to(weights, memory_format=torch.contiguous_format, copy=True)


def members(network: nn.Module) -> list[nn.Module]:
    """The networks that answer together as `network`: itself alone, unless it is an ensemble, maybe of ensembles."""
    if not isinstance(network, Ensemble):
        return [network]
    return [member for part in network.members for member in members(part)]


def parameter_count(network: nn.Module) -> int:
    """How many numbers training adjusts."""
    return sum(p.numel() for p in network.parameters())
