"""What all logs have in common: they get figures by step, and nothing that goes wrong with them ends a training."""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from torch import nn

from fivebyfive.errors import InputError
from fivebyfive.files import write_atomically
from fivebyfive.progress import Look, Progress
from fivebyfive.training.plans import Plan
from fivebyfive.training.reporter import Reporter


class Log(Reporter):
    """Writes the figures of a training somewhere."""

    needs: ClassVar[str] = ""
    """The package that it is made with; "" where it needs none."""
    name: ClassVar[str]
    """As people call it."""
    advice: ClassVar[str] = "leave it out"
    """What to do where it cannot begin."""
    _open = False

    @abstractmethod
    def begin(self, plan: Plan, place: Path, first_step: int) -> None:
        """The run folder is at `place`; the step after `first_step` comes next."""

    @abstractmethod
    def write(self, step: int, values: dict[str, float]) -> None:
        """Figures of one step, by their names."""

    @abstractmethod
    def close(self, step: int, results: dict[str, float] | None) -> None:
        """It is over, after `step`: with these results, or None where the training was stopped, or failed."""

    def started(self, plan: Plan, place: Path, first_step: int, network: nn.Module, found: tuple[str, ...]) -> None:
        """Begin; raises an `InputError` where that cannot be."""
        del network, found
        self.step = first_step
        try:
            self.begin(plan, place, first_step)
        except Exception as error:  # whatever a library of somebody else raises
            raise InputError(f"{self.name} cannot be logged to ({_line(error)}); {self.advice}") from None
        self._open = True

    def displayed(self, progress: Progress) -> None:
        """Write loss and accuracy of the batch."""
        self._write(progress.step, {"loss": progress.loss, "accuracy": progress.accuracy})

    def looked(self, look: Look, best: bool) -> None:
        """Write what the validation images say."""
        del best
        figures = {"loss": look.validation_loss, "accuracy": look.validation_accuracy, "f1": look.validation_macro_f1}
        self._write(look.step, {f"validation/{name}": value for name, value in figures.items()})

    def ended(self, results: dict[str, Any] | None) -> None:
        """Write the results and close."""
        numbers = results and {n: float(v) for n, v in results.items() if type(v) in (int, float)}
        self._do(lambda: self.close(self.step, numbers))
        self._open = False

    def _write(self, step: int, values: dict[str, float]) -> None:
        self.step = step
        self._do(lambda: self.write(step, values))

    def _do(self, work: Callable[[], None]) -> None:
        if not self._open:
            return
        try:
            work()
        except Exception as error:
            self._open = False
            self.warned(f"nothing more is logged to {self.name} ({_line(error)}); the training goes on")


def known_as(place: Path, file: str, first_step: int) -> str | None:
    """What a run that is gone on with was called, by what it left in its folder; None for a new one."""
    with suppress(OSError, UnicodeDecodeError):
        name = (place / file).read_text(encoding="utf-8").strip()[:100]
        return name if first_step and name.isalnum() else None
    return None


def call(place: Path, file: str, name: str) -> None:
    """Leave in the folder what the run is called."""
    write_atomically(place / file, lambda path: path.write_text(name + "\n", encoding="utf-8"))


def flat(plan: Plan) -> dict[str, Any]:
    """The values of a plan that say what a training is: those of its recipe, and what it is trained on."""
    values = plan.as_json()
    recipe = {name: value for name, value in values["recipe"].items() if name != "name"}
    about = {name: values[name] for name in ("network", "seed", "data", "data_sha256")}
    return (
        {"recipe": plan.recipe.name, "classes": len(plan.classes), "shape": "×".join(map(str, plan.shape))}
        | about
        | recipe
    )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
