"""What is ink is told stroke by stroke: down to half of its own darkness, above the grain of the paper."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures import threshold


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), grain=st.integers(1, 6), noise=st.floats(0, 0.05))
def test_each_stroke_is_cut_at_half_of_its_own_darkness(seed: int, grain: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    amount = cv2.resize(rng.random((60 // grain, 80 // grain)), (80, 60))
    missing = np.rint(amount * threshold.STEPS).astype(np.uint8)
    floor = max(threshold.FAINTEST, threshold.GRAINS * noise) * threshold.STEPS
    dark = np.sort(missing[missing > floor])
    faint = missing > max(floor, 0.2 * float(dark[int(0.8 * (dark.size - 1))]))
    count, labels = cv2.connectedComponents(faint.astype(np.uint8))
    expected = np.zeros(missing.shape, bool)
    for stroke in range(1, count):
        values = np.sort(missing[labels == stroke])
        expected |= (labels == stroke) & (missing > 0.45 * float(values[len(values) * 9 // 10]))
    assert (threshold.inked(missing, noise, plain=False) != expected).mean() < 0.01


@pytest.mark.parametrize("plain", [False, True])
def test_where_nothing_is_dark_there_is_no_ink(plain: bool) -> None:
    assert not threshold.inked(np.zeros((20, 30), np.uint8), 0.0, plain).any()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 40), pixels=st.sampled_from([50, 3_000, 20_000]))
def test_the_darkness_of_strokes_is_the_same_by_counting_and_by_sorting(seed: int, count: int, pixels: int) -> None:
    rng = np.random.default_rng(seed)
    stroke = np.concatenate([np.arange(count), rng.integers(0, count, pixels)]).astype(np.int32)
    value = rng.integers(0, 201, stroke.size).astype(np.uint8)
    values = [np.sort(value[stroke == n]) for n in range(count)]
    assert threshold._darkness(stroke, value, count).tolist() == [some[len(some) * 9 // 10] for some in values]
