"""What a parameter, or one of its numbers, met on the way and what it is told on the way back, in plain words."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fivebyfive.explain.backward.numbers import size
from fivebyfive.explain.backward.passing import dead_units, names
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.terms import tensor_of
from fivebyfive.writing import number

if TYPE_CHECKING:
    from fivebyfive.explain.backward.parameters import Parameter


def of_all(parameter: "Parameter") -> Iterator[str]:
    """What the whole tensor is, where it was used, and how large its gradient is beside it."""
    count = counted(parameter.value.numel(), "number")
    shape = "×".join(map(str, parameter.shape)) or "a single one"
    used = f"used by {names(parameter.uses)}" if parameter.uses else "used by no step"
    yield f"{parameter.name}: {shape}, {count}, {used}."
    gradient = parameter.gradient
    if gradient is None or not gradient.numel():
        return
    for step in parameter.uses:
        if _is_weight(parameter, step):
            yield from _met(step)
            yield from dead_units(step, "unit" if step.kind == "fully connected" else "filter")
    change, weight = size(gradient), size(parameter.value.detach())
    zeros = int((gradient == 0).sum())
    none = f"; {zeros:,} of them have none and learn nothing" if zeros else ""
    yield f"Its gradient is {number(change)} large on average, the numbers themselves {number(weight)}{none}."


def of_one(parameter: "Parameter", found: Arithmetic) -> Iterator[str]:
    """What one number met, which of it pushed it up and which down, and which way it goes."""
    count = len(found.terms) + found.remainder_count
    for step in parameter.uses:
        if step.gradient is not None and _is_weight(parameter, step) and step.kind == "convolution":
            yield from _one_of_a_filter(parameter, step, count)
    up, down = (sum(term.product for term in found.terms if sign * term.product > 0) for sign in (-1, 1))
    if found.total == 0 and not up and not down:
        yield "Its gradient is 0: nothing that the loss hangs on grew or shrank with it here, so it learns nothing."
        return
    yield (
        f"Its gradient is {number(found.total)}: a step of training pushes it {'down' if found.total > 0 else 'up'}, "
        "against the gradient."
    )
    if count > 1:
        yield (
            f"Of the {len(found.terms):,} products shown those above 0 add up to {number(down)} and push it down, "
            f"those below to {number(up)} and push it up."
        )
    most = max(found.terms, key=lambda term: abs(term.product))
    yield _strongest(most, parameter.uses)


def _strongest(term: Term, uses: Sequence[Step]) -> str:
    where = term.name
    if term.position is not None:
        y, x, channel = term.position
        is_list = any(step.index == term.step and step.size[:2] == (1, 1) for step in uses)
        where += f"[{channel}]" if is_list else f" at y {y}, x {x}, channel {channel}"
    wanted = "shrink" if term.value > 0 else "grow"
    return (
        f"Strongest: {where} should {wanted} (its gradient is {number(term.value)}) and grows by {number(term.weight)} "
        f"with this number; together {number(term.product)}."
    )


def _met(step: Step) -> Iterator[str]:
    if step.kind != "convolution":
        return
    places = _places(step)
    yield (
        f"In {step.name} each of them met {places:,} places of the input, its window once at each: where the "
        "gradient is above 0 and the input large, it is pushed down."
    )


def _one_of_a_filter(parameter: "Parameter", step: Step, count: int) -> Iterator[str]:
    if len(parameter.uses) > 1:
        return
    places = _places(step)
    what = "pixels" if step.origins and _is_picture(step.origins[0]) else f"values of {step.origins[0].name}"
    dark = ""
    if count < places and not step.attributes.get("transposed"):
        dark = f"; at {places - count:,} of these places there was 0, or padding"
    yield f"This weight met {places:,} {what}, its window once at each place{dark}."


def _is_picture(step: Step) -> bool:
    """Whether it is what was given, if only in another shape."""
    return step.kind == "input" or (step.kind == "reshaping" and bool(step.origins) and _is_picture(step.origins[0]))


def _places(step: Step) -> int:
    """How many places of each channel the layer made, in all pictures; of a transposed one, how many it read."""
    weight, ours = tensor_of(step.call.values["weight"]), "strides" in step.call.values
    counted_one = tensor_of(step.call.values["input"]) if step.attributes.get("transposed") else step.output
    return counted_one.numel() // max(weight.shape[-1 if ours else 0], 1)


def _is_weight(parameter: "Parameter", step: Step) -> bool:
    return step.weight is parameter.value
