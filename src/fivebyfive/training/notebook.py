"""How a training goes on, for a notebook's cell: about twenty plain lines, however long it is."""

import sys
from pathlib import Path

from torch import nn

from fivebyfive.progress import Look
from fivebyfive.training.plans import Plan
from fivebyfive.training.reporter import Reporter

LINES = 20


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


class NotebookReport(Reporter):
    """Prints where a training is; each line stands by itself, so that what a notebook keeps can be read."""

    def started(self, plan: Plan, place: Path, first_step: int, network: nn.Module, found: tuple[str, ...]) -> None:
        """Say what is trained, and where it is kept."""
        del network
        self.steps, self.shown = plan.recipe.steps(), first_step
        for sentence in found:
            print(sentence)
        print(f"{plan.network} · {plan.recipe.name}: {self.steps:,} steps; the run is kept in {place}")

    def stepped(self, step: int, seconds: float) -> None:
        """Say how far it is, about twenty times in all."""
        if step == self.steps or step - self.shown >= self.steps / LINES:
            self.shown = step
            print(f"step {step:,} of {self.steps:,} · {seconds:.1f} s")

    def looked(self, look: Look, best: bool) -> None:
        """Say what the validation images say."""
        print(f"{look.in_words()}{', the best so far' if best else ''}")
