"""What each value of a trace really depends on: rows and columns of the image are changed one by one.

More is found so than by gradients, which comparisons, rounding and the largest of several values do not have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fivebyfive.explain import Step, explain, seen

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
    """Functions that are flat somewhere, or choose one of many, are straight lines: nothing hides behind a zero."""

    FLAT = ("relu", "relu_", "relu6", "hardtanh", "hardtanh_", "hardswish", "hardsigmoid", "threshold", "clamp")

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        keywords = dict(kwargs or {})
        name = getattr(function, "__name__", "")
        if name in self.FLAT and args[0].is_floating_point():
            inplace = keywords.get("inplace") or args[1:2] == (True,) or name.endswith("_")
            return args[0].mul_(0.75) if inplace else args[0] * 0.75
        if name == "amax":
            return torch.mean(*args, **keywords)
        if name == "max_pool2d" and keywords.get("dilation", 1) == 1 and len(args) < 5:
            given = (
                {"stride": None, "padding": 0}
                | keywords
                | dict(zip(("kernel_size", "stride", "padding"), args[1:], strict=False))
            )
            size, stride, padding = given["kernel_size"], given["stride"], given["padding"]
            return F.avg_pool2d(args[0], size, stride, padding, bool(keywords.get("ceil_mode")))
        return function(*args, **keywords)


CHOOSING = frozenset(["sort", "topk", "max", "min", "median", "max_pool2d", "max_pool3d", "max_unpool2d"])
"""Whose values show only what they have chosen."""

Run = Callable[[Tensor], list[Tensor]]


def reached(run: Run, images: Sequence[Tensor]) -> list[list[Reached]]:
    """For rows, then columns: what of the picture has reached each value of each tensor that `run` makes of it."""
    generator = torch.Generator().manual_seed(3)
    made = [run(image) for image in images]
    ways = []
    for axis in (-2, -1):
        found = [_unreached(tensor) for tensor in made[0]]
        for image, before in zip(images, made, strict=True):
            for place in range(image.shape[axis]):
                other = image.clone()
                line = other.select(axis, place)
                line += 3 * torch.randn(line.shape, generator=generator, dtype=image.dtype)
                for part, was, now in zip(found, before, run(other), strict=True):
                    part.note(place, _differs(was, now))
        ways.append(found)
    return ways


def _differs(was: Tensor, now: Tensor) -> Tensor:
    """By more than a mask of -100 lets through."""
    return (was - now).abs() > 1e-20 if was.is_floating_point() else was != now


def _unreached(tensor: Tensor) -> Reached:
    shape = tensor.shape
    return Reached(torch.full(shape, NOWHERE, dtype=torch.int32), torch.full(shape, -1, dtype=torch.int32))


def expect_fields(network: nn.Module, images: Sequence[Tensor], unknown: Sequence[str] = ()) -> None:
    """That all that reaches a value of any step lies in its field, and that the field is at most twice as large.

    ``unknown`` are the operations behind which nothing is said.
    """
    network, images = network.double(), [image.double() for image in images]
    with Straight():
        trace = explain(network, images[0])
        ways = reached(lambda image: [step.output for step in explain(network, image).steps], images)
    for step in trace.steps:
        parts = [way[step.index] for way in ways]
        if seen.seen(step) is None:
            lost = step.op in unknown or any(seen.seen(origin) is None for origin in step.origins)
            assert lost or not any(bool((part.last >= 0).any()) for part in parts), (step.name, step.op, "is not known")
        else:
            _expect_field(step, parts)


def expect_field_of_output(network: nn.Module, images: Sequence[Tensor], chooses: bool = False) -> None:
    """The same for the network's output alone, which is quicker; where it chooses, only that nothing lies outside."""
    network, images = network.double(), [image.double() for image in images]
    with torch.no_grad():
        ways = reached(lambda image: [network(image[None])], images)
    _expect_field(explain(network, images[0]).steps[-1], [way[0] for way in ways], chooses)


def _expect_field(step: Step, parts: Sequence[Reached], chooses: bool = False) -> None:
    found = seen.seen(step)
    assert found is not None
    for span, part in zip(found.spans, parts, strict=True):
        known = part.first <= part.last
        inside = (span.first <= part.first) & (part.last <= span.last)
        assert bool((inside | ~known).all()), (step.name, step.op, "looks outside of its field")
        if step.output.is_floating_point() and step.op not in CHOOSING and not chooses:
            twice = 2 * (part.last - part.first + 1)
            assert bool(((span.last - span.first + 1 <= twice) | ~known).all()), (step.name, step.op, "is too large")
