"""Who is told how a training goes on: a terminal, a notebook, or nobody."""

import warnings
from pathlib import Path
from typing import Any

from torch import nn

from fivebyfive.progress import Look, Progress
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

    def looked(self, look: Look, best: bool) -> None:
        """The validation images were looked at; `best`: it is the best look so far."""

    def ended(self, results: dict[str, Any] | None) -> None:
        """It is over: with these results, or None where the training was stopped, or failed."""

    def warned(self, said: str) -> None:
        """Something went wrong that costs the training nothing; `said` is a sentence."""
        warnings.warn(said, stacklevel=2)


class Several(Reporter):
    """Tells all of `reporters`, one after another."""

    def __init__(self, *reporters: Reporter) -> None:
        self.reporters = reporters

    def started(self, plan: Plan, place: Path, first_step: int, network: nn.Module, found: tuple[str, ...]) -> None:
        """Tell them."""
        for reporter in self.reporters:
            reporter.started(plan, place, first_step, network, found)

    def stepped(self, step: int, seconds: float) -> None:
        """Tell them."""
        for reporter in self.reporters:
            reporter.stepped(step, seconds)

    def displayed(self, progress: Progress) -> None:
        """Tell them."""
        for reporter in self.reporters:
            reporter.displayed(progress)

    def looked(self, look: Look, best: bool) -> None:
        """Tell them."""
        for reporter in self.reporters:
            reporter.looked(look, best)

    def ended(self, results: dict[str, Any] | None) -> None:
        """Tell them."""
        for reporter in self.reporters:
            reporter.ended(results)

    def warned(self, said: str) -> None:
        """Tell the first, who speaks to people."""
        self.reporters[0].warned(said)
