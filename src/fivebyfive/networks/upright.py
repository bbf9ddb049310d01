"""A deep network that straightens the picture before it looks: what leans is set upright, line by line.

How far the strokes lean comes from the picture's moments: where its ink lies on average, and how much further to the
right it lies with each line further down.

Source of straightening by moments: D. Decoste and B. Schölkopf, Training Invariant Support Vector Machines, 2002,
section 5.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.networks.deep import Deep


class Upright(Deep):
    """`Deep`, of straightened pictures; arguments as there.

    While it learns, it expects pictures that `prepared` has straightened: what is changed about them afterwards, at
    random, is to stay.
    """

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, height, width] floats in [0, 1] → logits [N, classes]."""
        return super().forward(x if self.training else straightened(x))

    def prepared(self, images: Tensor) -> Tensor:
        """Pictures [N, H, W, C], bytes, straightened for learning: floats from 0 to 255."""
        x = straightened(images.permute(0, 3, 1, 2) / 255.0)
        return (x * 255.0).permute(0, 2, 3, 1)


def straightened(x: Tensor) -> Tensor:
    """[N, channels, height, width]: each picture's lines moved sideways until nothing leans."""
    return sheared(x, *leaning(x))


def leaning(x: Tensor) -> tuple[Tensor, Tensor]:
    """Each picture's middle line, and how many pixels its ink moves to the right a line further down: [N, 1] both."""
    ink = x.mean(1)
    rows = torch.arange(ink.shape[1], device=x.device).float()
    columns = torch.arange(ink.shape[2], device=x.device).float()
    share = ink / ink.sum((1, 2), keepdim=True).clamp(min=1e-6)
    by_row, by_column = share.sum(2), share.sum(1)
    middle = (by_row * rows).sum(1, keepdim=True)
    center = (by_column * columns).sum(1, keepdim=True)
    down, right = rows - middle, columns - center
    together = ((share * right[:, None, :]).sum(2) * down).sum(1, keepdim=True)
    height = (by_row * down**2).sum(1, keepdim=True)
    return middle, (together / height.clamp(min=1.0)).clamp(-1.0, 1.0)


def sheared(x: Tensor, middle: Tensor, lean: Tensor) -> Tensor:
    """Every line of `x` moved to the left by `lean` times its distance below the `middle` one, by cubic look-up."""
    rows = torch.linspace(-1.0, 1.0, x.shape[2], device=x.device)
    columns = torch.linspace(-1.0, 1.0, x.shape[3], device=x.device)
    moved = lean * (torch.arange(x.shape[2], device=x.device) - middle) * 2.0 / max(1, x.shape[3] - 1)
    across = columns[None, None, :] + moved[:, :, None]
    places = torch.stack([across, rows[None, :, None].expand_as(across)], 3)
    return F.grid_sample(x, places, mode="bicubic", padding_mode="border", align_corners=True).clamp(0.0, 1.0)
