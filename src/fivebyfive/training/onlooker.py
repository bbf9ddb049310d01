"""Who looks on while a network learns, and may hold the training up: a page that follows it.

Apart from `reporter.Reporter`, who is told numbers: an onlooker sees the network itself. Nothing it does may change the
training, which comes to the same weights with it and without.
"""

import threading
from typing import Protocol

from torch.optim import Optimizer

from fivebyfive.datasets import Dataset
from fivebyfive.model import Model
from fivebyfive.progress import Look, Progress
from fivebyfive.training.plans import Plan
from fivebyfive.training.reporter import Reporter


class Onlooker(Protocol):
    """Who looks on; the clock of training stands still meanwhile."""

    def begins(
        self, model: Model, data: Dataset, plan: Plan, optimizer: Optimizer, first_step: int, stopping: threading.Event
    ) -> None:
        """The step after `first_step` comes next; may wait for somebody to look, until `stopping` is set."""

    def stepped(self, step: int, stopping: threading.Event) -> None:
        """After every step; may wait until somebody lets it go on, or `stopping` is set."""

    def displayed(self, progress: Progress) -> None:
        """A step's loss and accuracy are known."""

    def looked(self, look: Look) -> None:
        """It was shown the validation pictures."""

    def trained(self, step: int, finished: bool) -> None:
        """That was the last step; not `finished`: the training was stopped."""


Told = tuple[Reporter, Onlooker | None]
"""Who is told of a training, and who looks on."""
