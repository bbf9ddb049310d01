"""What a training shows while it goes on: the post's lines, and on a terminal a progress bar under them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fivebyfive import working
from fivebyfive.cli import bars
from fivebyfive.progress import Look
from fivebyfive.progress import Progress as Step
from fivebyfive.text import printable
from fivebyfive.training.plans import Plan
from fivebyfive.training.reporter import Reporter


class TrainingReport(Reporter):
    """Prints to `to`; the bar goes to standard error, and only if that is a terminal."""

    def __init__(self, to: TextIO) -> None:
        self.lines = Console(file=to, highlight=False, soft_wrap=True)
        self.bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self.live = bars.can_be_drawn()

    def __enter__(self) -> Self:
        if self.live:
            self.bar.start()
            self.parts = ExitStack()
            self.parts.enter_context(working.told_to(self._part))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.parts.close()
            self.bar.stop()

    @contextmanager
    def _part(self, what: str, total: int | None) -> Iterator[working.Done]:
        """A bar under the training's, of what is done before, between and behind its steps."""
        task = self.bar.add_task(what, total=total, rate="")
        try:
            yield lambda done: self.bar.update(task, completed=done)
        finally:
            self.bar.remove_task(task)

    def started(self, plan: Plan, _place: Path, first_step: int, _network: object, found: tuple[str, ...]) -> None:
        for sentence in found:
            self.lines.print(sentence, markup=False)
        self.batch_size = plan.recipe.batch_size
        steps = plan.recipe.steps()
        self.task = self.bar.add_task(
            printable(f"{plan.network} · {plan.recipe.name}"), total=steps, completed=first_step, rate=""
        )

    def stepped(self, step: int, seconds: float) -> None:
        if self.live:
            self.bar.update(self.task, completed=step, rate=f"{step * self.batch_size / seconds:>6,.0f} images/s")

    def warned(self, said: str) -> None:
        self.bar.console.print(f"warning: {said}", markup=False, highlight=False, soft_wrap=True)

    def looked(self, look: Look, best: bool) -> None:
        self._print(f"{look.in_words()}{', the best so far' if best else ''}")

    def displayed(self, progress: Step) -> None:
        """Print the line that the post's program prints."""
        line = (
            f"Iter {progress.samples}, Minibatch Loss= {progress.loss:.6f}, Training Accuracy= {progress.accuracy:.5f}"
        )
        self._print(line)

    def _print(self, line: str) -> None:
        (self.bar.console if self.live and self.lines.is_terminal else self.lines).print(line, highlight=False)
