"""How a training goes on for pictures that it does not learn from: a look at them now and then.

A look shows what the training would come to if it ended there: where the mean of the weights becomes the result, the
mean is looked at. It changes nothing: weights, normalization and random numbers are afterwards as they were. The state
of the best look is kept, and so many looks without a better one end a training early.

Source: L. Prechelt, Early Stopping - But When?, 1998 (its third class of criteria, by looks instead of strips).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn
from torch.optim import Optimizer

from fivebyfive.datasets import Images
from fivebyfive.errors import InputError
from fivebyfive.evaluation import evaluate_network
from fivebyfive.group import current
from fivebyfive.progress import Look, best_of
from fivebyfive.state import untouched
from fivebyfive.training import best, distributed, loop
from fivebyfive.training.recipe import Recipe

ENOUGH = 2_000
"""Training pictures that normalization is measured by for a look, where the mean of the weights is looked at."""


def moments(recipe: Recipe) -> frozenset[int]:
    """The steps, from 1, after which the validation images are looked at: as far apart as can be, and the last one."""
    steps, looks = recipe.steps(), min(recipe.looks(), recipe.steps())
    return frozenset(-(-steps * n // looks) for n in range(1, looks + 1))


def expect_images(images: Images, recipe: Recipe, name: str) -> None:
    """Raise unless there are images to look at, where the recipe looks at some.

    Raises:
        InputError: there are none.
    """
    if recipe.looks() and not len(images):
        raise InputError(f"{name} has no validation images to look at; leave out validations, patience and keep best")


def in_words(recipe: Recipe, images: Images) -> str | None:
    """What is said of it before the first step."""
    if not recipe.looks():
        return None
    often = f"{len(images):,} validation pictures, looked at {len(moments(recipe))} times"
    kept = "the best weights are kept" if recipe.keep == "best" else ""
    patience = f"{recipe.patience} looks without a better one end it" if recipe.patience else ""
    return "; ".join(part for part in (often, kept, patience) if part)


@dataclass
class Validation:
    """Looks at the validation images.

    Args:
        learned: the training images.
        images: the validation images.
        outputs: what the network gives, one of `outputs.KINDS`.
        folder: of the checkpoint; the best state is kept there.
        looks: those before, of a training that goes on.
    """

    network: nn.Module
    optimizer: Optimizer
    recipe: Recipe
    seed: int
    learned: Images
    images: Images
    classes: tuple[str, ...]
    outputs: str
    folder: Path
    looks: list[Look]
    _moments: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self._moments = moments(self.recipe)

    @property
    def best(self) -> Look | None:
        """The first of the best looks."""
        return best_of(self.looks)

    def after(self, step: int, seconds: float, saved: int) -> Look | None:
        """Look, if it is time to.

        Args:
            seconds: of training so far.
            saved: the step of the last checkpoint.
        """
        if step not in self._moments:
            return None
        with self._result(step):
            found = evaluate_network(self.network, self.images, self.classes, outputs=self.outputs)
            samples = step * self.recipe.batch_size
            look = Look(step, samples, found.loss, found.accuracy, found.macro_f1, seconds)
            self.looks.append(look)
            if self.recipe.keep == "best" and self.best is look and current().first:
                best.save(self.folder, step, self.network, saved)
        return look

    def given_up(self) -> str:
        """Why the training ends here, in words; "" where it goes on."""
        top, last = self.best, self.looks[-1] if self.looks else None
        if not self.recipe.patience or top is None or last is None or last.step == self.recipe.steps():
            return ""
        since = len(self.looks) - 1 - self.looks.index(top)
        if since < self.recipe.patience:
            return ""
        looks = "look" if since == 1 else f"{since} looks"
        return f"the last {looks} at the validation images found nothing better than after step {top.step:,}"

    def keep(self, steps: int) -> Look | None:
        """Make the network what is kept, at the end of a training of `steps`; says which look was at that state."""
        top = self.best
        if self.recipe.keep == "best" and top is not None:
            if current().first:
                best.take(self.folder, top.step, self.network)
            distributed.alike(self.network)
            return top
        return next((look for look in self.looks if look.step == steps), None)

    @contextmanager
    def _result(self, step: int) -> Iterator[None]:
        """The network is what training would come to here; afterwards it is what it was."""
        modes = [(module, module.training) for module in self.network.modules()]
        averaged = bool(self.recipe.averaging) and step < self.recipe.steps()
        weights = [(parameter, parameter.data) for parameter in self.network.parameters()]
        with untouched(self.network):
            try:
                if averaged:
                    loop.settle(self.network, self.optimizer, self.learned, self.recipe, self.seed, ENOUGH)
                yield
            finally:
                for parameter, before in weights:
                    parameter.data = before
                for module, training in modes:
                    module.training = training
