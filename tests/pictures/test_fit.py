"""A picture of another shape is squeezed a little, and loses only what sticks out then."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures.fitting import CROP, RESIZE, SQUEEZE, fitted

SIZE = (12, 16, 1)
LONGEST = st.integers(1, 90)


def picture(height: int, width: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng([height, width]).integers(0, 256, (height, width, 1), dtype=np.uint8)


@pytest.mark.parametrize(("height", "width"), [(30, 40), (40, 40), (30, 53), (27, 48), (12, 16), (3, 4)])
def test_what_is_a_third_wider_or_higher_at_most_comes_whole(height: int, width: int) -> None:
    """Of 3:4, as the size is, squares and 16:9 are."""
    given = picture(height, width)
    expected = fitted(given, SIZE, RESIZE).astype(int)
    assert np.abs(fitted(given, SIZE, SQUEEZE) - expected).max() <= 1


@pytest.mark.parametrize(
    ("height", "width", "middle"),
    [
        (36, 200, np.s_[:, 68:132]),
        (200, 48, np.s_[76:124]),
    ],
    ids=["wide", "high"],
)
def test_of_what_is_wider_or_higher_the_middle_is_squeezed_as_far(
    height: int, width: int, middle: tuple[slice, ...] | slice
) -> None:
    given = picture(height, width)
    expected = fitted(given[middle], SIZE, RESIZE).astype(int)
    inner = np.s_[1:-1, 1:-1]  # what is at the rim looks beyond it
    assert np.abs(fitted(given, SIZE, SQUEEZE)[inner] - expected[inner]).max() <= 1


@given(height=LONGEST, width=LONGEST, to=st.tuples(LONGEST, LONGEST))
@settings(max_examples=200, deadline=None)
def test_any_picture_comes_to_any_size_and_a_mirrored_one_is_mirrored(
    height: int, width: int, to: tuple[int, int]
) -> None:
    given = picture(height, width)
    for fit in (SQUEEZE, CROP, RESIZE):
        assert fitted(given, (*to, 1), fit).shape == (*to, 1)
    there = fitted(given, (*to, 1), SQUEEZE)[:, ::-1].astype(int)
    assert np.abs(fitted(given[:, ::-1], (*to, 1), SQUEEZE) - there).max() <= 1
