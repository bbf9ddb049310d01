"""How far probabilities can be believed: of answers given with 80 %, 80 % are to be right.

A network that was trained long is surer than it should be, one whose labels were smoothed less sure. Dividing its
logits by one number, the temperature, which is fitted on pictures kept apart, mends most of that and changes no answer.

Source: C. Guo et al., On Calibration of Modern Neural Networks, 2017, https://arxiv.org/abs/1706.04599
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]

BINS = 15
"""Ranges of probability that the calibration error is taken over, as in the source."""
LOWEST, HIGHEST = 0.1, 10.0
"""A temperature is looked for between these."""
ROUNDS = 60


def temperature(logits: Floats, labels: Labels) -> float:
    """The number to divide `logits` [N, classes] by, so that softmax makes `labels` [N] most probable.

    The mean of −log p is convex in 1 / temperature, so halving where its slope changes sign finds it.
    """
    low, high = 1 / HIGHEST, 1 / LOWEST
    z = logits.astype(np.float64)
    right = z[np.arange(len(labels)), labels]
    for _round in range(ROUNDS):
        factor = (low + high) / 2
        p = softmax(factor * z)
        slope = float(((p * z).sum(axis=1) - right).mean())
        low, high = (factor, high) if slope < 0 else (low, factor)
    return 2 / (low + high)


def expected_error(probabilities: Floats, labels: Labels) -> float:
    """`error_of` the answers that `probabilities` [N, classes] give, where `labels` [N] are right."""
    return error_of(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def error_of(sure: Floats, right: npt.NDArray[np.bool_]) -> float:
    """Of the answers in each range of probability, how far their share of right ones is from their mean probability:
    the mean of that, weighed by how many answers there are (the expected calibration error).

    Args:
        sure: the probability of each answer, [N].
        right: whether it was right, [N].
    """
    ranges = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = np.bincount(ranges, weights=right - sure, minlength=BINS)
    return float(np.abs(gaps).sum() / len(sure))


def softmax(logits: Floats) -> Floats:
    """exp(z) / Σ exp(z) along the last axis, of finite z."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
