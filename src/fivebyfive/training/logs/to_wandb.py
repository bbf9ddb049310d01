"""Weights & Biases: a run of its own, called as the run folder; WANDB_MODE, WANDB_PROJECT … say where, as ever."""

import os
from pathlib import Path
from typing import Any

from fivebyfive.training.logs.log import Log, call, flat, known_as
from fivebyfive.training.plans import Plan

ID = "wandb.id"


class WandB(Log):
    """Logs to one run; one that is gone on with, to the same."""

    needs, name = "wandb", "Weights & Biases"
    advice = "log in with: wandb login, or set WANDB_MODE=offline"

    def begin(self, plan: Plan, place: Path, first_step: int) -> None:
        """Open the run."""
        import wandb

        known = known_as(place, ID, first_step)
        self.run: Any = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "fivebyfive"),
            name=place.name,
            dir=str(place),
            config=flat(plan),
            id=known,
            resume="allow" if known else None,
        )
        call(place, ID, self.run.id)

    def write(self, step: int, values: dict[str, float]) -> None:
        """Figures of a step."""
        self.run.log(values, step=step)

    def close(self, step: int, results: dict[str, float] | None) -> None:
        """The results are the run's summary."""
        del step
        self.run.summary.update(results or {})
        self.run.finish(exit_code=1 if results is None else 0)


LOG = WandB
