"""What a map answers to, found by showing it strokes: upright, lying, slanting, and two that meet in a corner.

The strokes are run through the trace's own steps, so what is said of a map is measured, and hangs on the network alone.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.layout import as_maps
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.explain.why.replayed import rerun_each

Floats = npt.NDArray[np.float32]
STRAIGHT = ("upright", "lying", "falling", "rising")
CORNERS = ("┌", "┐", "└", "┘")
WIDE = 3
"""Pixels that a stroke is wide, as those of MNIST are."""
MARGIN = 4
"""Pixels at the picture's edge that are left out: there a stroke ends, and padding begins."""
MOST = 2_000_000_000
"""Multiply-accumulates that are spent on it."""


@dataclass(frozen=True)
class Answers:
    """What every map of a step has for its largest value when it is shown each stroke.

    Attributes:
        most: [strokes, maps], the strokes in the order of `STRAIGHT` and `CORNERS`.
    """

    step: Step
    most: Floats

    def of(self, stroke: str) -> Floats:
        """Of every map, for one stroke."""
        found: Floats = self.most[(*STRAIGHT, *CORNERS).index(stroke)]
        return found

    def straight(self) -> Floats:
        """Of every map, for the straight stroke that it answers to most."""
        found: Floats = self.most[: len(STRAIGHT)].max(0)
        return found


def strokes(height: int, width: int) -> Floats:
    """The pictures, [strokes, height, width], white on black."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    half = WIDE / 2
    upright, lying = np.abs(x) <= half, np.abs(y) <= half
    slanting = [np.abs(x - y) <= half * math.sqrt(2), np.abs(x + y) <= half * math.sqrt(2)]
    right, left, below, above = x >= -half, x <= half, y >= -half, y <= half
    corners = [
        (lying & across) | (upright & along)
        for across, along in ((right, below), (left, below), (right, above), (left, above))
    ]
    return np.stack([upright, lying, *slanting, *corners]).astype(np.float32)


def answers(trace: Trace, wanted: Step) -> Answers | None:
    """How the maps of `wanted` answer to each stroke; None where the strokes cannot be shown."""
    first = trace.steps[0]
    image = trace.image
    if image is None or not _takes_pixels(first, image):
        return None
    pictures = torch.from_numpy(strokes(*image.shape[:2]))
    cost = sum(step.macs or 0 for step in trace.steps[: wanted.index + 1])
    if cost * len(pictures) > MOST:
        return None
    shown = torch.stack([_as_input(first, picture, image.shape[2]) for picture in pictures])
    try:
        outputs = rerun_each(trace.steps, first, shown, wanted)
    except InputError:
        return None
    maps = torch.stack([as_maps(output, wanted.layout) for output in outputs]).float()
    return Answers(wanted, _inner(maps, image.shape[0]).amax((2, 3)).numpy())


def _takes_pixels(first: Step, image: npt.NDArray[np.uint8]) -> bool:
    """Whether what goes in is the picture, from 0 to 1."""
    if first.output.numel() != image.size or not first.output.is_floating_point():
        return False
    return bool(torch.equal(_laid(first, torch.tensor(image) / 255), first.output.float().cpu()))


def _as_input(first: Step, picture: Tensor, channels: int) -> Tensor:
    return _laid(first, picture[..., None].expand(-1, -1, channels)).to(first.output)


def _laid(first: Step, image: Tensor) -> Tensor:
    """A picture [height, width, channels] in the shape of the network's input."""
    chw = first.layout.find("C") < first.layout.find("H")
    return (image.permute(2, 0, 1) if chw else image).reshape(first.output_shape).float()


def _inner(maps: Tensor, height: int) -> Tensor:
    """Without the edge, as far as there is something left."""
    edge = -(-MARGIN * maps.shape[2] // height)
    rows, columns = (min(edge, (n - 1) // 2) for n in maps.shape[2:])
    return maps[:, :, rows : maps.shape[2] - rows, columns : maps.shape[3] - columns]
