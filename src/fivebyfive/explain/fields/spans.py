"""Of every value of a tensor, the part of one direction of the image that it depends on: first and last place.

The two arrays broadcast to the tensor: a dimension has size 1 where they do not vary along it, so that a feature map
of any width has one number a row. A value that depends on no place at all, such as padding, has its first place behind
its last. Where the places move evenly, a line tells them for places outside of the tensor and of the image, too.

Rows and columns are two spans with the same rules, each for itself.

Source: Araujo, Norris, Sim, Computing Receptive Fields of Convolutional Neural Networks, https://distill.pub/2019/
computing-receptive-fields
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

NOWHERE = 1 << 20
"""The first place of what depends on nothing; the last is -1."""

Shape = Sequence[int]


@dataclass(frozen=True)
class Line:
    """The places that depend evenly on where a value stands along one dimension, as if the image had no edge.

    ``low`` and ``high`` are those of the first ``period`` values; they move by ``shift`` with each further period.
    ``dim`` counts from the last dimension, -1; None where it is the same for all values. Where the rows of a map lie
    behind each other in a list, a value's place is its index divided by ``each``, and starts again after ``count``; a
    count of 0 is a dimension of its own.
    """

    dim: int | None
    period: int
    shift: int
    low: tuple[int, ...]
    high: tuple[int, ...]
    each: int = 1
    count: int = 0

    def place(self, index: Sequence[int]) -> int:
        """Where the value at `index` of the tensor stands along the line."""
        at = 0 if self.dim is None else index[self.dim]
        return at // self.each % self.count if self.count else at

    def at(self, place: int) -> tuple[int, int]:
        """First and last place of the image for the value at `place`; the last before the first for none."""
        turns, part = divmod(place, self.period)
        low, high = self.low[part], self.high[part]
        return (low, high) if low > high else (low + turns * self.shift, high + turns * self.shift)

    @property
    def jump(self) -> float:
        """How far the places move for the next value."""
        return self.shift / self.period

    @property
    def size(self) -> int:
        """How many places the value that depends on most of them depends on."""
        return max(0, *(high - low + 1 for low, high in zip(self.low, self.high, strict=True)))


@dataclass(frozen=True)
class Span:
    """First and last places, int32, with as many dimensions as the tensor has."""

    first: Tensor
    last: Tensor
    line: Line | None = None


def constant(low: int, high: int) -> Line:
    """The same places for every value."""
    return Line(None, 1, 0, (low,), (high,))


def nothing(rank: int) -> Span:
    """Values that depend on no place."""
    shape = (1,) * rank
    return Span(torch.full(shape, NOWHERE, dtype=torch.int32), torch.full(shape, -1, dtype=torch.int32))


def aligned(span: Span) -> Span:
    """First and last in one shape: a rule may find that one of them varies where the other does not."""
    if span.first.shape == span.last.shape:
        return span
    shape = [max(a, b) for a, b in zip(span.first.shape, span.last.shape, strict=True)]
    return replace(span, first=span.first.expand(shape), last=span.last.expand(shape))


def along(n: int, dim: int, rank: int) -> Span:
    """Values that are the image's own: each depends on its place along `dim`, counted from the last."""
    shape = [1] * rank
    shape[dim] = n
    places = torch.arange(n, dtype=torch.int32).reshape(shape)
    return Span(places, places, Line(dim, 1, 1, (0,), (0,)))


# --- what two spans make --------------------------------------------------------------------------------------------


def united(spans: Sequence[Span]) -> Span:
    """Values that depend on all that the values at their place do; ranks and sizes broadcast."""
    first, last, line = spans[0].first, spans[0].last, spans[0].line
    for span in spans[1:]:
        first, last = torch.minimum(first, span.first), torch.maximum(last, span.last)
        line = _joined(line, span.line)
    return Span(first, last, line)


def _joined(a: Line | None, b: Line | None) -> Line | None:
    """Both lines as one, where they move alike."""
    if a is None or b is None or (a.dim, a.each, a.count) != (b.dim, b.each, b.count):
        return None
    if a.shift * b.period != b.shift * a.period:
        return None
    if a == b:
        return a
    period = math.lcm(a.period, b.period)
    ends = [(a.at(place), b.at(place)) for place in range(period)]
    return replace(
        a,
        period=period,
        shift=a.shift * (period // a.period),
        low=tuple(min(one[0], other[0]) for one, other in ends),
        high=tuple(max(one[1], other[1]) for one, other in ends),
    )


# --- dimensions -----------------------------------------------------------------------------------------------------


def whole(span: Span, dims: Collection[int], shape: Shape) -> Span:
    """Along `dims` every value depends on what all of them do; they have size 1 then. `shape` is the tensor's."""
    rank = len(shape)
    gone = {d % rank - rank for d in dims} if rank else set()
    varying = [d for d in gone if span.first.shape[d] > 1]
    line = span.line
    if line is not None and line.dim in gone:
        ends = [line.at(place) for place in range(line.count or shape[line.dim])]
        line = constant(min(low for low, _ in ends), max(high for _, high in ends))
    if not varying:
        return replace(span, line=line)
    return Span(span.first.amin(varying, keepdim=True), span.last.amax(varying, keepdim=True), line)


def everything(span: Span, rank: int, shape: Shape) -> Span:
    """Every value, of a tensor of `rank` dimensions, depends on what all values of one of `shape` do."""
    found = whole(span, range(len(shape)), shape)
    return Span(found.first.reshape((1,) * rank), found.last.reshape((1,) * rank), found.line)


def squeezed(span: Span, dims: Collection[int], rank: int) -> Span:
    """Without `dims`, which have size 1."""
    gone = {d % rank for d in dims}
    kept = [d for d in range(rank) if d not in gone]
    line = span.line
    if line is not None and line.dim is not None:
        at = line.dim % rank
        line = replace(line, dim=kept.index(at) - len(kept)) if at in kept else constant(*line.at(0))
    shape = [span.first.shape[d] for d in kept]
    lasts = [span.last.shape[d] for d in kept]
    return Span(span.first.reshape(shape), span.last.reshape(lasts), line)


def unsqueezed(span: Span, dim: int) -> Span:
    """With one more dimension, `dim` of the result."""
    rank = span.first.dim() + 1
    at = dim % rank
    line = span.line
    if line is not None and line.dim is not None:
        old = line.dim % (rank - 1)
        line = replace(line, dim=(old + (old >= at)) - rank)
    return Span(span.first.unsqueeze(at), span.last.unsqueeze(at), line)


def permuted(span: Span, order: Sequence[int]) -> Span:
    """Dimension i of the result is dimension `order[i]`."""
    rank = len(order)
    line = span.line
    if line is not None and line.dim is not None:
        line = replace(line, dim=[d % rank for d in order].index(line.dim % rank) - rank)
    return Span(span.first.permute(*order), span.last.permute(*order), line)


def compressed(values: Tensor) -> Tensor:
    """The same values with size 1 where they do not vary."""
    for dim in range(values.dim()):
        if values.shape[dim] > 1:
            one = values.narrow(dim, 0, 1)
            if values.stride(dim) == 0 or bool((values == one).all()):
                values = one
    return values


def line_through(first: Tensor, last: Tensor) -> Line | None:
    """The line that the places follow, where they move evenly along one dimension at most, uncut by an edge."""
    varying = {d - first.dim() for t in (first, last) for d, n in enumerate(t.shape) if n > 1}
    if len(varying) > 1:
        return None
    lows, highs = first.flatten().tolist(), last.flatten().tolist()
    if not varying:
        return constant(lows[0], highs[0]) if lows[0] <= highs[0] else None
    if len(lows) != len(highs):
        return None
    shift = lows[1] - lows[0]
    even = all(low == lows[0] + shift * i for i, low in enumerate(lows))
    even = even and all(high - low == highs[0] - lows[0] for low, high in zip(lows, highs, strict=True))
    return Line(varying.pop(), 1, shift, (lows[0],), (highs[0],)) if even and lows[0] <= highs[0] else None
