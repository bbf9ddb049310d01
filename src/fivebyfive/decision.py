"""What a model's probabilities say: a class, and whether it can be taken without looking. One rule for all commands."""

from collections.abc import Sequence

import numpy as np

NONE = "none"
"""The class of what is no digit, for a model that was taught one."""
MARKS = (".", ",", "-", "/", ":")
"""What the shipped reader tells from digits, and what is given back beside them."""
NO_DIGIT = "no digit found"
"""What is said of a picture without one, by every command and every view."""

UNSURE = "unsure"
"""What stands beside an answer that cannot be taken without looking, in every view and every command."""

SURE = 0.8
"""From this probability on, an answer is given without a question mark."""
NOTHING = 0.9
"""From this probability of "none" on, a shape is taken for no digit."""


def ranking(probabilities: Sequence[float], classes: Sequence[str]) -> list[int]:
    """The classes' indices, the answer first.

    "none" comes first only where the model is rather sure of it, else last: a doubtful digit is shown as such.
    """
    order = [int(i) for i in np.argsort(-np.asarray(probabilities), kind="stable")]
    none = classes.index(NONE) if NONE in classes else None
    if none is None:
        return order
    others = [i for i in order if i != none]
    return [none, *others] if probabilities[none] >= NOTHING else [*others, none]


def is_sure(label: str, probability: float, threshold: float = SURE) -> bool:
    """Whether an answer can be taken without looking; that there is no digit is never a sure answer."""
    return label != NONE and probability >= threshold


def doubt(label: str, probability: float, classes: Sequence[str]) -> str:
    """What the answer for one shape is marked with: "" where it is sure, else UNSURE.

    NO_DIGIT where a model that knows digits and "none" says so, or says a mark, which means nothing without digits.
    """
    if NONE in classes and set(classes) <= {*"0123456789", NONE, *MARKS} and label in (NONE, *MARKS):
        return NO_DIGIT
    return "" if is_sure(label, probability) else UNSURE
