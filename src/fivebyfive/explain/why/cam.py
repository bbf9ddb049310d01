"""Grad-CAM: where in a picture the maps of a step, each weighted by its mean gradient, speak for a class.

Source: Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra, Grad-CAM: visual explanations from deep networks via
gradient-based localization, https://arxiv.org/abs/1610.02391, equations 1 and 2
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.layout import as_maps
from fivebyfive.explain.step import Step

if TYPE_CHECKING:
    from fivebyfive.explain.why.account import Why


@dataclass(frozen=True, eq=False)
class Cam:
    """Where the maps of a step speak for a class.

    Attributes:
        step: its name.
        signed: Σ weight × map, doubles in the step's own size [h, w].
        coarse: max(0, signed), which is what the paper shows: only what speaks for the class.
        weights: of each map, the mean of its gradient: doubles [channels].
        picture: `coarse` brought to the picture's size [H, W], bilinearly.
    """

    step: str
    signed: Tensor = field(repr=False)
    coarse: Tensor = field(repr=False)
    weights: Tensor = field(repr=False)
    picture: Tensor = field(repr=False)


def grad_cam(why: "Why", step: str | int | None = None) -> Cam:
    """Grad-CAM of a step; by default of the last convolution whose maps have more than one place.

    Raises:
        InputError: there is no such step, or its maps have no places.
    """
    found = _last_convolution(why) if step is None else why.trace[step]
    height, width, _ = found.size
    if height * width < 2:
        raise InputError(f"the maps of {found.name} have no places; Grad-CAM needs a step with maps, a convolution say")
    gradients = as_maps(why.gradient(found), found.layout).double()
    weights = gradients.mean((1, 2))
    signed = (weights[:, None, None] * found.maps.double()).sum(0)
    coarse = signed.clamp_min(0)
    size = tuple(why.pixels.shape[1:])
    picture = F.interpolate(coarse[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]
    return Cam(found.name, signed, coarse, weights, picture)


def _last_convolution(why: "Why") -> Step:
    for index in sorted(why.swept.gradients, reverse=True):
        step = why.trace.steps[index]
        if step.kind == "convolution" and step.size[0] * step.size[1] > 1:
            return step
    raise InputError(f"{why.trace.network} has no convolution with maps on the way to {why.said}; name a step")
