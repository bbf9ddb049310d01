"""Where a training is, step by step: what training writes down and its curves are drawn from."""

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
