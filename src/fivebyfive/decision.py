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
"""From this probability of "none" or of a mark on, a shape by itself is taken for no digit."""


def ranking(probabilities: Sequence[float], classes: Sequence[str]) -> list[int]:
    """The classes' indices, for one shape by itself, the answer first.

    "none", and a mark beside digits, come first only where the model is rather sure of it, else last: a doubtful digit
    is shown as such, and a one that leans is no slash.
    """
    order = [int(i) for i in np.argsort(-np.asarray(probabilities), kind="stable")]
    apart = {NONE, *MARKS} if reads_digits(classes) else {NONE}
    last = [i for i in order if classes[i] in apart and probabilities[i] < NOTHING]
    return [i for i in order if i not in last] + last


def is_sure(label: str, probability: float, threshold: float = SURE) -> bool:
    """Whether an answer can be taken without looking; that there is no digit is never a sure answer."""
    return label != NONE and probability >= threshold


def doubt(label: str, probability: float, classes: Sequence[str]) -> str:
    """What the answer for one shape is marked with: "" where it is sure, else UNSURE.

    NO_DIGIT where a model that knows digits and "none" says so, or says a mark, which means nothing without digits.
    """
    if reads_digits(classes) and label in (NONE, *MARKS):
        return NO_DIGIT
    return "" if is_sure(label, probability) else UNSURE


def reads_digits(classes: Sequence[str]) -> bool:
    """Whether these are digits and what is none, with or without marks: else "-" is a class as any other."""
    return NONE in classes and set(classes) <= {*"0123456789", NONE, *MARKS}
