"""What a training came to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fivebyfive.evaluation import Evaluation
from fivebyfive.model import Model
from fivebyfive.networks import parameter_count
from fivebyfive.progress import Look
from fivebyfive.training.plans import Plan


@dataclass(frozen=True)
class Run:
    """What a training came to.

    Attributes:
        steps: taken in all.
        finished: false when it was stopped; `resume` goes on with it.
        model: the network as trained so far.
        evaluation: over the test images; None until the run is finished.
        ended: why it was finished before the recipe's last step; "" where it was not.
        look: at the validation images, with the model as it is; None where there was none.
    """

    folder: Path
    plan: Plan
    steps: int
    train_seconds: float
    finished: bool
    model: Model
    evaluation: Evaluation | None
    ended: str = ""
    look: Look | None = None

    def as_json(self) -> dict[str, Any]:
        """The document that ``5x5 train --json`` prints."""
        samples = self.steps * self.plan.recipe.batch_size
        document = {
            "run": str(self.folder),
            "network": self.plan.network,
            "recipe": self.plan.recipe.name,
            "parameters": parameter_count(self.model.network),
            "samples": samples,
            "train_seconds": round(self.train_seconds, 3),
            "images_per_second": round(samples / self.train_seconds, 1) if self.train_seconds else 0.0,
            "seed": self.plan.seed,
        }
        if self.ended:
            document["ended_early"] = self.ended
        if self.look is not None:
            document["validation_accuracy"] = self.look.validation_accuracy
            document["kept_step"] = self.look.step
        if self.evaluation is not None:
            document["test_accuracy"] = self.evaluation.accuracy
            document["test_accuracy_first_256"] = self.evaluation.accuracy_first_256
            document["test_macro_f1"] = self.evaluation.macro_f1
        return document
