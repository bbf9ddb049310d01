"""Numbers in less room: half precision where it is enough, as many as fit, and never anything else unsaid."""

import hypothesis.extra.numpy as arrays
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.views.page.smaller import SMALL, compressed, fitted, in_half

RANDOM = np.random.default_rng(0)
SIZES = (SMALL, 2 * SMALL, 3 * SMALL)


@pytest.fixture
def three() -> dict[int, npt.NDArray[np.float32]]:
    return {i: RANDOM.standard_normal((4, n // 4)).astype(np.float32) for i, n in enumerate(reversed(SIZES))}


def test_what_fits_stays_as_it_is(three: dict[int, npt.NDArray[np.float32]]) -> None:
    chosen = fitted(three, sum(map(compressed, three.values())))
    assert {index: array.dtype for index, array in chosen.items()} == dict.fromkeys(range(3), np.float32)


def test_the_largest_are_rounded_first(three: dict[int, npt.NDArray[np.float32]]) -> None:
    chosen = fitted(three, sum(map(compressed, three.values())) - 1)
    assert [chosen[i].dtype for i in range(3)] == [np.float16, np.float32, np.float32]


def test_then_the_largest_are_left_out_and_the_small_stay_as_they_are(
    three: dict[int, npt.NDArray[np.float32]],
) -> None:
    chosen = fitted(three, compressed(three[2]) + compressed(three[1]) // 2 + 1000)
    assert {i: array.dtype for i, array in chosen.items()} == {1: np.float16, 2: np.float32}
    assert fitted(three, 0) == {}


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([0.0, 70000.0], id="beyond half precision"),
        pytest.param([0.1, 0.1], id="nothing but an offset"),
        pytest.param([1000.0, 1000.3], id="a small range far from zero"),
        pytest.param([0.0, 1e-8], id="too small for half precision"),
    ],
)
def test_half_precision_is_not_always_enough(numbers: list[float]) -> None:
    assert in_half(np.array([[0.0, 1.0], numbers], np.float32)) is None


def test_what_is_no_number_stays_none() -> None:
    half = in_half(np.array([[np.nan, np.inf, -np.inf, 0.0, 1.0]], np.float32))
    assert half is not None
    np.testing.assert_array_equal(half, [[np.nan, np.inf, -np.inf, 0, 1]])


@settings(max_examples=100, deadline=None)
@given(arrays.arrays(np.float32, (2, 5), elements=st.floats(-1e5, 1e5, width=32)))
def test_a_rounded_number_stays_in_its_place(maps: npt.NDArray[np.float32]) -> None:
    half = in_half(maps)
    if half is not None:
        assert (np.abs(half.astype(np.float32) - maps) <= np.ptp(maps, axis=1, keepdims=True) / 1000).all()
