"""What filters are for: the strongest maps of a convolution, each below its filter."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from fivebyfive.views.post.panel import Panel, map_of, picture, wide_title, words

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

SHOWN = 6
SIZE = 98.0


def panels(step: "Step", seen: "Step") -> list[Panel]:
    """The maps of `seen`, what the bias and the activation behind `step` leave of it, that hold the most.

    Args:
        step: a convolution; its filters are shown where they read but one channel.
    """
    maps = seen.maps.detach().float()
    order = maps.abs().mean((1, 2)).argsort(descending=True, stable=True)[:SHOWN].tolist()
    return [_one(step, maps, int(channel)) for channel in order]


def of_picture(trace: "Trace") -> list[Panel]:
    """The picture as it was given, and each of its channels; none where no maps go in."""
    first = trace.steps[0]
    if first.size[:2] == (1, 1) or not first.size[0] * first.size[1]:
        return []
    drawn = [] if trace.image is None or trace.image.shape[2] < 3 else [_picture(trace.image[:, :, :3])]
    maps = first.maps.detach().float()
    return drawn + [_one(first, maps, channel) for channel in range(min(len(maps), SHOWN))]


def of_output(step: "Step") -> list[Panel]:
    """Maps that come out, where the answer is a picture."""
    if step.size[:2] == (1, 1):
        return []
    maps = step.maps.detach().float()
    return [_one(step, maps, channel) for channel in range(min(len(maps), SHOWN))]


def _picture(pixels: npt.NDArray[np.uint8]) -> Panel:
    rows, columns = pixels.shape[:2]
    cell = SIZE / max(rows, columns)
    elements = (words(0, 12, "the picture", "title"), picture(1, 20, columns * cell, rows * cell, pixels))
    return Panel(elements, max(columns * cell + 2, wide_title("the picture")), 22 + rows * cell)


def _one(step: "Step", maps: torch.Tensor, channel: int) -> Panel:
    rows, columns = maps.shape[1:]
    cell = SIZE / max(rows, columns)
    elements = [words(0, 12, f"channel {channel}", "title")]
    top = 20.0
    weight = _filter(step, channel)
    if weight is not None:
        elements.append(map_of(1, top, 40, 40, weight.numpy()))
        top += 50
    elements.append(map_of(1, top, columns * cell, rows * cell, maps[channel].numpy(), float(maps.abs().max())))
    return Panel(tuple(elements), max(columns * cell + 2, wide_title(f"channel {channel}")), top + rows * cell + 2)


def _filter(step: "Step", channel: int) -> torch.Tensor | None:
    """The filter [height, width] of an output channel that reads one channel."""
    weight = step.weight
    if weight is None or weight.dim() != 4 or step.attributes.get("transposed"):
        return None
    weight = weight.detach().float()
    ours = "strides" in step.call.values
    depth = weight.shape[2] if ours else weight.shape[1]
    if depth != 1:
        return None
    return weight[:, :, 0, channel] if ours else weight[channel, 0]
