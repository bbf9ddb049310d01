"""A learning rate found by a short search before the first step: ``learning_rate="auto"``.

A copy of the network takes some steps with rates that grow from far too low to far too high. At first the loss stays,
then it falls, then it runs away: a tenth of the rate where it was lowest is taken. The recipe's rates grow together, so
that what stands between them stays as it is.

Sources: L. Smith, Cyclical Learning Rates, 2017, https://arxiv.org/abs/1506.01186 (the test, section 3.3); the tenth is
the "minimum" of fastai's learning rate finder. On four networks for MNIST and three seeds it ended between 0.2 and 10
times the recipe's own rate; of its other choices, the "valley" was up to forty times too low after so few steps.
"""

import copy
import dataclasses
import math
from collections.abc import Collection, Sequence
from typing import Any

from torch import nn

from fivebyfive.datasets import Images
from fivebyfive.errors import InputError
from fivebyfive.progress import Progress
from fivebyfive.state import untouched
from fivebyfive.training import loop
from fivebyfive.training.plans import Plan
from fivebyfive.training.recipe import Recipe

FEWEST, MOST = 40, 100
"""Steps of a search: a tenth of the training's, but no fewer and no more than these."""
LOWEST, HIGHEST = 1e-3, 1e2
"""Factors of the recipe's rate that a search goes through."""
RUN_AWAY = 4.0
"""A loss so many times the lowest one ends the search."""
SMOOTH = 0.5
"""How slowly the mean of the losses forgets."""
APART = 10.0
"""How far below the rate of the lowest loss the one to train with lies: there, the next rates already do harm."""


def found(
    network: nn.Module, images: Images, recipe: Recipe, seed: int, outputs: str, head: Collection[str] = ()
) -> tuple[Recipe, int]:
    """The recipe with the rates that suit `network`, and the steps that finding them took.

    The network and all random numbers are afterwards as they were.

    Args:
        images: the training images.
        outputs: what the network gives, one of `outputs.KINDS`.
        head: names of the last layer's state, where that learns in another way than the rest.

    Raises:
        InputError: the network cannot be copied, or no rate made the loss fall.
    """
    steps = min(MOST, max(FEWEST, recipe.steps() // 10))
    try:
        copied = copy.deepcopy(network)
    except Exception as error:  # a user's own module may raise anything
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(
            f"learning_rate auto tries rates on a copy of the network, and it cannot be copied ({said}); give a number"
        ) from None
    images_shown = (steps + 2) * recipe.batch_size  # it stops before its last step, after which there is more to do
    tried = dataclasses.replace(
        recipe, warmup=0.0, cooldown=0.0, averaging=0.0, freeze=0.0, samples=images_shown, display_step=steps + 2
    )
    losses: list[float] = []
    with untouched(network):
        optimizer = loop.optimizer_for(copied, tried, head)
        search = _Search(
            [group["highest_lr"] for group in optimizer.param_groups], optimizer.param_groups, losses, steps
        )
        loop.run(copied, optimizer, images, tried, seed, search, outputs=outputs, head=head, losses=losses)
    factor = chosen(losses, steps)
    rate, muon = _rounded(recipe.learning_rate * factor), _rounded(recipe.muon_rate * factor)
    return dataclasses.replace(recipe, learning_rate=rate, muon_rate=muon), len(losses)


def in_words(plan: Plan) -> str | None:
    """What is said before the first step of rates that were found."""
    if not plan.searched:
        return None
    muon = f", and {plan.recipe.muon_rate:g} of Muon" if plan.recipe.muon_rate else ""
    return f"learning rate {plan.recipe.learning_rate:g}{muon}, found by a search of {plan.searched} steps"


class _Search:
    """Lets the rates grow from step to step, until the loss runs away."""

    def __init__(self, rates: list[float], groups: list[dict[str, Any]], losses: list[float], steps: int) -> None:
        self.rates, self.groups, self.losses, self.steps = rates, groups, losses, steps
        self._set(0)

    def stepped(self, step: int, _seconds: float) -> bool:
        """Set the rates of the next step."""
        self._set(step)
        smooth = smoothed(self.losses)
        return step == self.steps or not math.isfinite(smooth[-1]) or smooth[-1] > RUN_AWAY * min(smooth)

    def displayed(self, _progress: Progress) -> None:
        """Nothing is shown of a search."""

    def _set(self, step: int) -> None:
        for group, rate in zip(self.groups, self.rates, strict=True):
            group["highest_lr"] = rate * factor_of(step, self.steps)


def factor_of(step: int, steps: int) -> float:
    """The factor that `step`, counted from 0, is taken with."""
    return LOWEST * math.pow(HIGHEST / LOWEST, step / max(1, steps - 1))


def smoothed(losses: Sequence[float]) -> list[float]:
    """Running mean that forgets, without its bias to 0 at the beginning."""
    mean, out = 0.0, []
    for n, loss in enumerate(losses, 1):
        mean = SMOOTH * mean + (1 - SMOOTH) * loss
        out.append(mean / (1 - SMOOTH**n))
    return out


def chosen(losses: Sequence[float], steps: int) -> float:
    """The factor to take by the `losses` of a search of `steps`: a tenth of the one where they were lowest.

    Raises:
        InputError: they never fall.
    """
    smooth = [loss for loss in smoothed(losses) if math.isfinite(loss)]
    lowest = min(range(len(smooth)), key=smooth.__getitem__, default=0)
    if lowest == 0:
        raise InputError("learning_rate auto found no rate that makes the loss fall; give a number")
    return factor_of(lowest, steps) / APART


def _rounded(rate: float) -> float:
    """To two digits: a search knows no more."""
    return float(f"{rate:.2g}")
