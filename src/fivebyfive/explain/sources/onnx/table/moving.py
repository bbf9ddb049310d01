"""The same values in another shape or order, put together or taken apart."""

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, aside, ints, listed, plain, room, shape_of_all


def numbers(op: Op, name: str, given: Tensor | None) -> list[int] | None:
    """Whole numbers that are an attribute in older opsets and an input in newer ones."""
    if given is not None:
        return ints(given)
    found = op.get(name)
    return None if found is None else [int(n) for n in found]


def _reshape(op: Op) -> Run:
    def run(x: Tensor, shape: Tensor | None = None) -> Any:
        wanted = numbers(op, "shape", shape) or []
        if not op.get("allowzero", 0):
            wanted = [x.shape[i] if n == 0 else n for i, n in enumerate(wanted)]
        order = _order(x.shape, wanted)
        if order is not None:
            return x.permute(order)
        return x.reshape(wanted)

    return run


def _order(shape: Sequence[int], wanted: Sequence[int]) -> list[int] | None:
    """Of pictures of one channel that converters reshape from N,H,W,C to N,C,H,W or back: how they are transposed."""
    if len(shape) != 4 or len(wanted) != 4 or wanted.count(-1) > 1:
        return None
    for channels, order in ((3, [0, 3, 1, 2]), (1, [0, 2, 3, 1])):
        fits = all(n in (-1, shape[d]) for n, d in zip(wanted, order, strict=True))
        if fits and shape[channels] == 1 and list(shape) != [shape[d] for d in order]:
            return order
    return None


def _flatten(op: Op) -> Run:
    def run(x: Tensor) -> Any:
        axis = int(op.get("axis", 1))
        axis += x.dim() if axis < 0 else 0
        if axis == 1 and x.dim() > 1:
            return torch.flatten(x, 1)
        return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))

    return run


def _squeeze(op: Op) -> Run:
    def run(x: Tensor, axes: Tensor | None = None) -> Any:
        found = numbers(op, "axes", axes)
        if found is None:
            found = [d for d, n in enumerate(x.shape) if n == 1]
        dims = [d % x.dim() for d in found] if x.dim() else []
        if any(x.shape[d] != 1 for d in dims):
            raise InputError(f"Squeeze of {list(x.shape)} along {found}, where the size is not 1")
        return x.squeeze(dims[0] if len(dims) == 1 else tuple(dims)) if dims else x.clone()

    return run


def _unsqueeze(op: Op) -> Run:
    def run(x: Tensor, axes: Tensor | None = None) -> Any:
        found = numbers(op, "axes", axes) or []
        rank = x.dim() + len(found)
        for d in sorted(d % rank for d in found):
            x = x.unsqueeze(d)
        return x

    return run


def _transpose(op: Op) -> Run:
    def run(x: Tensor) -> Any:
        return x.permute([int(d) for d in op.get("perm") or range(x.dim())[::-1]])

    return run


def _expand(x: Tensor, shape: Tensor) -> Tensor:
    wanted = shape_of_all(x.shape, listed(shape))
    room(*wanted)
    return x.expand(wanted)


def _tile(x: Tensor, repeats: Tensor, axis: Tensor | None = None) -> Tensor:
    times = listed(repeats)
    if axis is not None:
        times = [times[0] if d == listed(axis)[0] else 1 for d in range(x.dim())]
    room(*(n * t for n, t in zip(x.shape, times, strict=True)))
    return x.repeat(times)


def _concat(op: Op) -> Run:
    return lambda *given: torch.cat(given, int(op.get("axis", 1)))


def _split(op: Op) -> Run:
    def run(x: Tensor, split: Tensor | None = None) -> Any:
        axis = int(op.get("axis", 0))
        sizes = numbers(op, "split", split)
        if sizes is None:
            parts = int(op.get("num_outputs", 0)) or len(op.wanted)
            size = -(-x.shape[axis] // max(parts, 1))
            sizes = [min(size, max(x.shape[axis] - i * size, 0)) for i in range(parts)]
        return torch.split(x, sizes, axis)

    return run


def sides_of_pad(rank: int, pads: Sequence[int], axes: Sequence[int] | None) -> list[tuple[int, int]]:
    """Cells to add before and behind, for every dimension."""
    dims = list(range(rank)) if axes is None else [d % rank for d in axes]
    found = [(0, 0)] * rank
    for i, d in enumerate(dims):
        found[d] = (pads[i], pads[i + len(dims)])
    return found


def _pad(op: Op) -> Run:
    mode = str(op.get("mode", "constant"))

    def run(x: Tensor, pads: Tensor | None = None, value: Tensor | None = None, axes: Tensor | None = None) -> Any:
        asked = numbers(op, "pads", pads) or numbers(op, "paddings", None) or [0] * 2 * x.dim()
        sides = sides_of_pad(x.dim(), asked, ints(axes))
        room(*(n + a + b for n, (a, b) in zip(x.shape, sides, strict=True)))
        while len(sides) > 1 and sides[0] == (0, 0):
            sides = sides[1:]
        flat = [n for side in reversed(sides) for n in side]
        if mode == "constant":
            filled = op.get("value", 0.0) if value is None else value.item()
            return F.pad(x, flat, value=filled)
        fits = len(sides) in (1, 2, 3) and x.dim() - len(sides) in (1, 2) and min(flat) >= 0
        if mode == "edge" and fits and x.is_floating_point():
            return F.pad(x, flat, mode="replicate")
        small = all(max(side) < n for side, n in zip(sides, x.shape[-len(sides) :], strict=True))
        if mode == "reflect" and fits and small and x.is_floating_point():
            return F.pad(x, flat, mode="reflect")
        for d, (before, behind) in zip(range(x.dim() - len(sides), x.dim()), sides, strict=True):
            if before or behind:
                with aside():
                    places = _places(x.shape[d], before, behind, mode)
                x = x.index_select(d, places)
        return x

    return run


def _places(size: int, before: int, behind: int, mode: str) -> Tensor:
    """Of a line of cells with some added, or taken away, whose values they have."""
    at = torch.arange(-before, size + behind)
    if mode == "edge":
        return at.clamp(0, size - 1)
    if mode == "wrap":
        return at % size
    if mode != "reflect":
        raise InputError(f"Pad has a mode that is not known, {ascii(mode)[:40]}")
    turn = max(2 * (size - 1), 1)
    at = at % turn
    return torch.where(at >= size, turn - at, at) if size > 1 else torch.zeros_like(at)


def _depth_to_space(op: Op) -> Run:
    size, mode = int(op.get("blocksize")), str(op.get("mode", "DCR"))

    def run(x: Tensor) -> Any:
        n, c, h, w = x.shape
        deep = c // size**2
        if mode == "CRD":
            return F.pixel_shuffle(x, size)
        if deep == 1:
            return F.pixel_shuffle(x, size)
        parts = x.reshape(n, size, size, deep, h, w).permute(0, 3, 4, 1, 5, 2)
        return parts.reshape(n, deep, h * size, w * size)

    return run


def _space_to_depth(op: Op) -> Run:
    size, mode = int(op.get("blocksize")), str(op.get("mode", "DCR"))

    def run(x: Tensor) -> Any:
        n, c, h, w = x.shape
        if c == 1 or mode == "CRD":
            return F.pixel_unshuffle(x, size)
        parts = x.reshape(n, c, h // size, size, w // size, size).permute(0, 3, 5, 1, 2, 4)
        return parts.reshape(n, c * size**2, h // size, w // size)

    return run


def _triangle(op: Op) -> Run:
    def run(x: Tensor, k: Tensor | None = None) -> Any:
        diagonal = 0 if k is None else listed(k)[0]
        diagonal = max(-max(x.shape[-2:]), min(diagonal, max(x.shape[-2:])))
        return torch.triu(x, diagonal) if op.get("upper", 1) else torch.tril(x, diagonal)

    return run


def _reverse_sequence(op: Op) -> Run:
    batch, time = int(op.get("batch_axis", 1)), int(op.get("time_axis", 0))

    def run(x: Tensor, lengths: Tensor) -> Any:
        with aside():
            at = torch.arange(x.shape[time])
            rows = [torch.where(at < n, n - 1 - at, at) for n in listed(lengths)]
            places = torch.stack(rows, dim=0 if batch < time else 1)
            shape = [n if d in (batch, time) else 1 for d, n in enumerate(x.shape)]
            places = places.reshape(shape).expand(x.shape)
        return torch.gather(x, time, places)

    return run


def _center_crop_pad(op: Op) -> Run:
    def run(x: Tensor, shape: Tensor) -> Any:
        axes = [int(d) % x.dim() for d in op.get("axes") or range(x.dim())]
        sides = [(0, 0)] * x.dim()
        for d, wanted in zip(axes, listed(shape), strict=True):
            more = wanted - x.shape[d]
            before = more // 2 if more > 0 else -((-more) // 2)
            sides[d] = (before, more - before)
        room(*(n + a + b for n, (a, b) in zip(x.shape, sides, strict=True)))
        return F.pad(x, [n for side in reversed(sides) for n in side])

    return run


def _col2im(op: Op) -> Run:
    def run(x: Tensor, image: Tensor, block: Tensor) -> Any:
        size, kernel = listed(image), listed(block)
        rank = len(size)
        pads = [int(n) for n in op.get("pads") or [0] * 2 * rank]
        strides = [int(n) for n in op.get("strides") or [1] * rank]
        dilations = [int(n) for n in op.get("dilations") or [1] * rank]
        room(x.shape[0], x.shape[1] // max(math.prod(kernel), 1), *size)
        if rank == 2 and pads[:2] == pads[2:]:
            return F.fold(x, *(tuple(n) for n in (size, kernel, dilations, pads[:2], strides)))
        whole = [n + pads[i] + pads[i + rank] for i, n in enumerate(size)]
        index = torch.zeros(*[1] * (2 * rank), dtype=torch.int64)
        for i, (n, k, s, d) in enumerate(zip(whole, kernel, strides, dilations, strict=True)):
            count = (n - (d * (k - 1) + 1)) // s + 1
            at = torch.arange(k).reshape(-1, 1) * d + torch.arange(count).reshape(1, -1) * s
            shape = [1] * (2 * rank)
            shape[i], shape[rank + i] = k, count
            index = index * n + at.reshape(shape)
        channels = x.shape[1] // math.prod(kernel)
        flat = torch.zeros(x.shape[0], channels, math.prod(whole), dtype=x.dtype)
        made = flat.index_add(2, index.reshape(-1), x.reshape(x.shape[0], channels, -1))
        made = made.reshape(x.shape[0], channels, *whole)
        for i, n in enumerate(size):
            made = made.narrow(i + 2, pads[i], n)
        return made

    return run


TABLE: dict[str, Maker] = {
    "Reshape": _reshape, "Flatten": _flatten, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Transpose": _transpose,
    "Expand": plain(_expand), "Tile": plain(_tile), "Concat": _concat, "Split": _split, "Pad": _pad,
    "DepthToSpace": _depth_to_space, "SpaceToDepth": _space_to_depth, "Trilu": _triangle,
    "ReverseSequence": _reverse_sequence, "CenterCropPad": _center_crop_pad, "Col2Im": _col2im,
}  # fmt: skip
FIXED = tuple(TABLE)
