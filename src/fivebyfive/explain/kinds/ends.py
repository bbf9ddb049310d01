"""The ends: the image that goes in, and what the network returns."""

import math
from collections.abc import Iterator
from typing import Any

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import Index, Kind
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.moved import moved
from fivebyfive.explain.phrases import tensor_shape
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
    yield f"What the network returns: {channels} numbers, one for each class; {largest}."
    if bool((values >= 0).all()) and abs(float(values.sum()) - 1.0) < 1e-4:
        yield "They are probabilities already: none is negative, and they add up to 1."
    else:
        yield "Softmax makes probabilities of them: e to the power of each, divided by the sum of all."


KINDS = (
    Kind(name="input", operations={"input": ""}, sum=_given, words=_input_words),
    Kind(
        name="output",
        operations={"output": "input"},
        field=mixing.same,
        moves=_handed_on,
        sum=_returned,
        words=_output_words,
    ),
)
