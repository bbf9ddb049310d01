"""Chance: numbers that are drawn, each time others.

Source of the definitions: https://pytorch.org/docs/stable/torch.html#random-sampling
"""

from collections.abc import Iterator

from fivebyfive.errors import InputError
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.step import Arithmetic, Step

_SAID = {
    "bernoulli": "1 with the probability that the input says, else 0",
    "normal": "from a normal distribution, with the mean and deviation that the input says",
    "poisson": "from a Poisson distribution, with the rate that the input says",
    "binomial": "how often of so many times a thing happens, with the probability that the input says",
    "multinomial": "places, with the probabilities that the input says",
    "gumbel_softmax": "shares of a softmax, each value with noise of its own",
    "fractional_max_pool2d": "the largest value of each window, whose borders are drawn",
    "fractional_max_pool3d": "the largest value of each window, whose borders are drawn",
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    del index, position
    raise InputError(f"{step.name} draws its values at random: {_SAID[step.op]}; what is drawn is no sum")


def _words(step: Step) -> Iterator[str]:
    yield f"The values are drawn at random, each time others: {_SAID[step.op]}; {tensor_shape(step)}."


def _back(step: Step) -> Iterator[str]:
    if step.op == "gumbel_softmax":
        yield (
            "The noise is a constant on the way back: the gradient goes through the softmax, as if nothing had "
            "been drawn."
        )
        yield "Each list gets back gradients that add up to 0: only what sets its values apart is learned."
    elif step.op.startswith("fractional"):
        yield "Only the largest value of each window is paid: it gets the gradient of the output, the others nothing."
    else:
        yield (
            "What was drawn has no slope: nothing goes back through it, and what stands before learns nothing by "
            "this way."
        )


KIND = Kind(
    name=OTHER,
    operations={" ".join(_SAID): "input"},
    aliases={f"fractional_max_pool{n}d_with_indices": f"fractional_max_pool{n}d" for n in (2, 3)},
    field={
        "gumbel_softmax": mixing.reduced,
        "bernoulli normal poisson": mixing.same,
        "binomial multinomial fractional_max_pool2d fractional_max_pool3d": mixing.of_all,
    },
    sum=_sum,
    words=_words,
    back=_back,
    draws=" ".join(_SAID),
)
