"""How a page lies is seen in its rows; a box of the turned page leads back to where it was."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive import datasets
from fivebyfive.pictures import ink, turning

Pixels = npt.NDArray[np.uint8]
TALL = 56


@cache
def _digits() -> npt.NDArray[np.uint8]:
    return datasets.load("mnist").train.pixels[:400, ..., 0]


def page(rows: tuple[int, ...], seed: int = 0, climb: float = 0.0, slant: float = 0.0) -> Pixels:
    """White paper, uint8 [h, w, 1], with `rows` of so many digits; they climb, and are slanted, by degrees."""
    rng = np.random.default_rng(seed)
    width, height = int(1.05 * TALL * max(rows) + 2 * TALL), int(1.8 * TALL * len(rows) + 2 * TALL)
    sheet = np.full((height, width), 240, np.uint8)
    for n, count in enumerate(rows):
        for i in range(count):
            digit = _digits()[int(rng.integers(400))]
            lean = float(np.tan(np.radians(slant)))
            leaning = np.array([[1, -lean, 14 * lean], [0, 1, 0]])
            large = cv2.resize(cv2.warpAffine(digit, leaning, (28, 28)), (TALL, TALL), interpolation=cv2.INTER_CUBIC)
            left = TALL + int((1.0 * i + rng.uniform(0, 0.1)) * TALL)
            top = TALL + int(1.8 * n * TALL - np.tan(np.radians(climb)) * left) + int(rng.integers(-2, 3))
            place = sheet[top : top + TALL, left : left + TALL]
            place -= (place * (large / 300.0)).astype(np.uint8)
    return sheet[..., None]


def inked(picture: Pixels) -> npt.NDArray[np.bool_]:
    return ink.find(picture).mask


def apart(a: float, b: float) -> float:
    """By how many degrees two turns differ, quarter turns left out."""
    return abs((a - b + 45) % 90 - 45)


@settings(max_examples=40, deadline=None)
@given(degrees=st.floats(-180, 180), seed=st.integers(0, 1000))
def test_what_was_turned_is_found_turned_back(degrees: float, seed: int) -> None:
    picture, _ = turning.turned(page((7, 6, 7, 5), seed), degrees)
    found = turning.skew(inked(picture))
    assert found.sure
    assert -45 < found.degrees <= 45
    assert apart(found.degrees, -degrees) < 1.5


@settings(max_examples=30, deadline=None)
@given(degrees=st.floats(-180, 180), seed=st.integers(0, 1000))
def test_the_right_turn_is_among_the_first_two(degrees: float, seed: int) -> None:
    picture, _ = turning.turned(page((6, 5, 6), seed), degrees)
    first, second, *_ = turning.candidates(inked(picture))
    assert min(abs((turn + degrees + 180) % 360 - 180) for turn in (first, second)) < turning.LEVEL + 1.5


@pytest.mark.parametrize("turn", [45, 90, 180, 10, -30, -90])
def test_two_short_rows_are_enough(turn: float) -> None:
    found = [turning.skew(inked(turning.turned(page((4, 5), seed), turn)[0])) for seed in range(10)]
    assert all(skew.sure and apart(skew.degrees, -turn) < 5 for skew in found)


@pytest.mark.parametrize("slant", [-20, 20])
def test_slanted_handwriting_in_level_rows_is_level(slant: float) -> None:
    found = turning.skew(inked(page((6, 6, 6), slant=slant)))
    assert abs(found.degrees) < 2
    assert turning.candidates(inked(page((6, 6, 6), slant=slant)))[0] == 0


def test_rows_that_climb_a_little_stay_as_they_are() -> None:
    climbing = inked(page((6, 6, 6), climb=5))
    assert turning.skew(climbing).degrees == pytest.approx(-5, abs=1.5)
    assert turning.candidates(climbing) == (0, 180, 90, -90)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("count", [1, 2])
def test_of_one_digit_or_two_nothing_is_sure(count: int, seed: int) -> None:
    assert not turning.skew(inked(page((count,), seed))).sure


def test_an_empty_page_may_lie_as_it_likes() -> None:
    assert turning.skew(np.zeros((300, 200), bool)) == turning.Skew(0.0, False)
    assert turning.candidates(np.zeros((300, 200), bool)) == (0, 180, 90, -90)
    assert turning.candidates(np.ones((300, 200), bool))[0] == 0


def test_so_many_shapes_as_there_are_are_characters() -> None:
    assert turning.characters(inked(page((4, 5)))) == 9
    assert turning.characters(np.zeros((300, 200), bool)) == 0


def test_rows_that_run_down_are_tried_upright_first() -> None:
    on_its_side = turning.turned(page((8, 8)), 90)[0]
    assert set(turning.candidates(inked(on_its_side))[:2]) == {90, -90}


@pytest.mark.parametrize("turn", [0, 17, 45, -38])
def test_a_squared_sheet_says_it_by_its_lines(turn: float) -> None:
    sheet = np.zeros((500, 600, 1), np.uint8)
    for line in (0, 1):
        sheet[line::50] = 255
        sheet[:, line::50] = 255
    cv2.putText(sheet, "7", (210, 240), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 4)
    found = turning.skew(turning.turned(sheet, turn)[0][..., 0] > 127)
    assert found.sure
    assert apart(found.degrees, -turn) < 1


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(2, 90), st.integers(2, 90)),
    degrees=st.one_of(st.floats(-180, 180), st.sampled_from([0, 90, 180, -90])),
    at=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)),
)
def test_a_point_lies_in_the_box_of_where_it_came_from(
    size: tuple[int, int], degrees: float, at: tuple[float, float]
) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    sheet, turn = turning.turned(picture, degrees)
    place = np.array([at[0] * size[1], at[1] * size[0], 1.0])
    x, y, one = np.linalg.inv(turn.matrix) @ place
    assert one == pytest.approx(1)
    assert -1e-9 <= x <= sheet.shape[1] + 1e-9  # a turn there and back is rounded
    assert -1e-9 <= y <= sheet.shape[0] + 1e-9
    left, top, width, height = turn.back((int(x), int(y), 1, 1))
    assert left - 1e-4 <= place[0] <= left + width + 1e-4
    assert top - 1e-4 <= place[1] <= top + height + 1e-4
    assert 0 <= left < left + width <= size[1]
    assert 0 <= top < top + height <= size[0]


@pytest.mark.parametrize("quarters", range(-2, 4))
def test_quarter_turns_are_exact(quarters: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (7, 12, 3), dtype=np.uint8)
    sheet, turn = turning.turned(picture, 90 * quarters)
    assert np.array_equal(sheet, np.rot90(picture, quarters))
    for y, x in np.ndindex(sheet.shape[:2]):
        left, top, *size = turn.back((x, y, 1, 1))
        assert size == [1, 1]
        assert np.array_equal(picture[top, left], sheet[y, x])


def test_a_mark_is_found_where_it_was() -> None:
    picture = np.zeros((80, 120, 1), np.uint8)
    picture[20:24, 70:75] = 255
    sheet, turn = turning.turned(picture, 33)
    y, x = np.unravel_index(int(sheet[..., 0].argmax()), sheet.shape[:2])
    left, top, width, height = turn.back((int(x), int(y), 1, 1))
    assert 69 <= left <= left + width <= 76
    assert 19 <= top <= top + height <= 25


@pytest.mark.parametrize("degrees", [33, -7, 120])
def test_it_is_known_where_a_turned_picture_is(degrees: float) -> None:
    picture = np.zeros((60, 90, 1), np.uint8)
    sheet, turn = turning.turned(picture, degrees)
    inside = turning.covered(turn, (sheet.shape[0], sheet.shape[1]))
    assert inside.shape == sheet.shape[:2]
    assert inside.sum() == pytest.approx(60 * 90, rel=0.05)
    assert inside[inside.shape[0] // 2, inside.shape[1] // 2]
    assert not inside[[0, 0, -1, -1], [0, -1, 0, -1]].any()


def test_the_sheet_goes_on_as_the_paper_does_and_not_as_what_is_written() -> None:
    picture = np.tile(np.linspace(120, 220, 300).astype(np.uint8)[None, :, None], (200, 1, 1))
    picture[:, 140:150] = 20  # a stroke from edge to edge
    sheet, _ = turning.turned(picture, 30)
    corners = sheet[0, 0, 0], sheet[-1, -1, 0]
    assert min(corners) > 110
    assert abs(int(corners[0]) - 120) < 60
