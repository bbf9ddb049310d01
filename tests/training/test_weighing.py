"""Class weights: all classes count alike, and a rare one is learned."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.datasets import Dataset, Images
from fivebyfive.training import weighing
from fivebyfive.training.recipe import get
from fivebyfive.training.run import train

BALANCED = get("classic", class_weights="balanced")


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_every_class_counts_alike_and_a_picture_counts_one_on_the_mean(chosen: list[int]) -> None:
    labels = np.array(chosen)
    weights = weighing.weights(labels, BALANCED)
    assert weights is not None
    each = weights.numpy()[labels]
    sums = np.bincount(labels, weights=each)
    assert each.mean() == pytest.approx(1.0, rel=1e-4)
    assert sums[sums > 0] == pytest.approx(sums.max(), rel=1e-4)


def test_without_them_there_are_none_and_nothing_is_said() -> None:
    assert weighing.weights(np.array([0, 1]), get("classic")) is None
    assert weighing.in_words(np.array([0, 1]), ("cat", "owl"), get("classic")) is None


def test_the_lightest_and_the_heaviest_class_are_said() -> None:
    said = weighing.in_words(np.array([0] * 98 + [1] * 2), ("cat", "owl"), BALANCED)
    assert said == "class weights: from 0.51 (cat) to 25 (owl)"


def _unequal() -> Dataset:
    """Dark pictures, and eight light ones in fifty, of which one is an owl: a light one is likelier a cat."""
    chance = np.random.default_rng(0)

    def part(count: int) -> Images:
        number = np.arange(count) % 50
        light, owl = number < 8, number == 0
        pixels = 60 + 120 * light[:, None, None, None] + chance.integers(0, 20, (count, 4, 4, 1))
        return Images(pixels.astype("u1"), owl.astype(np.int64))

    return Dataset("owls", part(1000), part(200), part(500), ("cat", "owl"), "0" * 64)


def test_a_rare_class_is_never_right_and_with_weights_it_is(tmp_path: Path) -> None:
    data = _unequal()
    values = {"samples": 10_000, "batch_size": 50, "learning_rate": 0.01}
    plain, weighed = (
        train("perceptron", data, get("classic", **values, class_weights=weights), out=tmp_path / weights, film=0)
        for weights in ("none", "balanced")
    )
    assert plain.evaluation is not None
    assert weighed.evaluation is not None
    assert plain.evaluation.accuracy > 0.97
    assert plain.evaluation.warning() == "owl (10 images) is never right; an accuracy of 98.00% hides that"
    assert weighed.evaluation.warning() is None
    assert (weighed.evaluation.scores["owl"].recall or 0) > 0.5
