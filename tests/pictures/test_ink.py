"""Ink is what is dark beside its own stroke; a stroke's darkness is that of its darkest tenth."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures import ink


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), grain=st.integers(1, 6), noise=st.floats(0, 0.05))
def test_each_stroke_is_cut_at_half_of_its_own_darkness(seed: int, grain: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    amount = cv2.resize(rng.random((60 // grain, 80 // grain)), (80, 60)).astype(np.float32)
    floor = max(ink.FAINTEST, 3.5 * noise)
    dark = np.sort(amount[amount > floor])
    faint = amount > max(floor, 0.2 * dark[int(0.8 * (dark.size - 1))])
    count, labels = cv2.connectedComponents(faint.astype(np.uint8))
    expected = np.zeros(amount.shape, bool)
    for stroke in range(1, count):
        values = np.sort(amount[labels == stroke])
        expected |= (labels == stroke) & (amount > 0.45 * values[len(values) * 9 // 10])
    assert np.array_equal(ink._inked(amount, noise), expected)


def test_where_nothing_is_dark_there_is_no_ink() -> None:
    assert not ink._inked(np.zeros((20, 30), np.float32), 0.0).any()
