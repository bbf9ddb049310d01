"""Which places of its input a sliding window takes, along one dimension, for every place of its output.

Inside are the places as they are read: padding is no place, padding that repeats the image is the place that it
repeats. The pattern is the rule behind them, for an image without an edge: the taps of the first `period` places, which
move by `shift` with each further period.
"""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.fields.spans import NOWHERE, Line, Span

NONE = -NOWHERE
"""Stands where a window has fewer taps than others."""


@dataclass(frozen=True)
class Pattern:
    """The taps of the first places, as they would be without an edge; further ones repeat them, moved."""

    taps: tuple[tuple[int, ...], ...]
    shift: int


@dataclass(frozen=True)
class Taps:
    """One row of input places for each output place; -1 for none."""

    inside: Tensor
    pattern: Pattern


def through(span: Span, dim: int, n: int, taps: Taps) -> Span:
    """The span of what a window along `dim`, counted from the last and of size `n`, makes of its input."""
    line = span.line
    if line is not None and line.dim == dim:
        line = composed(line, taps.pattern, dim) if not line.count else None
    missing = taps.inside < 0
    if span.first.shape[dim] != n:
        if not bool(missing.all(1).any()):
            return replace(span, line=line)
        span = Span(_expanded(span.first, dim, n), _expanded(span.last, dim, n))
    at = taps.inside.clamp(min=0)
    first = span.first.movedim(dim, -1)[..., at].masked_fill(missing, NOWHERE).amin(-1)
    last = span.last.movedim(dim, -1)[..., at].masked_fill(missing, -1).amax(-1)
    return Span(first.movedim(-1, dim), last.movedim(-1, dim), line)


def _expanded(values: Tensor, dim: int, n: int) -> Tensor:
    shape = list(values.shape)
    shape[dim] = n
    return values.expand(shape)


def composed(line: Line, pattern: Pattern, dim: int) -> Line:
    """The line of the window's outputs, along `dim` of its result."""
    turns = line.period // math.gcd(line.period, pattern.shift)
    shift = turns * pattern.shift // line.period * line.shift
    low, high = [], []
    for turn in range(turns):
        for taps in pattern.taps:
            ends = [line.at(tap + turn * pattern.shift) for tap in taps]
            low.append(min((first for first, _ in ends), default=NOWHERE))
            high.append(max((last for _, last in ends), default=NONE))
    return Line(dim, turns * len(pattern.taps), shift, tuple(low), tuple(high))


# --- the kinds of windows -------------------------------------------------------------------------------------------


def sliding(n: int, out: int, kernel: int, stride: int, before: int, dilation: int, mode: str = "zeros") -> Taps:
    """A window that moves by `stride`: place p reads p·stride − before + dilation·tap."""
    pattern = tuple(dilation * tap - before for tap in range(kernel))
    places = torch.arange(out)[:, None] * stride + torch.tensor(pattern)
    return Taps(folded(places, n, mode), Pattern((pattern,), stride))


def folded(places: Tensor, n: int, mode: str) -> Tensor:
    """Places outside of the image as what the padding puts there."""
    if mode == "circular":
        return places % n
    if mode == "replicate":
        return places.clamp(0, n - 1)
    if mode == "reflect":
        places = places.abs()
        return torch.where(places < n, places, 2 * (n - 1) - places)
    return places.masked_fill((places < 0) | (places >= n), -1)


def spreading(n: int, out: int, kernel: int, stride: int, before: int, dilation: int) -> Taps:
    """The transposed window: input i reaches the places i·stride − before + dilation·tap."""
    pattern = tuple(
        tuple(
            (place + before - dilation * tap) // stride
            for tap in range(kernel)
            if (place + before - dilation * tap) % stride == 0
        )
        for place in range(stride)
    )
    return _patterned(n, out, Pattern(pattern, 1))


def adaptive(n: int, out: int) -> Taps:
    """Windows that share `n` places out among `out`, as adaptive pooling does; they may overlap by one."""
    pattern = tuple(tuple(range(place * n // out, -(-(place + 1) * n // out))) for place in range(out))
    return _patterned(n, out, Pattern(pattern, n))


def _patterned(n: int, out: int, pattern: Pattern) -> Taps:
    period, most = len(pattern.taps), max(1, *map(len, pattern.taps))
    table = torch.tensor([[*taps, *[NONE] * (most - len(taps))] for taps in pattern.taps])
    places = torch.arange(out)
    return Taps(folded(table[places % period] + (places // period * pattern.shift)[:, None], n, "zeros"), pattern)


def interpolated(
    n: int, out: int, mode: str, scale: float | None, align_corners: bool, antialias: bool, directions: int = 2
) -> Taps:
    """The places that have a weight when a line of `n` is resized to `out`: PyTorch itself is asked for the weights.

    The line lies in a picture of as many `directions` as the real one, because PyTorch resizes those differently. It is
    two places wide: with antialias, PyTorch resizes a picture of width 1 wrongly.
    """
    other = [2] * (directions - 1)
    units = torch.eye(n, dtype=torch.float64).reshape(1, n, n, *[1] * len(other)).repeat(1, 1, 1, *other)
    how: dict[str, Any] = {"mode": mode, "antialias": antialias}
    if mode in ("linear", "bilinear", "trilinear", "bicubic"):
        how["align_corners"] = align_corners
    if scale is None:
        weights = F.interpolate(units, [out, *other], **how)
    else:
        weights = F.interpolate(units, scale_factor=[scale, *[1.0] * len(other)], **how)
    weights = weights.flatten(3)[..., 0] if other else weights
    used = weights[0].T != 0
    first, last = used.int().argmax(1), n - 1 - used.flip(1).int().argmax(1)
    taps = first[:, None] + torch.arange(int((last - first).max()) + 1)
    inside = torch.where(taps <= last[:, None], taps, -1)
    step = Fraction(n, out) if scale is None else Fraction(1 / scale).limit_denominator(1024)
    return Taps(inside, _resizing(step, n, out, mode, align_corners, antialias))


def _resizing(step: Fraction, n: int, out: int, mode: str, align_corners: bool, antialias: bool) -> Pattern:
    """The rule of `interpolate`: around which place of the input each place of the output falls."""
    half = Fraction(1, 2)
    if align_corners:
        step = Fraction(n - 1, max(out - 1, 1))
    reach = (2 if mode == "bicubic" else 1) * (max(step, Fraction(1)) if antialias else Fraction(1))
    taps = []
    for place in range(step.denominator):
        if mode == "nearest":
            low = high = math.floor(place * step)
        elif mode == "nearest-exact":
            low = high = math.floor((place + half) * step)
        elif mode == "area":
            low, high = math.floor(place * step), math.ceil((place + 1) * step) - 1
        else:
            centre = place * step if align_corners else (place + half) * step - half
            low, high = math.floor(centre - reach) + 1, math.ceil(centre + reach) - 1
        taps.append(tuple(range(low, high + 1)))
    return Pattern(tuple(taps), step.numerator)
