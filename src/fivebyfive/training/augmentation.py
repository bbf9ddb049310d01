"""Pictures turned, scaled, slanted, moved, bent and drawn with another pen: a new picture each time, the same digit.

One look-up of the whole batch (`grid_sample`) does all of the geometry, and comparing neighbours the pen, so that it
costs little beside the network. What lies beyond a picture's edge is as its edge is.

Source: P. Simard, D. Steinkraus and J. Platt, Best Practices for Convolutional Neural Networks, 2003 (affine and
elastic distortions of MNIST).
"""

import functools
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.training.recipe import Recipe

BENDS = 5
"""Points along a side that move independently when a picture is bent; between them the movement is smooth."""


def augmented(pictures: Tensor, recipe: Recipe) -> Tensor:
    """New versions of `pictures` [N, H, W, C] of bytes: floats from 0 to 255 of the same shape, each its own way."""
    x = pictures.permute(0, 3, 1, 2).to(torch.float32)
    x = _looked_up(x, _places(x, recipe))
    if recipe.pen:
        x = _redrawn(x, recipe.pen)
    return x.permute(0, 2, 3, 1)


def _looked_up(x: Tensor, places: Tensor) -> Tensor:
    """The values of `x` at `places`, between pixels too: bicubic, as bilinear would blur what is to be read sharp."""
    new = F.grid_sample(x, places, mode="bicubic", padding_mode="border", align_corners=False)
    return new.clamp(x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True))


def _places(x: Tensor, recipe: Recipe) -> Tensor:
    """Where each pixel's new value is looked up: [N, H, W, (x, y)], from -1 at the left or upper edge to 1."""
    count, _, height, width = x.shape

    def draw(limit: float) -> Tensor:
        return (torch.rand(count, device=x.device) * 2.0 - 1.0) * limit

    angle = draw(math.radians(recipe.rotation))
    wide, tall = 1.0 / (1.0 + draw(recipe.scale)), 1.0 / (1.0 + draw(recipe.scale))
    slant = draw(recipe.slant)
    right, down = draw(recipe.shift * 2.0 / width), draw(recipe.shift * 2.0 / height)
    cos, sin = torch.cos(angle), torch.sin(angle)
    aspect = height / width
    across = torch.stack([cos * wide, (slant * cos - sin) * wide * aspect, right], 1)
    along = torch.stack([sin * tall / aspect, (slant * sin + cos) * tall, down], 1)
    places = F.affine_grid(torch.stack([across, along], 1), list(x.shape), align_corners=False)
    if recipe.bend:
        coarse = torch.randn(count, 2, BENDS, BENDS, device=x.device) * recipe.bend
        moves = _between(height, x.device) @ coarse @ _between(width, x.device).t()
        pixel = torch.tensor([2.0 / width, 2.0 / height], device=x.device)
        places = places + moves.permute(0, 2, 3, 1) * pixel
    return places


@functools.lru_cache(maxsize=8)
def _between(size: int, device: torch.device) -> Tensor:
    """[size, BENDS]: the weights of bicubic interpolation along a side, one row a pixel."""
    corners = torch.eye(BENDS, device=device)[None, None]
    return F.interpolate(corners, size=(size, BENDS), mode="bicubic", align_corners=True)[0, 0]


def _redrawn(x: Tensor, pen: float) -> Tensor:
    """Strokes, the light parts of [N, C, H, W], by up to `pen` pixels thicker or thinner on each side."""
    thicker, thinner = _of_neighbours(x, torch.maximum), _of_neighbours(x, torch.minimum)
    amount = (torch.rand(x.shape[0], 1, 1, 1, device=x.device) * 2.0 - 1.0) * pen
    return torch.lerp(x, torch.where(amount > 0, thicker, thinner), amount.abs())


def _of_neighbours(x: Tensor, choose: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """The largest or smallest of each pixel's 3×3 neighbours: row by row, then column by column.

    `max_pool2d` says the same, and takes ten times as long, because it works out which neighbour it was.
    """
    x = F.pad(x, (1, 1, 1, 1), mode="replicate")
    x = choose(choose(x[..., :-2], x[..., 1:-1]), x[..., 2:])
    return choose(choose(x[..., :-2, :], x[..., 1:-1, :]), x[..., 2:, :])
