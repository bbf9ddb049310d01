"""Who watches the loop for the run folder: logs, looks at the validation images, saves a checkpoint now and then."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import nn
from torch.optim import Optimizer

from fivebyfive.errors import InputError
from fivebyfive.group import current
from fivebyfive.progress import Look, Progress
from fivebyfive.training import checkpoint, folder
from fivebyfive.training.filming import Filming
from fivebyfive.training.onlooker import Told
from fivebyfive.training.validating import Validation

Callback = Callable[[Progress | Look], object]
"""Is told of every displayed step and every look; where it returns True, the training ends there, and is finished."""


@dataclass
class Keeper:
    """Watches the loop, and passes everything on.

    Args:
        saved: the step of the last checkpoint, and the seconds of training up to it.

    Attributes:
        ended: why the training ends before its last step, and is finished all the same; "" while it does not.
    """

    place: Path
    network: nn.Module
    optimizer: Optimizer
    checkpoint_seconds: float
    told: Told
    stopping: threading.Event
    film: Filming | None
    validation: Validation | None
    callback: Callback | None
    saved: tuple[int, float]
    ended: str = ""

    def stepped(self, step: int, seconds: float) -> bool:
        """Look, save what is to be saved, and say whether the training ends here."""
        reporter, onlooker = self.told
        reporter.stepped(step, seconds)
        if self.validation is not None:
            self._look(self.validation, step, seconds)
        if self.callback is not None:
            self.ended = current().told(self.ended)  # it is the first process's
        if self.ended:  # no checkpoint: gone on with after a kill, the training ends here once more
            return True
        if seconds - self.saved[1] >= self.checkpoint_seconds:
            save(self.place, step, seconds, self.network, self.optimizer, self.film)
            self.saved = step, seconds
        if onlooker is not None:
            onlooker.stepped(step, self.stopping)
        return current().any(self.stopping.is_set())

    def displayed(self, progress: Progress) -> None:
        """Log a step and show it."""
        expect_finite(math.isfinite(progress.loss), progress.step)
        if not current().first:
            return
        folder.log(self.place, progress)
        reporter, onlooker = self.told
        reporter.displayed(progress)
        if onlooker is not None:
            onlooker.displayed(progress)
        self._call(progress)

    def _look(self, validation: Validation, step: int, seconds: float) -> None:
        look = validation.after(step, seconds, self.saved[0])
        if look is None:
            return
        self.ended = self.ended or validation.given_up()
        if current().first:
            folder.log(self.place, look)
            reporter, onlooker = self.told
            reporter.looked(look, validation.best is look)
            if onlooker is not None:
                onlooker.looked(look)
            self._call(look)

    def _call(self, said: Progress | Look) -> None:
        if self.callback is not None and self.callback(said) is True:
            self.ended = self.ended or "the callback asked for it"


def save(
    place: Path, step: int, seconds: float, network: nn.Module, optimizer: Optimizer, film: Filming | None
) -> None:
    """Write a checkpoint; the metrics and the film up to it are on the disk before it is."""
    folder.flush_metrics(place)
    if film is not None:
        film.write()
    checkpoint.save(place / folder.CHECKPOINT, step, seconds, network, optimizer)


def expect_finite(finite: bool, step: int) -> None:
    """Raise unless the numbers of a training after `step` are numbers.

    Raises:
        InputError: they are not.
    """
    if not finite:
        raise InputError(
            f"training has run away: after step {step} the network's values are no numbers any more; "
            "train anew with a lower learning rate"
        )
