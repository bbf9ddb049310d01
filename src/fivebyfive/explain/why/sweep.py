"""The sweep backwards: each step's gradient from those behind it, and what of its value does not go on to its inputs.

For a step y = f(x) with the gradient g at y, ⟨g, y⟩ is what y contributes and ⟨gᵀ∂f/∂x, x⟩ what x does. The difference
is the step's own share: ⟨g, b⟩ for y = Wx + b, nothing for ReLU, max pooling and whatever else grows in proportion, the
bent rest for the others. Shares and inputs add up to the number at the start, because all else cancels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.alone import expect_unchanged
from fivebyfive.explain.backward.local import at_zero, passed_back
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import tensor_of

ROUNDING = 128
"""So many units in the last place of what a step added up are rounding."""


@dataclass(frozen=True)
class Share:
    """What a step adds to the account by itself.

    Attributes:
        step: its name.
        index: its place in the trace.
        amount: of the number that is accounted for.
        sort: "bias", what it gives where all that it takes is 0; "curve", what is left because it is no line; "hole",
            a value that hangs on the picture in a way that has no slope, or was not watched; "rounding".
        reason: of a hole, in a few words.
    """

    step: str
    index: int
    amount: float
    sort: str
    reason: str = ""


@dataclass(frozen=True)
class Swept:
    """What a sweep found.

    Attributes:
        gradients: of the number by each step's output that it depends on, by the step's index, in doubles.
        shares: of the steps on the way, in the order of the trace.
        alone: the steps through which everything goes: there the contributions of one step, and the shares of the
            later ones, add up to the number.
    """

    gradients: Mapping[int, Tensor]
    shares: tuple[Share, ...]
    alone: tuple[int, ...]


def sweep(steps: Sequence[Step], start: Step, direction: Tensor) -> Swept:
    """Go back from `start`, where the gradient is `direction`, to the inputs.

    Raises:
        InputError: a weight was changed since the trace was made.
    """
    hanging = hanging_on_input(steps)
    gradients = {start.index: direction.double()}
    waiting = {start.index}
    shares: list[Share] = []
    alone: list[int] = []
    ended = False
    for step in reversed(steps[: start.index + 1]):
        if step.index not in waiting:
            continue
        waiting.discard(step.index)
        if not waiting and not ended:
            alone.append(step.index)
        if step.kind == "input":
            ended = True
            continue
        operands = [origin for origin in step.origins if origin.index in hanging and _is_smooth(origin)]
        backs, share = _account(step, gradients[step.index], operands, hanging)
        shares.append(share)
        for operand, back in zip(operands, backs, strict=False):  # a hole passes nothing on
            before = gradients.get(operand.index)
            gradients[operand.index] = back if before is None else before + back
            waiting.add(operand.index)
    return Swept(gradients, tuple(reversed(shares)), tuple(reversed(alone)))


def _account(step: Step, gradient: Tensor, operands: Sequence[Step], hanging: set[int]) -> tuple[list[Tensor], Share]:
    whole = inner(gradient, tensor_of(step))
    if not operands:
        return [], _share(step, whole, "hole", _why_nothing(step, hanging))
    expect_unchanged(step)
    try:
        backs = passed_back(step, gradient, operands)
    except InputError:
        return [], _share(step, whole, "hole", _why_not(step))
    parts = [inner(back, tensor_of(operand)) for back, operand in zip(backs, operands, strict=True)]
    sizes = [size(gradient, tensor_of(step)), *(size(b, tensor_of(o)) for b, o in zip(backs, operands, strict=True))]
    amount = whole - sum(parts)
    near = torch.finfo(step.output.dtype).eps * ROUNDING * max(sizes)
    if abs(amount) <= near:
        return backs, _share(step, amount, "rounding")
    if abs(amount - _bias(step, gradient, operands)) <= near:
        return backs, _share(step, amount, "bias")
    if not any(bool(back.any()) for back in backs):
        return backs, _share(step, whole, "hole", "it cuts the way back off, or is flat here")
    return backs, _share(step, amount, "curve")


def _why_nothing(step: Step, hanging: set[int]) -> str:
    if any(origin.index in hanging for origin in step.origins):
        return "what it takes are whole numbers, which have no slope"
    made = [origin for origin in step.origins if origin.call.function is None]
    if made:
        return f"{made[0].name}, which it takes, was made where Python cannot watch"
    return "nothing leads there from what the network was given"


def _bias(step: Step, gradient: Tensor, operands: Sequence[Step]) -> float:
    try:
        return inner(gradient, at_zero(step, operands))
    except InputError:  # an operation that 0 is nothing for
        return float("nan")


def _share(step: Step, amount: float, sort: str, reason: str = "") -> Share:
    return Share(step.name, step.index, amount, sort, reason)


def _why_not(step: Step) -> str:
    if step.call.function is None:
        return "it was made where Python cannot watch"
    return "PyTorch cannot differentiate it alone"


def hanging_on_input(steps: Sequence[Step]) -> set[int]:
    """The steps whose values come of what the network was given; the others are made of weights alone."""
    found: set[int] = set()
    for step in steps:
        if step.kind == "input" or any(origin.index in found for origin in step.origins):
            found.add(step.index)
    return found


def _is_smooth(step: Step) -> bool:
    return step.output.is_floating_point() or step.output.is_complex() or step.output.is_quantized


def products(gradient: Tensor, values: Tensor) -> Tensor:
    """Gradient × value, in doubles; nothing where the gradient is 0, whatever the value."""
    if values.is_complex() or gradient.is_complex():
        return (gradient.conj() * values.to(torch.complex128)).real
    found = gradient.double() * values.double()
    return found if bool(found.isfinite().all()) else torch.where(gradient == 0, 0.0, found)


def inner(gradient: Tensor, values: Tensor) -> float:
    """The sum of the products."""
    return float(products(gradient, values).sum())


def size(gradient: Tensor, values: Tensor) -> float:
    """The sum of the products' sizes."""
    return float(products(gradient, values).abs().sum())
