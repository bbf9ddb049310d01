"""Single operations in the ways that people call them, each on a picture of 3×8×8 in double precision."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def drawn(*shape: int) -> Tensor:
    """Random numbers, the same ones each time."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def _with_nan(x: Tensor) -> Tensor:
    return x.masked_fill(x > 0.5, torch.nan)


UNIQUE: Any = torch.unique
AXIS: Any = {"axis": 1}
AXES: Any = {"axis": (2, 3), "keepdims": True}

CALLS: dict[str, Callable[[Tensor], Any]] = {
    "clamp between tensors": lambda x: x.clamp(x * 0 - 0.1, x.flip(1)),
    "clamp from a tensor": lambda x: torch.clamp(x, min=drawn(1, 3, 1, 1)),
    "clamp to a tensor": lambda x: torch.clamp(x, max=drawn(8)),
    "clip between constants": lambda x: torch.clip(x, drawn(8), drawn(8) + 1),
    "clamp_min of a tensor": lambda x: x.clamp_min(drawn(8)),
    "clamp_max of a value": lambda x: torch.clamp_max(x, x.mean()),
    "clamp between bounds that contradict": lambda x: x.clamp(0.5, -0.5),
    "clamp of what is no number": lambda x: _with_nan(x).clamp(x * 0, x * 0 + 1),
    "lerp": lambda x: torch.lerp(x, x.flip(1), 0.3),
    "lerp by a tensor": lambda x: x.lerp(x.flip(2), x.sigmoid()),
    "lerp by name": lambda x: torch.lerp(x, end=x.flip(1), weight=0.3),
    "addcmul": lambda x: torch.addcmul(x, x.flip(1), x.flip(2), value=0.5),
    "addcmul of constants": lambda x: torch.addcmul(drawn(8), x, drawn(3, 1, 1)),
    "addcdiv": lambda x: x.addcdiv(x.flip(1), x.exp(), value=2),
    "addbmm": lambda x: torch.addbmm(x[0, 0], x[0] + 1, x[0].mT, beta=0.5, alpha=2),
    "addbmm of a constant": lambda x: torch.addbmm(x[0, 0], drawn(3, 8, 8), x[0]),
    "addbmm by name": lambda x: torch.addbmm(input=x[0, 0], batch1=x[0] + 1, batch2=x[0]),
    "addmm by name": lambda x: torch.addmm(input=x[0, 0], mat1=x[0, 1], mat2=x[0, 2]),
    "fmax": lambda x: torch.fmax(_with_nan(x), x.flip(1)),
    "fmin": lambda x: _with_nan(x).fmin(_with_nan(x)),
    "maximum with what is no number": lambda x: torch.maximum(_with_nan(x), x.flip(1)),
    "triu": lambda x: x.triu(1),
    "tril": lambda x: torch.tril(x, -1),
    "masked_select": lambda x: x.masked_select(x > 0.3),
    "NumPy's axis": lambda x: (x.sum(**AXIS), x.mean(**AXES), x.amax(**AXIS), x.std(**AXIS)),
    "a slope for each channel": lambda x: F.prelu(x.permute(0, 2, 1, 3), drawn(8)),
    "a slope for each value of a list": lambda x: F.prelu(x[0, 0], drawn(8)),
    "rounded": lambda x: (x.half(), (x * 5).long(), x.bfloat16().float()),
    "embedding": lambda x: F.embedding((x[:, 0] * 5).abs().long(), drawn(60, 4)),
    "diagonals": lambda x: (x[0, 0].diag(), x[0, 0, 0].diag(), x.diag_embed()),
    "taken apart": lambda x: (x.hsplit(3)[1], x[0].vsplit(3)[2], torch.column_stack([x[0, 0], x[0, 1]])),
    "flipped": lambda x: (torch.fliplr(x[0]), torch.flipud(x[0]), x.take(torch.tensor([[3, 5]]))),
}
