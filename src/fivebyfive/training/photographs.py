"""Photographs mirrored, cut, seen in another light and mixed: a new picture each time, of the same thing.

Every random number follows from the seed and the step, and is drawn for the whole batch at once: whoever takes a part
of a batch, another process or the same one later, makes the very same pictures of it.

Sources: C. Szegedy et al., Going Deeper with Convolutions, 2014 (parts of a picture, of any size and aspect);
H. Zhang et al., mixup: Beyond Empirical Risk Minimization, 2017; H. Touvron et al., Fixing the train-test resolution
discrepancy, 2019 (what is learned from parts is learned at a smaller size).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.training.recipe import MOST_MEMBERS, Recipe

ASPECT = 4 / 3
"""A part is up to so many times as wide for its height as the whole picture, or as high for its width."""
LIGHTNESS = (0.299, 0.587, 0.114)
"""How bright red, green and blue look: ITU-R BT.601."""
COARSEST = 32
"""Sides of pictures that are learned at a smaller size are multiples of this, which most networks halve down to 1."""


@dataclass(frozen=True)
class Draws:
    """What happens to each picture of a batch.

    Attributes:
        boxes: float [N, 4], the part that is shown: top, left, height and width as shares of the picture's.
        mirrored: bool [N].
        light, contrast, colour: float [N], factors.
        own: float [N], the share that a picture has in the mixture with its partner; 1: all of it.
    """

    boxes: Tensor
    mirrored: Tensor
    light: Tensor
    contrast: Tensor
    colour: Tensor
    own: Tensor

    def __getitem__(self, chosen: slice) -> "Draws":
        """Those of some of the pictures. Partners are the first and second, the third and fourth, …"""
        return Draws(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def drawn(recipe: Recipe, seed: int, step: int, member: int = 0) -> Draws:
    """What happens to each picture of the whole batch of `step`, counted from 0.

    Args:
        member: of an ensemble, each of which learns from pictures of its own.
    """
    count, generator = recipe.batch_size, torch.Generator()
    generator.manual_seed((seed * 1_000_003 + step) * (MOST_MEMBERS + 1) + member)

    def uniform() -> Tensor:
        return torch.rand(count, generator=generator)

    area = recipe.crop + (1.0 - recipe.crop) * uniform()
    stretch = ((uniform() * 2.0 - 1.0) * math.log(ASPECT) / 2.0).exp() if recipe.crop < 1.0 else torch.ones(count)
    height, width = ((area.sqrt() * side).clamp(max=1.0) for side in (1.0 / stretch, stretch))
    boxes = torch.stack([(1.0 - height) * uniform(), (1.0 - width) * uniform(), height, width], 1)
    mirrored = uniform() < recipe.flip
    light, contrast, colour = (1.0 + (uniform() * 2.0 - 1.0) * recipe.colour for _ in range(3))
    return Draws(boxes, mirrored, light, contrast, colour, _shares(recipe.mixing, generator, count))


def _shares(mixing: float, generator: torch.Generator, count: int) -> Tensor:
    """Of each picture in its mixture, both partners' the same and at least a half; from Beta(mixing, mixing)."""
    own = torch.ones(count)
    pairs = count // 2
    if mixing and pairs:
        parts = torch._standard_gamma(torch.full((2, pairs), float(mixing)), generator=generator) + 1e-12
        share = parts[0] / parts.sum(0)
        own[: 2 * pairs] = torch.maximum(share, 1.0 - share).repeat_interleave(2)
    return own


def changed(pictures: Tensor, draws: Draws, recipe: Recipe) -> Tensor:
    """New versions of `pictures` [N, H, W, C] of bytes: floats from 0 to 255, [N, h, w, C], each its own way.

    h and w are as `resolution` says; a part is scaled up or down to them, averaging what it has too much of.
    """
    x = pictures.permute(0, 3, 1, 2)
    if recipe.crop < 1.0 or recipe.resolution < 1.0:
        x = _parts(x, draws.boxes, size_at(recipe.resolution, (x.shape[2], x.shape[3])))
    x = x.to(torch.float32)
    if recipe.flip:
        x = torch.where(draws.mirrored.to(x.device).reshape(-1, 1, 1, 1), x.flip(3), x)
    if recipe.colour:
        x = _in_another_light(x, draws)
    if recipe.mixing:
        own = draws.own.to(x.device).reshape(-1, 1, 1, 1)
        x = torch.lerp(x[partners(len(x))], x, own)
    return x.permute(0, 2, 3, 1)


def size_at(resolution: float, size: tuple[int, int]) -> tuple[int, int]:
    """The height and width that pictures of `size` are learned at."""
    if resolution == 1.0:
        return size
    height, width = (max(COARSEST, round(resolution * side / COARSEST) * COARSEST) for side in size)
    return min(height, size[0]), min(width, size[1])


def wanted(labels: Tensor, classes: int, draws: Draws) -> Tensor:
    """What is to be said of mixed pictures: for each class the share of it, [N, classes]."""
    sure = F.one_hot(labels, classes).to(torch.float32)
    own = draws.own.to(labels.device).reshape(-1, 1)
    return torch.lerp(sure[partners(len(sure))], sure, own)


def partners(count: int) -> Tensor:
    """With which picture of a batch each is mixed, int64 [count]: its neighbour; the last of an odd number with itself.

    Neighbours stay together when a batch is taken in even parts.
    """
    with_whom = torch.arange(count) ^ 1
    return with_whom.clamp_(max=count - 1)


def _parts(x: Tensor, boxes: Tensor, size: Sequence[int]) -> Tensor:
    """The parts in `boxes` of pictures [N, C, H, W], each scaled to `size`."""
    if x.is_cuda or x.shape[1] not in (1, 3):
        x = x.to(torch.float32)  # elsewhere bytes are scaled as they are, several times as fast
    height, width = x.shape[2:]
    scaled = []
    for picture, (top, left, tall, wide) in zip(x, boxes.tolist(), strict=True):
        rows, columns = max(1, round(tall * height)), max(1, round(wide * width))
        y, z = min(round(top * height), height - rows), min(round(left * width), width - columns)
        part = picture[None, :, y : y + rows, z : z + columns]
        scaled.append(F.interpolate(part, list(size), mode="bilinear", antialias=True, align_corners=False))
    return torch.cat(scaled)


def _in_another_light(x: Tensor, draws: Draws) -> Tensor:
    """Pictures [N, C, H, W] of another brightness and contrast and, where they have three channels, of other colours.

    All three are weighted sums of a pixel's channels: one small matrix a picture.
    """
    light, contrast, colour = (part.to(x.device) for part in (draws.light, draws.contrast, draws.colour))
    channels = x.shape[1]
    matrix = torch.eye(channels, device=x.device).repeat(len(x), 1, 1)
    if channels == 3:
        grey = torch.tensor(LIGHTNESS, device=x.device).repeat(3, 1)
        matrix = torch.lerp(grey.expand_as(matrix), matrix, colour.reshape(-1, 1, 1))
    offset = light * (1.0 - contrast) * x.mean((1, 2, 3))
    matrix = matrix * (light * contrast).reshape(-1, 1, 1)
    values = x.permute(0, 2, 3, 1).flatten(1, 2)  # [N, H·W, C], as they lie in memory
    new = torch.baddbmm(offset.reshape(-1, 1, 1), values, matrix.transpose(1, 2)).clamp_(0.0, 255.0)
    return new.reshape(len(x), *x.shape[2:], channels).permute(0, 3, 1, 2)
