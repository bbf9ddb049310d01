"""The ends: the image that goes in, and what the network returns."""

import math
from collections.abc import Iterator
from typing import Any

import torch

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import Index, Kind
from fivebyfive.explain.layout import Position, as_maps, size_text
from fivebyfive.explain.moved import moved
from fivebyfive.explain.phrases import counted, tensor_shape
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import magnitude


def _given(step: Step, index: Index, position: Position) -> Arithmetic:
    value = magnitude(step.output[index])
    return Arithmetic(position, "copy", (), value, symbols="a value of the image", figures=short(value))


def _handed_on(step: Step) -> list[Any]:
    return list(step.origins)


def _returned(step: Step, index: Index, position: Position) -> Arithmetic:
    return moved(step, index, position, _handed_on(step))


def _input_words(step: Step) -> Iterator[str]:
    low, high = float(step.output.min()), float(step.output.max())
    picture = step.attributes.get("picture")
    if picture is not None:
        yield (
            f"The image, {size_text(picture)}, as a list of {math.prod(picture)} numbers: row by row, "
            f"from {low:.4g} to {high:.4g}."
        )
    else:
        yield f"The image: {size_text(step.size)} numbers, from {low:.4g} to {high:.4g}."


def _output_words(step: Step) -> Iterator[str]:
    height, width, channels = step.size
    if not step.output.numel():
        yield f"What the network returns is empty: {tensor_shape(step)}."
        return
    if height * width > 1:
        yield f"What the network returns: {size_text(step.size)}."
        return
    if channels == 1:
        yield f"What the network returns: one number, {step.value():.4g}."
        return
    values = step.maps.reshape(-1)
    if values.isnan().any():
        missing = int(values.isnan().sum())
        yield f"What the network returns: {channels} numbers, of which {missing} are NaN: no class is named."
        return
    best = int(values.argmax())
    largest = f"the largest, {float(values[best]):.4g}, is number {best}"
    if step.attributes.get("beside"):
        yield f"What the network returns beside its answer: {channels} numbers; {largest}."
        return
    yield f"What the network returns: {channels} numbers, one for each class; {largest}."
    if bool((values >= 0).all()) and abs(float(values.sum()) - 1.0) < 1e-4:
        yield "They are probabilities already: none is negative, and they add up to 1."
    else:
        yield "Softmax makes probabilities of them: e to the power of each, divided by the sum of all."


def _input_back(step: Step) -> Iterator[str]:
    gradient = step.gradient
    if gradient is None or gradient.is_complex() or not gradient.numel():
        return
    grow, shrink = int((gradient < 0).sum()), int((gradient > 0).sum())
    yield ("What was given learns nothing; its gradient says how the loss hangs on each of its values.")
    yield (
        f"The loss would be smaller were {grow:,} of its {gradient.numel():,} values a little larger, {shrink:,} a "
        "little smaller."
    )
    place = _largest(step)
    if place is not None and grow + shrink:
        yield place


def _largest(step: Step) -> str | None:
    assert step.gradient is not None
    if step.layout == "other":
        return None
    maps = as_maps(step.gradient, step.layout)
    at = torch.unravel_index(maps.abs().argmax(), maps.shape)
    channel, y, x = (int(i) for i in at)
    where = f"at y {y}, x {x}" + (f", channel {channel}" if maps.shape[0] > 1 else "")
    if maps.shape[1:] == (1, 1):
        where = _in_list(step, channel)
    return f"The loss hangs most on the value {where}: {short(float(maps[channel, y, x]))} for a change of 1."


def _in_list(step: Step, number: int) -> str:
    """Where a number of a list stands; in the picture, where it is the list of one's pixels."""
    picture = step.attributes.get("picture")
    if picture is None:
        return f"number {number}"
    _, width, channels = picture
    y, x = divmod(number // channels, width)
    return f"at y {y}, x {x}"


def _output_back(step: Step) -> Iterator[str]:
    gradient = step.gradient
    if gradient is None or gradient.is_complex() or not gradient.numel():
        return
    up, down = int((gradient < 0).sum()), int((gradient > 0).sum())
    yield (
        f"The way back enters the network here: of {counted(gradient.numel(), 'output')}, {up:,} should grow and "
        f"{down:,} shrink."
    )
    if gradient.numel() > 1:
        most = int(gradient.flatten().abs().argmax())
        way = "grow" if float(gradient.flatten()[most]) < 0 else "shrink"
        yield f"Most of all number {most} should {way}: its gradient is {short(float(gradient.flatten()[most]))}."


KINDS = (
    Kind(name="input", operations={"input": ""}, sum=_given, words=_input_words, back=_input_back),
    Kind(
        name="output",
        operations={"output": "input"},
        field=mixing.same,
        moves=_handed_on,
        sum=_returned,
        words=_output_words,
        back=_output_back,
    ),
)
