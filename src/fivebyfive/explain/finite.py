"""Where the first value came from that is not finite: NaN and infinities spread through all that follows."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fivebyfive.explain.layout import Position, position_of
from fivebyfive.explain.step import Step


@dataclass(frozen=True)
class NotFinite:
    """The first step that gave a value that is not finite.

    Attributes:
        step: the step.
        position: (y, x, channel) of the first such value.
        count: how many there are in its output.
        why: what went in, in words.
    """

    step: Step
    position: Position
    count: int
    why: str

    def __str__(self) -> str:
        y, x, channel = self.position
        source = self.step.source
        line = "" if source is None else f" (line {source.line}: {source.code})"
        share = f"{self.count:,} of its {self.step.output.numel():,} values"
        return (
            f"{self.step.name}{line} is the first step that gives what is not finite: {share}, the first at y={y}, "
            f"x={x}, channel={channel}; {self.why}."
        )


def first_not_finite(steps: Sequence[Step]) -> NotFinite | None:
    """The first step, in the order in which the code ran, with NaN or an infinity in its output; None without."""
    for step in steps:
        if _is_finite(step.output):
            continue
        odd = (~torch.isfinite(step.output)).nonzero()
        position = position_of(tuple(int(i) for i in odd[0]), step.output_shape, step.layout)
        return NotFinite(step, position, len(odd), _why(step))
    return None


def _why(step: Step) -> str:
    if step.kind == "input":
        return "it was given so"
    weights = [name for name in ("weight", "bias") if not _is_finite(getattr(step, name))]
    if weights:
        return f"its {' and its '.join(weights)} already {'is' if len(weights) == 1 else 'are'} not finite"
    masked = [origin.name for origin in step.origins if not _is_finite(origin.output)]
    if masked:
        return f"it comes from {', '.join(masked)}"
    return "all that went in is finite, so it arises here"


def _is_finite(tensor: Tensor | None) -> bool:
    if tensor is None or not (tensor.is_floating_point() or tensor.is_complex()):
        return True
    return bool(torch.isfinite(tensor).all())
