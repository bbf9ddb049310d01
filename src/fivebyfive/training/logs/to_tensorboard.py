"""TensorBoard: event files in the run folder, by PyTorch's own writer."""

from pathlib import Path

from fivebyfive.training.logs.log import Log
from fivebyfive.training.plans import Plan


class TensorBoard(Log):
    """Writes event files; of a run that is gone on with, what comes after `first_step` is forgotten."""

    needs, name = "tensorboard", "TensorBoard"

    def begin(self, plan: Plan, place: Path, first_step: int) -> None:
        """Open a file."""
        del plan
        from torch.utils.tensorboard import SummaryWriter

        self.events = SummaryWriter(str(place), purge_step=first_step + 1)

    def write(self, step: int, values: dict[str, float]) -> None:
        """A scalar a figure."""
        for name, value in values.items():
            self.events.add_scalar(name, value, step)

    def close(self, step: int, results: dict[str, float] | None) -> None:
        """The results are scalars of the last step."""
        for name, value in (results or {}).items():
            if name.startswith("test_"):
                self.events.add_scalar(f"test/{name.removeprefix('test_')}", value, step)
        self.events.close()


LOG = TensorBoard
