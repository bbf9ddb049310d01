"""Where a training is, step by step: what training writes down and its curves are drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a training is: one line of `metrics.jsonl`.

    Attributes:
        samples: images seen so far, as the post counts its iterations.
        loss, accuracy: of the batch just learned, after the step and without dropout. The loss is the post's, whichever
            one the recipe makes small, so that trainings can be compared.
        seconds: of training so far, logging and saving left out.
    """

    step: int
    samples: int
    loss: float
    accuracy: float
    seconds: float


@dataclass(frozen=True)
class Look:
    """What a network that still learns says of pictures that it does not learn from: one line of `metrics.jsonl`.

    Attributes:
        samples: images seen so far.
        validation_loss: mean of −log p of the right class, over all validation pictures.
        validation_accuracy, validation_macro_f1: as `evaluation.Evaluation` has them.
        seconds: of training so far.
    """

    step: int
    samples: int
    validation_loss: float
    validation_accuracy: float
    validation_macro_f1: float
    seconds: float

    @property
    def merit(self) -> tuple[float, float]:
        """What makes one look better than another: its accuracy, and where that is equal, its loss."""
        return self.validation_accuracy, -self.validation_loss

    def in_words(self) -> str:
        """One line."""
        accuracy, loss, f1 = self.validation_accuracy, self.validation_loss, self.validation_macro_f1
        return f"Validation after step {self.step:,}: accuracy {accuracy:.2%}, loss {loss:.4f}, macro-F1 {f1:.4f}"


def best_of(looks: Sequence[Look]) -> Look | None:
    """The first of the best of them."""
    return max(looks, key=lambda look: look.merit, default=None)
