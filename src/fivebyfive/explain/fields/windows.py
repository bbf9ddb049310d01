"""Convolution, pooling, resizing: each value reads a window of places, along each direction for itself."""

from collections.abc import Sequence
from typing import Any

import torch

from fivebyfive.explain.fields.arguments import Spans, argument, shape_of, span_of
from fivebyfive.explain.fields.spans import NOWHERE, Span, compressed, everything, united, whole
from fivebyfive.explain.fields.taps import Taps, adaptive, interpolated, sliding, spreading, through
from fivebyfive.explain.step import Step

_OURS = "fivebyfive.ops"


def convolved(step: Step, spans: Spans) -> Span:
    """All channels of a window; filters that come from the image are looked at whole."""
    dims, channel = _directions(step)
    shape = shape_of(step.call.values["input"])
    span = _windowed(step, span_of(step.call.values["input"], spans), dims)
    return united([_mixed(span, channel, shape, step), *_others(step, spans)])


def _mixed(span: Span, channel: int, shape: Sequence[int], step: Step) -> Span:
    """Each filter sees its own group's channels."""
    groups = step.attributes.get("groups", 1)
    if groups == 1 or span.first.shape[channel] == 1:
        return whole(span, [channel], shape)
    out = step.output_shape[channel]

    def of_group(values: torch.Tensor, largest: bool) -> torch.Tensor:
        parts = values.movedim(channel, 0).reshape(groups, shape[channel] // groups, -1)
        found = parts.amax(1) if largest else parts.amin(1)
        others = values.movedim(channel, 0).shape[1:]
        return found.repeat_interleave(out // groups, 0).reshape(out, *others).movedim(0, channel)

    line = span.line if span.line is None or span.line.dim != channel else None
    return Span(of_group(span.first, False), of_group(span.last, True), line)


def pooled(step: Step, spans: Spans) -> Span:
    """A window of one channel."""
    return _windowed(step, span_of(step.call.values["input"], spans), _directions(step)[0])


def _directions(step: Step) -> tuple[list[int], int]:
    """The dimensions that windows move along and the channels', counted from the last."""
    if getattr(step.call.function, "__module__", None) == _OURS:
        return [-3, -2], -1
    count = int(step.op[-2])
    return list(range(-count, 0)), -count - 1


def _windowed(step: Step, span: Span, dims: Sequence[int]) -> Span:
    sizes = shape_of(step.call.values["input"])
    for axis, dim in enumerate(dims, start=-len(dims)):
        span = through(span, dim, sizes[dim], _taps(step, axis, sizes[dim], step.output_shape[dim]))
    return span


def _taps(step: Step, axis: int, n: int, out: int) -> Taps:
    found = step.attributes
    if found.get("adaptive"):
        return adaptive(n, out)
    kernel, stride, dilation = (found[name][axis] for name in ("kernel", "stride", "dilation"))
    before = found["padding"][axis][0]
    if found.get("transposed"):
        return spreading(n, out, kernel, stride, before, dilation)
    return sliding(n, out, kernel, stride, before, dilation, found.get("padding_mode", "zeros"))


def _others(step: Step, spans: Spans) -> list[Span]:
    """What else went in from the image, whole: filters, say."""
    rank, image = len(step.output_shape), step.call.values["input"]
    return [everything(spans[o], rank, o.output_shape) for o in step.origins if o in spans and o is not image]


def unpooled(step: Step, spans: Spans) -> Span:
    """Values put back to where a pooling found them, anywhere in its window."""
    count = int(step.op[-2])
    parts = []
    for origin in (o for o in step.origins if o in spans):
        span = spans[origin]
        for axis in range(-count, 0):
            kernel = _number(argument(step, "kernel_size", 2), axis)
            stride = _number(argument(step, "stride", 3) or kernel, axis)
            before = _number(argument(step, "padding", 4, 0), axis)
            n, out = origin.output_shape[axis], step.output_shape[axis]
            span = through(span, axis, n, spreading(n, out, kernel, stride, before, 1))
        parts.append(span)
    return united(parts)


def _number(value: Any, axis: int) -> int:
    return int(value[axis if len(value) > 1 else 0]) if isinstance(value, Sequence) else int(value)


def resized(step: Step, spans: Spans) -> Span:
    """Interpolation: the places with a weight."""
    values = step.call.values
    span, sizes = span_of(values["input"], spans), shape_of(values["input"])
    count = len(sizes) - 2
    mode, factors = values.get("mode", "nearest"), values.get("scale_factor")
    kept = factors is not None and not values.get("recompute_scale_factor")
    for axis in range(-count, 0):
        factor = (factors[axis] if isinstance(factors, Sequence) else factors) if kept else None
        taps = interpolated(
            sizes[axis],
            step.output_shape[axis],
            mode,
            None if factor is None else float(factor),
            bool(values.get("align_corners")),
            bool(values.get("antialias")),
            count,
        )
        span = through(span, axis, sizes[axis], taps)
    return span


def folded_back(step: Step, spans: Spans) -> Span:
    """`fold`: each place of the map adds up the columns' values that lie on it."""
    origin = step.call.values["input"]
    span, shape = spans[origin], step.output.shape[-3:]
    kernel, dilation, padding, stride = (
        argument(step, name, place, default)
        for name, place, default in (("kernel_size", 2, 1), ("dilation", 3, 1), ("padding", 4, 0), ("stride", 5, 1))
    )
    places = torch.arange(1, shape.numel() + 1, dtype=torch.float64).reshape(1, *shape)
    taken = torch.nn.functional.unfold(places, kernel, dilation, padding, stride).long().flatten()
    first, last = (values.expand(origin.output_shape).reshape(-1, taken.numel()) for values in (span.first, span.last))
    firsts = torch.full((first.shape[0], shape.numel() + 1), NOWHERE, dtype=torch.int32)
    lasts = torch.full_like(firsts, -1)
    index = taken.expand(first.shape)
    firsts.scatter_reduce_(1, index, first, "amin")
    lasts.scatter_reduce_(1, index, last, "amax")
    first, last = (values[:, 1:].reshape(step.output_shape) for values in (firsts, lasts))
    return Span(compressed(first), compressed(last))


def sampled(step: Step, spans: Spans) -> Span:
    """`grid_sample`: the places that a constant grid points at; the whole image where the grid comes from it."""
    image, grid = argument(step, "input", 0), argument(step, "grid", 1)
    span, shape = span_of(image, spans), shape_of(image)
    spatial = range(2 - len(shape), 0)
    parts = [whole(span, spatial, shape)]
    if isinstance(grid, Step) and grid in spans:
        parts.append(_of_grid(spans[grid], grid.output_shape))
    elif len(shape) == 4 and _is_plain(step):
        values = grid.output if isinstance(grid, Step) else grid
        parts = [_pointed(span, shape, values.double(), bool(argument(step, "align_corners", 4)))]
    return united(parts)


def _of_grid(span: Span, shape: Sequence[int]) -> Span:
    """The grid's [N, …, 2] as the image's [N, C, …]."""
    found = whole(span, [-1], shape)
    order = [0, len(shape) - 1, *range(1, len(shape) - 1)]
    return Span(found.first.permute(order), found.last.permute(order))


def _is_plain(step: Step) -> bool:
    mode, padding = argument(step, "mode", 2, "bilinear"), argument(step, "padding_mode", 3, "zeros")
    return mode in ("bilinear", "nearest", 0, 1) and padding in ("zeros", "border", 0, 1)


def _pointed(span: Span, shape: Sequence[int], grid: torch.Tensor, align_corners: bool) -> Span:
    """The values at the four corners of where each of the grid's points falls."""
    first, last = (values.expand(shape) for values in (span.first, span.last))
    firsts, lasts = [], []
    corners = []
    for axis, n in ((0, shape[3]), (1, shape[2])):
        point = grid[..., axis]
        at = (point + 1) / 2 * (n - 1) if align_corners else ((point + 1) * n - 1) / 2
        corners.append([at.floor().clamp(0, n - 1).long(), (at.floor() + 1).clamp(0, n - 1).long()])
    for x in corners[0]:
        for y in corners[1]:
            firsts.append(first[torch.arange(len(grid))[:, None, None], :, y, x].permute(0, 3, 1, 2))
            lasts.append(last[torch.arange(len(grid))[:, None, None], :, y, x].permute(0, 3, 1, 2))
    return Span(compressed(torch.stack(firsts).amin(0)), compressed(torch.stack(lasts).amax(0)))
