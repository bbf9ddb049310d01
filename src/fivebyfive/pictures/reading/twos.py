"""Two digits that touch, read as one shape: where every cut is doubtful, what both are together is often plain.

A cut through a stroke that two digits share leaves each with something wrong, and a 4 without the point of its arm is a
1. So what may be cut is also read whole, as one of a hundred pairs or as none of them. The reader's word for either
half then counts beside that, and tells which of several cuts is theirs.

Source of the idea: A. Hochuli and others, Handwritten Digit Segmentation: Is It Still Necessary? (2018).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fivebyfive.pictures.reading import reader
from fivebyfive.pictures.shaping import Floats

DIGITS = 10
UNSEEN, LEAST = 0.1, 0.1
"""A half may be any digit though the reader does not see it, for a cut leaves it with something wrong; and two digits,
or one, are no less probable than this, whatever is said of both together."""


SURE = 0.1
"""Where "none" is less probable than this, a shape is two digits."""


class Two(NamedTuple):
    """A shape as a pair: which cut is its own, its halves, [classes] each, and how probable it is that it is one."""

    cut: int
    left: Floats
    right: Floats
    most: float


def read(halves: Sequence[tuple[Floats, Floats]], costs: Sequence[float], q: Floats) -> Two:
    """A shape as two digits.

    Args:
        halves: what the reader takes the halves of each possible cut for, [classes] each; `costs`, of these cuts.
        q: the probabilities [101] of each pair, "00" to "99", and of none.
    """
    both = q[:-1].reshape(DIGITS, DIGITS)
    joint = [np.outer(left[_digits()] + UNSEEN, right[_digits()] + UNSEEN) * both for left, right in halves]
    cut = int(np.argmax([np.log(one.sum() + 1e-12) - cost for one, cost in zip(joint, costs, strict=True)]))
    shares = joint[cut] / max(float(joint[cut].sum()), 1e-12)
    return Two(cut, _row(shares.sum(axis=1)), _row(shares.sum(axis=0)), 1 - (1 - LEAST) * float(q[-1]))


def beside(q: Floats, row: Floats) -> Floats:
    """The probabilities `q` [101], where the reader takes the whole shape for a single digit as `row` [classes] has it:
    of 143 pairs of validation digits it takes none for one with more than 0.9.
    """
    digit = min(max(0.5, float(row[_digits()].max())), 1 - 1e-6)
    one, two = digit * float(q[-1]), (1 - digit) * (1 - float(q[-1]))
    shares = q * ((1 - digit) / (one + two))
    shares[-1] = one / (one + two)
    return np.asarray(shares, np.float32)


def is_sure(q: Floats) -> bool:
    """Whether a shape that is a pair with these probabilities [101] is surely one."""
    return float(q[-1]) < SURE


def is_one(q: Floats) -> float:
    """How probable it is that a shape, which is a pair with these probabilities [101], is a single digit if any."""
    return LEAST + (1 - LEAST) * float(q[-1])


def _digits() -> list[int]:
    return [reader.classes().index(str(n)) for n in range(DIGITS)]


def _row(shares: Floats) -> Floats:
    """Probabilities of digits as such of all classes."""
    row = np.zeros(len(reader.classes()), np.float32)
    row[_digits()] = shares
    return row
