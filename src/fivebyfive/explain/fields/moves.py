"""Operations that only move values, or put one tensor's values beside another's: the places move along.

Most are run again on the places in place of the values; a dimension along which they do not vary costs nothing. Places
are counted from 1 there, so that 0 is what depends on nothing: padding, and constants.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from fivebyfive.explain import moved as moving
from fivebyfive.explain.fields.arguments import Spans, argument, shape_of, span_of
from fivebyfive.explain.fields.spans import (
    NOWHERE,
    Line,
    Shape,
    Span,
    compressed,
    constant,
    everything,
    line_through,
    united,
    unsqueezed,
)
from fivebyfive.explain.fields.taps import Pattern, composed, sliding, through
from fivebyfive.explain.step import Step


def reshaped(step: Step, spans: Spans) -> Span:
    """The same values in the same order: only dimensions that are merged or split, and vary, are looked at."""
    origin = step.call.values["input"]
    return regrouped(span_of(origin, spans), shape_of(origin), step.output_shape)


def regrouped(span: Span, before: Shape, after: Shape) -> Span:
    """The span of a tensor of shape `before` that is seen as one of shape `after`."""
    stretches = _stretches(before, after)
    first, last = (_regrouped(values, before, after, stretches) for values in (span.first, span.last))
    line = span.line
    if line is not None and line.dim is not None:
        line = _carried(line, before, after, stretches)
    return Span(first, last, line_through(first, last) if line is None else line)


def _regrouped(values: Tensor, before: Shape, after: Shape, stretches: Sequence[tuple[range, range]]) -> Tensor:
    full, shape = list(values.shape), [1] * len(after)
    for old, new in stretches:
        if any(values.shape[d] > 1 for d in old):
            for d in old:
                full[d] = before[d]
            for d in new:
                shape[d] = after[d]
    return compressed(values.expand(full).reshape(shape))


def _carried(line: Line, before: Shape, after: Shape, stretches: Sequence[tuple[range, range]]) -> Line | None:
    """The line along the dimension that its own has become, or is a part of; None where it is split."""
    assert line.dim is not None
    at = line.dim % len(before)
    old, new = next((old, new) for old, new in stretches if at in old)
    each = line.each * math.prod(before[d] for d in old if d > at)
    count = line.count or before[at]
    behind = 1
    for d in reversed(new):
        if each % behind == 0 and after[d] % (each // behind * count) == 0:
            whole = after[d] == count
            if count == 1 and not whole:
                break
            return replace(line, dim=d - len(after), each=1 if whole else each // behind, count=0 if whole else count)
        behind *= after[d]
    return constant(*line.at(0)) if count == 1 else None


def _stretches(before: Shape, after: Shape) -> list[tuple[range, range]]:
    """The shortest runs of dimensions that hold equally many values before and after, in order."""
    found, i, j = [], 0, 0
    while i < len(before) or j < len(after):
        k, m = min(i + 1, len(before)), min(j + 1, len(after))
        while (a := math.prod(before[i:k])) != (b := math.prod(after[j:m])):
            k, m = (k + 1, m) if a < b else (k, m + 1)
        found.append((range(i, k), range(j, m)))
        i, j = k, m
    return found


# --- beside each other ----------------------------------------------------------------------------------------------


def concatenated(step: Step, spans: Spans) -> Span:
    """Several tensors behind each other along one dimension, or each on a place of its own along a new one."""
    tensors = [v for v in step.call.values["tensors"] if math.prod(shape_of(v))]
    parts = [span_of(value, spans) for value in tensors]
    rank = len(step.output_shape)
    dim = int(step.call.values.get("dim") or 0) % rank - rank
    if step.op == "stack":
        parts, sizes = [unsqueezed(part, dim) for part in parts], [1] * len(parts)
    else:
        sizes = [shape_of(value)[dim] for value in tensors]
    first, last = (_beside(arrays, sizes, dim) for arrays in ([p.first for p in parts], [p.last for p in parts]))
    reaching = [part for part, value in zip(parts, tensors, strict=True) if isinstance(value, Step) and value in spans]
    line = united([replace(part, first=first, last=last) for part in reaching]).line
    crossed = line is not None and (line.dim == dim or (line.dim is None and len(reaching) < len(parts)))
    return Span(first, last, line_through(first, last) if line is None or crossed else line)


def _beside(arrays: Sequence[Tensor], sizes: Sequence[int], dim: int) -> Tensor:
    shape = [max(ns) for ns in zip(*(array.shape for array in arrays), strict=True)]
    full = []
    for array, n in zip(arrays, sizes, strict=True):
        shape[dim] = n
        full.append(array.expand(shape))
    return compressed(torch.cat(full, dim))


def padded(step: Step, spans: Spans) -> Span:
    """A frame around the last dimensions: of nothing, or of what the image has elsewhere."""
    values = step.call.values
    span, shape = span_of(values["input"], spans), shape_of(values["input"])
    sides, mode = moving.sides_of(step), values.get("mode") or "constant"
    for place in range(len(sides) // 2):
        dim, before = -1 - place, sides[2 * place]
        taps = sliding(shape[dim], step.output_shape[dim], 1, 1, before, 1, mode)
        span = through(span, dim, shape[dim], taps)
    return span


# --- run again ------------------------------------------------------------------------------------------------------

_WRITTEN = {
    "assign": ("other", 2), "index_put": ("values", 2), "index_copy": ("source", 3), "index_add": ("source", 3),
    "scatter": ("src", 3), "scatter_add": ("src", 3), "masked_scatter": ("source", 2), "slice_scatter": ("src", 1),
    "select_scatter": ("src", 1), "index_fill": ("value", 3),
}  # fmt: skip
"""Operations that write an argument's values into the first one."""


def moved(step: Step, spans: Spans) -> Span:
    """Whatever the operation does with the values, it does with their places."""
    operands = _operands(step)
    reaching = [operand for operand in operands if isinstance(operand, Step) and operand in spans]
    first = _arrived(step, operands, {o: spans[o].first - NOWHERE for o in reaching}) + NOWHERE
    last = _arrived(step, operands, {o: spans[o].last + 1 for o in reaching}) - 1
    line = _line(step, reaching[0], spans[reaching[0]].line) if len(operands) == 1 and reaching else None
    found = [Span(first, last, line_through(first, last) if line is None else line)] if reaching else []
    return united([*found, *_choices(step, operands, spans)])


def _operands(step: Step) -> list[Any]:
    """The arguments whose values move."""
    values = step.call.values
    operands = list(values["tensors"]) if "tensors" in values else [values["input"]]
    written = argument(step, *_WRITTEN[step.op]) if step.op in _WRITTEN else None
    return [*operands, written] if isinstance(written, (Step, Tensor)) else operands


def _arrived(step: Step, operands: Sequence[Any], places: Mapping[Step, Tensor]) -> Tensor:
    """The places after the operation; 0 where nothing of them has arrived."""
    numbers = {}
    for operand in operands:
        shape = shape_of(operand)
        given = places.get(operand) if isinstance(operand, Step) else None
        values = (torch.zeros((1,) * len(shape)) if given is None else given).double().expand(shape)
        numbers[id(operand)] = values.clone() if step.op in _WRITTEN else values  # written into: its own memory
    with torch.no_grad():
        return compressed(moving.run_again(step, numbers)).to(torch.int32)


def _line(step: Step, origin: Step, line: Line | None) -> Line | None:
    """The line along the dimension whose places go evenly through those of the line's own."""
    if line is None or line.dim is None:
        return line
    if step.op in _PATTERNS:
        if line.dim < -2 or line.count:
            return None
        factor = int(argument(step, f"{'up' if step.op == 'pixel_shuffle' else 'down'}scale_factor", 1))
        return composed(line, _PATTERNS[step.op](factor), line.dim)
    n = origin.output_shape[line.dim]
    shape = [1] * len(origin.output_shape)
    shape[line.dim] = n
    own = torch.arange(n) // line.each % (line.count or n)
    places = _arrived(step, [origin], {origin: own.reshape(shape) + 1}) - 1
    if line.count:
        varying = [d - places.dim() for d, size in enumerate(places.shape) if size > 1]
        unmoved = len(varying) == 1 and torch.equal(places.flatten(), own.to(torch.int32))
        return replace(line, dim=varying[0]) if unmoved else None
    found = line_through(places, places)
    if found is None or found.low[0] < 0:
        return None
    if found.dim is None:
        return constant(*line.at(found.low[0]))
    return composed(line, Pattern(((found.low[0],),), found.shift), found.dim) if found.shift else None


_PATTERNS: dict[str, Callable[[int], Pattern]] = {
    "pixel_shuffle": lambda factor: Pattern(((0,),) * factor, 1),
    "pixel_unshuffle": lambda factor: Pattern((tuple(range(factor)),), factor),
}


def _choices(step: Step, operands: Sequence[Any], spans: Spans) -> list[Span]:
    """What decides which values are taken: an index or a mask that comes from the image itself."""
    found = []
    for origin in step.origins:
        if origin not in spans or any(origin is operand for operand in operands) or origin.output.is_floating_point():
            continue
        if origin.output_shape == step.output_shape:
            found.append(spans[origin])
        else:
            found.append(everything(spans[origin], len(step.output_shape), origin.output_shape))
    return found
