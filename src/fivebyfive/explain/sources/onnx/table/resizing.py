"""Resize and Upsample: torch's own interpolation where it makes the same, else one product of matrices a direction.

Source: https://onnx.ai/onnx/operators/onnx__Resize.html
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, aside, ints, room

TORCHS = {"nearest": {1: "nearest", 2: "nearest", 3: "nearest"}, "linear": {1: "linear", 2: "bilinear", 3: "trilinear"},
          "cubic": {2: "bicubic"}}  # fmt: skip


@dataclass(frozen=True)
class _Line:
    """How one direction is resized: from `size` cells to `wanted`."""

    size: int
    wanted: int
    scale: float
    roi: tuple[float, float]


def _resize(op: Op) -> Run:
    mode = str(op.get("mode", "nearest"))

    def run(x: Tensor, *given: Tensor | None) -> Any:
        roi, scales, sizes = _inputs(op, given)
        lines = _lines(op, x.shape, roi, scales, sizes)
        room(*(line.wanted for line in lines))
        dims = [d for d, line in enumerate(lines) if line.wanted != line.size or _is_cut(op, line)]
        if not dims:
            return x.clone()
        with aside():
            taken = {d: _matrix(op, mode, lines[d]) for d in dims}
            way = _torchs(op, mode, lines, dims, taken) if x.is_floating_point() and 2 < x.dim() < 6 else None
        if way is not None:
            return F.interpolate(x, [line.wanted for line in lines[2:]], **way)
        made = x
        for d in dims:
            weights, outside = taken[d]
            if mode == "nearest" and not bool(outside.any()):
                made = made.index_select(d, weights.argmax(1))
                continue
            letters = "abcdefgh"[: x.dim()]
            result = letters.replace(letters[d], "z")
            made = torch.einsum(f"{letters},z{letters[d]}->{result}", made, weights.to(_wide(x)))
            if bool(outside.any()):
                shape = [-1 if i == d else 1 for i in range(x.dim())]
                made = torch.where(outside.reshape(shape), float(op.get("extrapolation_value", 0.0)), made)
        return made if made.dtype == x.dtype else _rounded(made, x.dtype)

    return run


def _wide(x: Tensor) -> torch.dtype:
    return x.dtype if x.is_floating_point() else torch.float64


def _rounded(x: Tensor, dtype: torch.dtype) -> Tensor:
    about = torch.iinfo(dtype)
    return torch.clamp(x, about.min, about.max).to(dtype)


def _inputs(op: Op, given: Sequence[Tensor | None]) -> tuple[Any, Any, list[int] | None]:
    """The region, the scales and the sizes, of which those that are empty are left out."""
    if op.name == "Upsample" or op.version < 11:
        scales = given[0].tolist() if given and given[0] is not None else op.get("scales")
        return None, scales, None
    found = [None if x is None or not x.numel() else x for x in (*given, None, None, None)[:3]]
    roi, scales = (None if x is None else x.double().tolist() for x in found[:2])
    return roi, scales, ints(found[2])


def _lines(op: Op, shape: Sequence[int], roi: Any, scales: Any, sizes: list[int] | None) -> list[_Line]:
    rank = len(shape)
    axes = [int(d) % rank for d in op.get("axes") or range(rank)]
    whole = [_Line(n, n, 1.0, (0.0, 1.0)) for n in shape]
    regions = [(0.0, 1.0)] * len(axes) if roi is None else list(zip(roi[: len(axes)], roi[len(axes) :], strict=True))
    policy = str(op.get("keep_aspect_ratio_policy", "stretch"))
    if sizes is None and scales is None:
        raise InputError("Resize is given neither scales nor sizes")
    factors = [n / shape[d] for n, d in zip(sizes, axes, strict=True)] if sizes is not None else list(scales)
    if sizes is not None and policy != "stretch":
        factor = min(factors) if policy == "not_larger" else max(factors)
        factors = [factor] * len(axes)
        sizes = [int(factor * shape[d] + 0.5) for d in axes]
    for i, d in enumerate(axes):
        wanted = sizes[i] if sizes is not None else math.floor(shape[d] * factors[i] + 1e-6)
        whole[d] = _Line(shape[d], wanted, factors[i], regions[i])
    return whole


def _is_cut(op: Op, line: _Line) -> bool:
    return op.get("coordinate_transformation_mode") == "tf_crop_and_resize" and line.roi != (0.0, 1.0)


def _matrix(op: Op, mode: str, line: _Line) -> tuple[Tensor, Tensor]:
    """What each new cell takes of each old one [wanted, size]; and which new cells lie outside."""
    at, outside = _places(op, line)
    below = torch.floor(at)
    share = torch.where(at == below, 1.0, at - below)
    scale = min(line.scale, 1.0) if op.get("antialias", 0) else 1.0
    if mode == "nearest":
        weights, first = _nearest(op, share), torch.where(at == below, below - 1, below)
    elif mode == "linear":
        weights, first = _tapered(at, share, scale, 1, lambda r: torch.clamp(1 - r.abs(), 0, 1))
    else:
        a = float(op.get("cubic_coeff_a", -0.75))
        weights, first = _tapered(at, share, scale, 2, lambda r: _cubic(r.abs(), a))
    columns = first.long().unsqueeze(1) + torch.arange(weights.shape[1])
    if op.get("exclude_outside", 0):
        weights = torch.where((columns < 0) | (columns >= line.size), 0.0, weights)
        weights = weights / weights.sum(1, keepdim=True)
    found = torch.zeros(line.wanted, line.size, dtype=torch.float64)
    return found.scatter_add_(1, columns.clamp(0, line.size - 1), weights), outside


def _nearest(op: Op, share: Tensor) -> Tensor:
    how = str(op.get("nearest_mode", "round_prefer_floor"))
    if op.name == "Upsample" or op.version < 11:
        how = "floor"
    left = {"round_prefer_floor": share <= 0.5, "round_prefer_ceil": share < 0.5,
            "floor": share < 1.0, "ceil": torch.zeros_like(share, dtype=torch.bool)}[how]  # fmt: skip
    return torch.stack([left, ~left], 1).double()


def _tapered(at: Tensor, share: Tensor, scale: float, reach: int, weight: Any) -> tuple[Tensor, Tensor]:
    """Weights that fall with the distance, and the first cell of each window."""
    start = math.floor(-reach / scale) + 1
    count = 2 - 2 * start
    weights = weight((torch.arange(start, start + count) - share.unsqueeze(1)) * scale)
    first = torch.where(at == torch.floor(at), at - 1, torch.floor(at)) + start
    return weights / weights.sum(1, keepdim=True), first


def _cubic(r: Tensor, a: float) -> Tensor:
    near = (a + 2) * r**3 - (a + 3) * r**2 + 1
    far = a * r**3 - 5 * a * r**2 + 8 * a * r - 4 * a
    return torch.where(r <= 1, near, torch.where(r < 2, far, torch.zeros_like(r)))


def _places(op: Op, line: _Line) -> tuple[Tensor, Tensor]:
    """Where each new cell lies among the old ones."""
    mode = str(op.get("coordinate_transformation_mode", "half_pixel"))
    if op.name == "Upsample" or op.version < 11:
        mode = "asymmetric"
    y = torch.arange(line.wanted, dtype=torch.float64)
    inside = torch.zeros(line.wanted, dtype=torch.bool)
    last, width = line.size - 1, line.scale * line.size
    if mode == "align_corners":
        return (y * 0.0 if width == 1 else y * last / (width - 1)), inside
    if mode == "asymmetric":
        return y / line.scale, inside
    if mode == "tf_crop_and_resize":
        begin, end = line.roi
        at = y * 0.0 + (end - begin) * last / 2 if width == 1 else y * (end - begin) * last / (width - 1)
        at = at + begin * last
        return at, (at < 0) | (at > last)
    if mode == "pytorch_half_pixel" and width == 1:
        return y * 0.0 - 0.5, inside
    if mode == "half_pixel_symmetric":
        return line.size / 2 * (1 - line.wanted / width) + (y + 0.5) / line.scale - 0.5, inside
    return (y + 0.5) / line.scale - 0.5, inside


def _torchs(op: Op, mode: str, lines: Sequence[_Line], dims: Sequence[int], taken: Any) -> dict[str, Any] | None:
    """The arguments with which torch interpolates alike; None where it does not."""
    name = TORCHS.get(mode, {}).get(len(lines) - 2)
    if name is None or min(dims) < 2 or any(bool(outside.any()) for _, outside in taken.values()):
        return None
    ways: list[dict[str, Any]] = [{"mode": "nearest"}, {"mode": "nearest-exact"}]
    if mode != "nearest":
        smooth = {"antialias": True} if op.get("antialias", 0) and len(lines) == 4 else {}
        ways = [{"mode": name, "align_corners": corners, **smooth} for corners in (False, True)]
    for way in ways:
        if all(_is_same(way, mode, lines[d], taken[d][0]) for d in dims):
            return way
    return None


def _is_same(way: dict[str, Any], mode: str, line: _Line, weights: Tensor) -> bool:
    one = torch.eye(line.size, dtype=torch.float64).reshape(1, line.size, 1, line.size)
    if mode == "nearest":
        made = F.interpolate(one, (1, line.wanted), mode=way["mode"])
    else:
        made = F.interpolate(one, (1, line.wanted), **way | {"mode": "bicubic" if mode == "cubic" else "bilinear"})
    return bool(torch.allclose(made.reshape(line.size, line.wanted).t(), weights, atol=1e-6))


TABLE: dict[str, Maker] = {"Resize": _resize, "Upsample": _resize}
