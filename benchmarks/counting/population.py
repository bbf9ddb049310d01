"""The networks that the census counts: named, built from their configurations, given weights that hide nothing.

Nothing is downloaded: the weights are random. Where an architecture begins with zeros or ones (biases, scales, the last
normalization of a block) they are made random too, since a sum with the wrong bias is right as long as biases are zero,
and normalizations take the statistics of a few random pictures, so that values neither vanish nor grow.
"""

import importlib
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from counting.hugging_face import MADE, made
from counting.timm_names import NAMES, SIDES, SMALLER

QUICK = (
    "timm/resnet18",
    "timm/efficientnet_b0",
    "timm/mobilenetv3_small_050",
    "timm/swin_tiny_patch4_window7_224",
    "timm/test_convnext",
    "timm/test_maxvit",
    "timm/test_vit",
    "transformers/bert",
    "transformers/segformer",
    "transformers/swin",
    "transformers/vit",
    "transformers/wav2vec2",
)
_NAMED = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
"""Keeps the operators that it defines known."""


@dataclass(frozen=True)
class Member:
    """A network, ready: in evaluation mode, with what it is given, by name or as one picture."""

    name: str
    network: nn.Module
    given: Tensor | dict[str, Tensor]

    def call(self) -> object:
        """One plain forward."""
        with torch.no_grad():
            return self.network(**self.given) if isinstance(self.given, dict) else self.network(self.given)

    def with_picture(self, picture: Tensor) -> Tensor | dict[str, Tensor]:
        """What it is given, with another picture."""
        return dict.fromkeys(self.given, picture) if isinstance(self.given, dict) else picture

    @property
    def picture(self) -> Tensor | None:
        """The one tensor of numbers that it is given; None where there are several, or words."""
        given = list(self.given.values()) if isinstance(self.given, dict) else [self.given]
        return given[0] if len(given) == 1 and given[0].is_floating_point() else None


def names() -> list[str]:
    """Every network's name, LIBRARY/NAME."""
    return [*(f"timm/{name}" for name in NAMES), *(f"transformers/{name}" for name in MADE)]


def build(name: str) -> Member:
    """The network called `name`; the same weights and the same picture each time."""
    _import_torchvision()
    torch.manual_seed(0)
    library, _, own = name.partition("/")
    network, given = _of_timm(own) if library == "timm" else made(own)
    member = Member(name, network.eval(), given)
    with torch.no_grad():
        _enliven(network)
        _settle(member)
    return member


def _of_timm(name: str) -> tuple[nn.Module, Tensor]:
    import timm

    network = timm.create_model(name, pretrained=False, **SMALLER.get(name, {}))
    channels, height, width = timm.get_pretrained_cfg(name).input_size
    side = SIDES.get(name, SMALLER.get(name, {}).get("img_size"))
    return network, torch.rand(1, channels, side or height, side or width)


def _import_torchvision() -> None:
    """Both libraries import it; where its compiled part does not run, two names of operators must be made known."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        for operator in ("nms", "qnms"):
            signature = f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            _NAMED.define(signature)  # type: ignore[no-untyped-call]
        importlib.import_module("torchvision")


def _enliven(network: nn.Module) -> None:
    """Random numbers for every parameter that begins with the same number everywhere, small ones made larger."""
    for parameter in network.parameters():
        if not parameter.is_floating_point() or not parameter.numel():
            continue
        first = float(parameter.flatten()[0])
        if parameter.numel() == 1:
            parameter.fill_(first or 0.5)
        elif bool((parameter == first).all()):
            parameter.uniform_(0.5, 1.5) if first else parameter.normal_(0, 0.1)


def _settle(member: Member) -> None:
    """Batch normalizations take the mean and variance of a random batch; without a picture, made-up ones."""
    normalizations = [m for m in member.network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    picture = member.picture
    if not normalizations:
        return
    usual = [m.momentum for m in normalizations]
    for module in normalizations:
        module.train()
        module.momentum = 1.0
    try:
        assert picture is not None
        given = member.with_picture(torch.rand(2, *picture.shape[1:]))
        member.network(**given) if isinstance(given, dict) else member.network(given)
    except Exception:
        for module in normalizations:
            for statistic, low, high in ((module.running_mean, -0.2, 0.2), (module.running_var, 0.5, 1.5)):
                if statistic is not None:
                    statistic.uniform_(low, high)
    for module, momentum in zip(normalizations, usual, strict=True):
        module.momentum = momentum
    member.network.eval()
