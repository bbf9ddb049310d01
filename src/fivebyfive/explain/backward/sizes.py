"""The gradient's size, step by step: how much of the loss's voice is left at each layer, as plain data and in words.

Sources: X. Glorot, Y. Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010
(vanishing); R. Pascanu et al., On the difficulty of training recurrent neural networks, https://arxiv.org/abs/1211.5063
(exploding, and the gradient's clipping).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from fivebyfive.explain.backward import sizes_written
from fivebyfive.explain.backward.numbers import size
from fivebyfive.explain.backward.parameters import Parameters
from fivebyfive.explain.step import Step
from fivebyfive.writing import number

ALARMING = 1000.0
"""From one end to the other, so many times smaller or larger is called vanishing, or exploding."""


@dataclass(frozen=True)
class StepSize:
    """How large the loss's gradient is at a step's output.

    Attributes:
        index, name, kind: the step's.
        rms: the root of the mean square of its values; NaN or infinite where one of them is.
        largest: the largest of their sizes.
        zeros: the share of them that is 0, from 0 to 1.
    """

    index: int
    name: str
    kind: str
    rms: float
    largest: float
    zeros: float


@dataclass(frozen=True)
class ParameterSize:
    """How large a parameter's gradient is beside the parameter itself.

    Attributes:
        gradient, weight: the root of the mean square of each.
        ratio: the gradient's size divided by the weight's; infinite where all weights are 0 and the gradient is not. A
            plain step of rate r changes the weights by r times this part of their size.
    """

    name: str
    gradient: float
    weight: float
    ratio: float


@dataclass(frozen=True, repr=False)
class GradientSizes:
    """The sizes of a whole way back.

    Attributes:
        steps: those that a gradient reaches, in the order of the way there; the loss's own are left out.
        parameters: those that have one.
        layers: the names of the steps that learn something: between the first and the last of these it is compared.
    """

    steps: tuple[StepSize, ...]
    parameters: tuple[ParameterSize, ...]
    layers: tuple[str, ...]

    @property
    def factor(self) -> float | None:
        """How many times larger it is at the last layer that learns than at the first; None with fewer than two.

        Infinite where nothing reaches the first one.
        """
        by_name = {step.name: step.rms for step in self.steps}
        if len(self.layers) < 2:
            return None
        first, last = by_name[self.layers[0]], by_name[self.layers[-1]]
        if not first:
            return math.inf if last else None
        return last / first

    def __repr__(self) -> str:
        return sizes_written.text(self.steps, self.words())

    def _repr_html_(self) -> str:
        return sizes_written.html(self.steps, self.words())

    def words(self) -> list[str]:
        """What the sizes say: whether the gradient vanishes or explodes on its way, and what helps."""
        return list(_words(self))


def sizes_of(steps: Sequence[Step], parameters: Parameters) -> GradientSizes:
    """The sizes at each of the steps that has a gradient, and of each parameter that has one."""
    reached = [step for step in steps if step.gradient is not None and step.gradient.numel()]
    found = [_of_step(step, step.gradient) for step in reached if step.gradient is not None]
    learning = tuple(step.name for step in reached if step.parameters and step.weight is not None)
    beside = [_of_parameter(p.name, p.gradient, p.value) for p in parameters.values() if p.gradient is not None]
    return GradientSizes(tuple(found), tuple(beside), learning)


def _of_step(step: Step, gradient: Tensor) -> StepSize:
    zeros = int((gradient == 0).sum()) / gradient.numel()
    return StepSize(step.index, step.name, step.kind, size(gradient), float(gradient.abs().max()), zeros)


def _of_parameter(name: str, gradient: Tensor, value: Tensor) -> ParameterSize:
    change, weight = size(gradient), size(value.detach())
    ratio = change / weight if weight else math.inf if change else 0.0
    return ParameterSize(name, change, weight, ratio)


def _words(sizes: GradientSizes) -> Iterator[str]:
    wrong = [step.name for step in sizes.steps if not math.isfinite(step.rms)]
    if wrong:
        yield f"The gradient is no finite number at {wrong[-1]}: a step of training would ruin the weights."
        return
    factor = sizes.factor
    if factor is None:
        return
    first, last = sizes.layers[0], sizes.layers[-1]
    by_name = {step.name: step.rms for step in sizes.steps}
    if math.isinf(factor):
        yield (
            f"Nothing of the gradient is left at {first}, the first layer that learns: on the way all of it was "
            "blocked."
        )
        return
    compared = f"at {last} it is {number(by_name[last])} large on average, at {first} {number(by_name[first])}"
    times = f"{number(factor)} times smaller" if factor >= 1 else f"{number(1 / factor)} times larger"
    yield f"From the last layer that learns to the first: {compared}, {times}."
    if factor >= ALARMING:
        yield (
            "It vanishes: on the way it is multiplied by numbers below 1 again and again, and the first layers "
            "hardly learn."
        )
        yield (
            "What helps: ReLU in place of sigmoid and tanh, normalization, connections that skip layers, weights that "
            "are drawn as large as their layer needs (Glorot, He)."
        )
    elif factor <= 1 / ALARMING:
        yield ("It explodes: on the way it is multiplied by large numbers again and again, so a step may overshoot.")
        yield (
            "What helps: clipping the gradient's length, a smaller learning rate, normalization, smaller weights "
            "at first."
        )
    else:
        yield "That is neither vanishing nor exploding: the first layers still hear what they should change."
