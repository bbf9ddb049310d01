"""What can be counted of a gradient on its way back through a step: what it is multiplied by, and who gets none."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.backward.local import Operand, passed_back
from fivebyfive.explain.figures import short
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import tensor_of

SATURATED = 0.05
"""A slope below this lets almost nothing through."""
_KEEP_CHANNELS = ("batch_norm", "batch_normalization", "bias_add", "add", "dropout", "max_pool", "max_pool2d")


def out_of(part: int, whole: int) -> str:
    """3,120 of 6,272 (50%)"""
    return f"{part:,} of {whole:,} ({part / max(whole, 1):.0%})"


def with_ones(step: Step, operand: Operand) -> Tensor | None:
    """What each value of `operand` would get, were every gradient of the step 1; None where that is not known.

    For a function of each value alone these are its slopes; where values only move, how often each of them was taken.
    """
    if tensor_of(operand).is_complex():
        return None
    try:
        (found,) = passed_back(step, torch.ones_like(step.output), [operand])
    except InputError:
        return None
    return found


def by_slope(step: Step, operand: Operand | None = None) -> Iterator[str]:
    """That each gradient is multiplied by the slope at its value: which slopes those are here, and who is blocked."""
    if operand is None:
        operand = step.origins[0] if step.origins else None
    slopes = None if operand is None else with_ones(step, operand)
    if slopes is None or slopes.numel() != step.output.numel() or not slopes.numel():
        yield "Each gradient is multiplied by the slope of the function at its value."
        return
    low, high, blocked = float(slopes.min()), float(slopes.max()), int((slopes == 0).sum())
    if blocked == slopes.numel():
        yield "Its slope is 0 everywhere: no gradient passes, and nothing before it learns by this way."
        return
    if low == high:
        yield f"Each gradient is multiplied by {short(low)}, the slope of the function, which is the same everywhere."
        return
    yield (
        "Each gradient is multiplied by the slope of the function at its value: here from "
        f"{short(low)} to {short(high)}, {short(float(slopes.mean()))} on average."
    )
    if blocked:
        yield f"Where the slope is 0 nothing passes: at {out_of(blocked, slopes.numel())}."


def winners(step: Step, operand: Operand) -> str:
    """How many values get something, where only those that were taken do; "" where that is not known."""
    taken = with_ones(step, operand)
    return "" if taken is None else f"{out_of(int((taken != 0).sum()), taken.numel())} values of the input"


def by_channel(values: Tensor, layout: str) -> Tensor | None:
    """The values of each channel, [C, …]; None where no dimension is known to be the channels."""
    letters = "NC" if layout == "flat" else layout
    if "C" not in letters or len(letters) != values.dim():
        return None
    return values.movedim(letters.index("C"), 0).flatten(1)


def blocked_whole(relu: Step) -> int:
    """How many channels a ReLU blocks at each of their places, for all pictures that were given."""
    channels = by_channel(relu.output, relu.layout)
    return 0 if channels is None else int((channels <= 0).all(1).sum())


def relu_behind(step: Step) -> Step | None:
    """The ReLU that all of a layer's values go through, with nothing between that mixes channels."""
    at = step
    for _ in range(4):
        if len(at.consumers) != 1:
            return None
        (at,) = at.consumers
        if at.op == "relu":
            return at
        if at.op not in _KEEP_CHANNELS or len(at.origins) != 1:
            return None
    return None


def dead_units(step: Step, what: str) -> Iterator[str]:
    """Which of a layer's units the ReLU behind blocks everywhere: why they learn nothing, and what may wake them.

    Args:
        what: "filter", "unit".
    """
    relu = relu_behind(step)
    dead = 0 if relu is None else blocked_whole(relu)
    if relu is None or not dead:
        return
    channels = by_channel(relu.output, relu.layout)
    whole = 0 if channels is None else len(channels)
    yield (
        f"{dead} of its {counted(whole, what)} get{'s' * (dead == 1)} no gradient here: {relu.name} blocks every "
        "one of their values. They learn nothing from this, so they stay as they are; another picture may wake them."
    )


def names(steps: Sequence[Step]) -> str:
    """a and b; the first few of very many."""
    said = [step.name for step in steps[:4]]
    if len(steps) > 4:
        return f"{', '.join(said)} …"
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
