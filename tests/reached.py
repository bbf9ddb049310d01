"""What each value of a trace really depends on: rows and columns of the image are changed one by one.

More is found so than by gradients, which comparisons, rounding and the largest of several values do not have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fivebyfive.explain import Step, Trace, explain, fields

NOWHERE = 1 << 20


@dataclass
class Reached:
    """Of each value of a step, the first and last place of the image whose change has changed it."""

    first: Tensor
    last: Tensor

    def note(self, place: int, changed: Tensor) -> None:
        self.first[changed & (self.first > place)] = place
        self.last[changed] = place


class Straight(TorchFunctionMode):
    """Activations that are flat somewhere are straight lines, so that nothing stays hidden behind a zero."""

    FLAT = frozenset({"relu", "relu_", "relu6", "hardtanh", "hardtanh_", "hardswish", "hardsigmoid", "threshold"})

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        keywords = dict(kwargs or {})
        if getattr(function, "__name__", "") in self.FLAT:
            inplace = keywords.get("inplace") or args[1:2] == (True,) or function.__name__.endswith("_")
            return args[0].mul_(0.75) if inplace else args[0] * 0.75
        return function(*args, **keywords)


def reached(network: nn.Module, images: Sequence[Tensor], draws: int = 1) -> tuple[Trace, list[list[Reached]]]:
    """The trace of the first image; for rows, then columns, what of the picture has reached each step's values."""
    traces = [explain(network, image) for image in images]
    generator = torch.Generator().manual_seed(3)
    found = [[_unreached(step) for step in traces[0].steps] for _ in range(2)]
    for axis, own in zip((-2, -1), found, strict=True):
        for image, trace in zip(images * draws, traces * draws, strict=True):
            for place in range(image.shape[axis]):
                other = image.clone()
                line = other.select(axis, place)
                line += 3 * torch.randn(line.shape, generator=generator, dtype=image.dtype)
                for step, changed, part in zip(trace.steps, explain(network, other).steps, own, strict=True):
                    differs = step.output != changed.output
                    part.note(place, differs & ~(step.output.isnan() & changed.output.isnan()))
    return traces[0], found


def _unreached(step: Step) -> Reached:
    shape = step.output_shape
    return Reached(torch.full(shape, NOWHERE, dtype=torch.int32), torch.full(shape, -1, dtype=torch.int32))


def expect_fields(network: nn.Module, images: Sequence[Tensor], draws: int = 1, unknown: Sequence[str] = ()) -> None:
    """That all that reaches a value lies inside of its field, and that the field is at most twice as large.

    ``unknown`` are the operations behind which nothing is said.
    """
    with Straight():
        trace, ways = reached(network.double(), [image.double() for image in images], draws)
    for step in trace.steps:
        found = fields.seen(step)
        for axis, own in enumerate(ways):
            part = own[step.index]
            known = part.first <= part.last
            if found is None:
                lost = not bool(known.any()) or step.op in unknown or any(fields.seen(o) is None for o in step.origins)
                assert lost, (step.name, step.op, "is not known")
                continue
            span = found.spans[axis]
            inside = (span.first <= part.first) & (part.last <= span.last)
            assert bool((inside | ~known).all()), (step.name, step.op, axis, "looks outside of its field")
            size, least = span.last - span.first + 1, part.last - part.first + 1
            assert bool(((size <= 2 * least) | ~known).all()), (step.name, step.op, axis, "has too large a field")
