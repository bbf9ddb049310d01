"""The tour: the stops in the order in which the post explains, those that this network has."""

from fivebyfive.explain.trace import Trace
from fivebyfive.lesson import (
    activation,
    answer,
    attention,
    batches,
    bias,
    big_picture,
    channels,
    convolution,
    dropout,
    fully_connected,
    input,
    normalization,
    padding,
    pooling,
    reshaping,
    skip,
    strides,
    weights,
)
from fivebyfive.lesson.known import Known
from fivebyfive.lesson.stop import Stop

ORDER = (
    input.stop,
    big_picture.stop,
    convolution.stop,
    convolution.number,
    channels.stop,
    weights.stop,
    strides.stop,
    padding.stop,
    bias.stop,
    normalization.stop,
    activation.stop,
    pooling.stop,
    skip.stop,
    attention.stop,
    reshaping.stop,
    fully_connected.stop,
    dropout.stop,
    answer.stop,
    batches.stop,
)


def lesson(trace: Trace) -> list[Stop]:
    """The stops of the tour through this network; what it has no step for falls away."""
    known = Known(trace)
    stops = (make(known) for make in ORDER)
    return [stop for stop in stops if stop is not None]
