"""A table that anything opens: `metrics.csv` in the run folder, a row a step that was shown or looked after."""

import csv
import io
from pathlib import Path

from fivebyfive.files import write_atomically
from fivebyfive.progress import Look, Progress
from fivebyfive.training import folder
from fivebyfive.training.logs.log import Log
from fivebyfive.training.plans import Plan

NAME = "metrics.csv"
COLUMNS = ("step", "loss", "accuracy", "validation/loss", "validation/accuracy", "validation/f1")


class Csv(Log):
    """Writes the table; what was logged before comes first, where a run is gone on with."""

    name = NAME

    def begin(self, plan: Plan, place: Path, first_step: int) -> None:
        """Write the rows of before."""
        del plan, first_step
        self.path = place / NAME
        before: list[Progress | Look] = sorted(
            [*folder.history(place), *folder.looks(place)], key=lambda said: said.step
        )
        text = _row(COLUMNS)
        write_atomically(self.path, lambda path: path.write_text(text, encoding="utf-8"))
        self._open = True
        for said in before:
            self.displayed(said) if isinstance(said, Progress) else self.looked(said, False)

    def write(self, step: int, values: dict[str, float]) -> None:
        """Add a row."""
        figures = {"step": step, **values}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_row([figures.get(name, "") for name in COLUMNS]))

    def close(self, step: int, results: dict[str, float] | None) -> None:
        """There is nothing to close."""


def _row(values: "tuple[str, ...] | list[float | str]") -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


LOG = Csv
