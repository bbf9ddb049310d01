"""Which steps are filmed: the first and the last, never more than were asked for, and ever fewer as they go on."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.training.frames import FRAMES, bytes_for, planned


@given(frames=st.integers(2, 1_000), steps=st.integers(1, 100_000))
def test_frames_begin_with_the_initial_weights_end_with_the_last_and_lie_ever_further_apart(
    frames: int, steps: int
) -> None:
    found = planned(frames, steps)
    assert (found[0], found[-1]) == (0, steps)
    assert len(found) == min(frames, steps + 1)
    gaps = [b - a for a, b in pairwise(found)]
    assert min(gaps) >= 1
    assert gaps == sorted(gaps)


@given(steps=st.integers(60, 100_000))
def test_the_first_steps_are_filmed_one_by_one(steps: int) -> None:
    assert planned(FRAMES, steps)[:10] == tuple(range(10))


@pytest.mark.parametrize(("frames", "steps", "expected"), [(0, 9, ()), (1, 9, (9,)), (2, 9, (0, 9)), (9, 2, (0, 1, 2))])
def test_a_film_of_hardly_any_frames(frames: int, steps: int, expected: tuple[int, ...]) -> None:
    assert planned(frames, steps) == expected


@given(frames=st.integers(1, 1_000))
def test_a_film_may_be_as_large_as_one_of_sixty_frames_or_as_much_larger_as_it_has_more(frames: int) -> None:
    assert bytes_for(frames) == max(60_000_000, frames * 1_000_000)
