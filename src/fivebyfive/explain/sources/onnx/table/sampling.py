"""Values between the cells of a picture, at places that a grid says."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, as_type, listed, room

MODES = {"bilinear": "bilinear", "linear": "bilinear", "nearest": "nearest", "bicubic": "bicubic", "cubic": "bicubic"}


def _grid_sample(op: Op) -> Run:
    mode = MODES[str(op.get("mode", "bilinear"))]
    padding, corners = str(op.get("padding_mode", "zeros")), bool(op.get("align_corners", 0))
    return lambda x, grid: F.grid_sample(x, as_type(grid, x.dtype), mode, padding, corners)


def _affine_grid(op: Op) -> Run:
    def run(theta: Tensor, size: Tensor) -> Any:
        room(*listed(size))
        return F.affine_grid(theta, listed(size), bool(op.get("align_corners", 0)))

    return run


def _fourier(op: Op) -> Run:
    inverse, half = bool(op.get("inverse", 0)), bool(op.get("onesided", 0))

    def run(x: Tensor, length: Tensor | None = None, axis: Tensor | None = None) -> Any:
        dim = int(op.get("axis", 1)) if op.version < 20 else (-2 if axis is None else listed(axis)[0])
        n = None if length is None else listed(length)[0]
        room(*x.shape, n or 1)
        dim = dim % x.dim()
        if inverse and half:
            return torch.fft.irfft(torch.view_as_complex(x), n, dim).unsqueeze(-1)
        whole = torch.view_as_complex(x) if x.shape[-1] == 2 else x.squeeze(-1)
        if half:
            return torch.view_as_real(torch.fft.rfft(whole, n, dim))
        made = torch.fft.ifft(whole, n, dim) if inverse else torch.fft.fft(whole, n, dim)
        return torch.view_as_real(made)

    return run


TABLE: dict[str, Maker] = {"GridSample": _grid_sample, "AffineGrid": _affine_grid, "DFT": _fourier}
