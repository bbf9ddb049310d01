"""Probabilities that can be believed: the temperature that was taken away is found, and what it is worth measured."""

import numpy as np
import pytest

from fivebyfive import calibration

CLASSES, COUNT = 5, 20_000


def _honest(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits [COUNT, CLASSES], and labels that are drawn with just their probabilities."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (COUNT, CLASSES))
    steps = calibration.softmax(logits).cumsum(axis=1)
    return logits, (rng.random((COUNT, 1)) > steps).sum(axis=1).clip(max=CLASSES - 1)


@pytest.mark.parametrize("wrong", [0.3, 0.7, 1.0, 2.5, 6.0])
def test_the_temperature_of_logits_that_were_multiplied_is_found(wrong: float) -> None:
    logits, labels = _honest(1)
    assert calibration.temperature(logits * wrong, labels) == pytest.approx(wrong, rel=0.05)


def test_the_right_temperature_makes_probabilities_honest() -> None:
    logits, labels = _honest(2)
    sure = calibration.softmax(3 * logits)
    fitted = calibration.softmax(3 * logits / calibration.temperature(3 * logits, labels))
    assert calibration.expected_error(fitted, labels) < 0.02 < 0.1 < calibration.expected_error(sure, labels)


def test_the_error_is_how_far_what_is_said_is_from_what_is_so() -> None:
    said = np.tile([0.9, 0.1], (100, 1))
    labels = np.array([0] * 60 + [1] * 40)
    assert calibration.expected_error(said, labels) == pytest.approx(0.3)
    assert calibration.expected_error(said, np.array([0] * 90 + [1] * 10)) == pytest.approx(0)
