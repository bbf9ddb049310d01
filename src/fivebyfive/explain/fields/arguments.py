"""What a step was called with, and the spans of what it took."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from fivebyfive.explain.fields.spans import Span, nothing
from fivebyfive.explain.step import Step

Spans = Mapping[Step, Span]
"""Those of a step's origins that depend on the image at all."""


def argument(step: Step, name: str, place: int, default: Any = None) -> Any:
    """An argument by its name, or its place in the call."""
    call = step.call
    if name in call.values:
        return call.values[name]
    if name in call.keywords:
        return call.keywords[name]
    return call.arguments[place] if len(call.arguments) > place else default


def span_of(value: Any, spans: Spans) -> Span:
    """The span of an argument; a constant depends on nothing."""
    return spans[value] if isinstance(value, Step) and value in spans else nothing(len(shape_of(value)))


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an argument; a number has none."""
    return value.output_shape if isinstance(value, Step) else tuple(value.shape) if isinstance(value, Tensor) else ()


def dimensions(dims: Any, rank: int) -> list[int]:
    """Dimensions as PyTorch takes them: one, several, or None for all; counted from the first."""
    if dims is None or (isinstance(dims, Sequence) and not dims):
        return list(range(rank))
    return [int(d) % max(rank, 1) for d in (dims if isinstance(dims, Sequence) else (dims,))]
