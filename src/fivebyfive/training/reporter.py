"""Who is told how a training goes on: a terminal, a notebook, or nobody."""

import warnings
from pathlib import Path

from torch import nn

from fivebyfive.progress import Progress
from fivebyfive.training.plans import Plan


class Reporter:
    """Who is told how a training goes on; says nothing by itself."""

    def started(self, plan: Plan, place: Path, first_step: int, network: nn.Module, found: tuple[str, ...]) -> None:
        """The run folder is at `place`; the step after `first_step` comes next, and `network` is what learns.

        `found` are sentences on what was found in the data and of the network.
        """

    def stepped(self, step: int, seconds: float) -> None:
        """A step is done, after `seconds` of training in all."""

    def displayed(self, progress: Progress) -> None:
        """A step is to be shown."""

    def warned(self, said: str) -> None:
        """Something went wrong that costs the training nothing; `said` is a sentence."""
        warnings.warn(said, stacklevel=2)
