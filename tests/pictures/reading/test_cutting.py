"""Where a shape may be cut, and which neighbours may be one: bounded, and nothing of the ink is lost or used twice."""

import itertools

import cv2
import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures.reading.cutting import MOST, Cut, cuts, joins, part, together
from fivebyfive.pictures.sheet import Line, Piece

Mask = npt.NDArray[np.bool_]


def rings(count: int, size: int = 60, pen: int = 7) -> Piece:
    """Zeros in a row, each touching the next."""
    sheet = np.zeros((size, 4 * size), np.uint8)
    wide = 0.7 * size
    for n in range(count):
        middle = round(wide * (n + 0.5)), size // 2
        cv2.ellipse(sheet, middle, (round(wide / 2) - pen // 2, size // 2 - pen), 0, 0, 360, 1, pen)
    return piece(sheet > 0)


def piece(mask: Mask, left: int = 0, top: int = 0) -> Piece:
    rows, columns = np.nonzero(mask)
    box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    return Piece(mask[box], left + int(columns.min()), top + int(rows.min()))


def laid(*pieces: Piece) -> npt.NDArray[np.int64]:
    """How many of `pieces` have ink at each pixel of a sheet."""
    sheet = np.zeros((400, 600), np.int64)
    for one in pieces:
        sheet[one.top : one.bottom, one.left : one.right] += one.mask
    return sheet


def blots(number: int) -> Piece:
    random = np.random.default_rng(number)
    sheet = np.zeros((int(random.integers(4, 160)), int(random.integers(4, 300))), np.uint8)
    for _ in range(int(random.integers(1, 9))):
        start, end = (tuple(int(n) for n in random.integers(0, sheet.shape[::-1])) for _ in range(2))
        cv2.line(sheet, start, end, 1, int(random.integers(1, 12)))
    return piece(sheet > 0, left=7, top=3)


@settings(max_examples=40, deadline=None)
@given(number=st.integers(0, 10_000), height=st.floats(5, 200))
def test_the_parts_of_a_cut_are_apart_and_together_the_shape(number: int, height: float) -> None:
    whole = blots(number)
    for cut in cuts(whole, height):
        left, right = part(whole, None, cut), part(whole, cut, None)
        assert left is not None
        assert right is not None
        assert np.array_equal(laid(left, right), laid(whole))
        assert np.array_equal(laid(together([left, right])), laid(whole))


@settings(max_examples=40, deadline=None)
@given(number=st.integers(0, 10_000), height=st.floats(5, 200))
def test_cuts_that_do_not_cross_divide_a_shape_without_rest(number: int, height: float) -> None:
    whole = blots(number)
    found = cuts(whole, height)
    for first, second in itertools.pairwise(found):
        if first.is_left_of(second):
            parts = part(whole, None, first), part(whole, first, second), part(whole, second, None)
            assert np.array_equal(laid(*(one for one in parts if one)), laid(whole))


@settings(max_examples=40, deadline=None)
@given(number=st.integers(0, 10_000), height=st.floats(0.5, 1000))
def test_there_are_never_more_than_so_many_and_they_go_from_left_to_right(number: int, height: float) -> None:
    found = cuts(blots(number), height)
    assert len(found) <= 3 * MOST
    places = [float(cut.path.mean()) for cut in found]
    assert places == sorted(places)


def test_two_rings_are_cut_where_they_touch() -> None:
    whole = rings(2)
    middle = whole.width / 2
    assert any(float(np.abs(cut.path - middle).mean()) <= 3 for cut in cuts(whole, whole.height))


def test_a_row_of_four_has_a_cut_between_any_two() -> None:
    whole = rings(4)
    found = cuts(whole, whole.height)
    for n in (1, 2, 3):
        assert any(float(np.abs(cut.path - n * whole.width / 4).mean()) <= 5 for cut in found)


def test_a_cut_may_slant() -> None:
    """Two slanted strokes with a dot of ink between them."""
    sheet = np.zeros((80, 120), np.uint8)
    for x in (10, 50):
        cv2.line(sheet, (x, 75), (x + 45, 5), 1, 6)
    cv2.line(sheet, (35, 40), (70, 40), 1, 4)
    assert any(cut.ink <= 0.1 and cut.path[0] - cut.path[-1] >= 10 for cut in cuts(piece(sheet > 0), 80))


def test_a_cut_says_how_much_ink_it_crosses() -> None:
    thin, thick = (min(cut.ink for cut in cuts(rings(2, pen=pen), 60)) for pen in (3, 9))
    assert thin < thick


def test_between_nothing_there_is_no_part() -> None:
    whole = rings(2)
    edge = Cut(np.zeros(whole.height, np.int64), 0.0)
    assert part(whole, None, edge) is None


def bar(left: int, width: int, top: int = 0, height: int = 60) -> Piece:
    return Piece(np.ones((height, width), bool), left, top)


def test_near_neighbours_may_be_one_digit_where_one_of_them_is_doubted() -> None:
    line = Line((bar(0, 12), bar(20, 12), bar(150, 12)))
    assert joins(line, [True, False, False], 60) == [(0, 1)]
    assert joins(line, [False, False, True], 60) == []


def test_what_would_be_too_wide_or_too_high_together_is_no_digit() -> None:
    assert joins(Line((bar(0, 50), bar(55, 50))), [True, True], 60) == []
    assert joins(Line((bar(0, 12), bar(20, 12, top=40))), [True, True], 60) == []


def test_a_part_that_is_lower_than_the_whole_tells_nothing_of_its_height() -> None:
    """The arm of an open 4 is a 1, and its line's usual digit, until it is put together with the rest."""
    arm, rest = bar(0, 10, 0, 106), bar(16, 60, 20, 144)
    assert joins(Line((arm, rest)), [False, True], 106) == [(0, 1)]


def test_strokes_of_a_display_may_be_one_digit_three_at_a_time() -> None:
    line = Line((bar(0, 6, 0, 28), bar(2, 30, 28, 6), bar(30, 6, 32, 28)))
    assert (0, 2) in joins(line, [True] * 3, 60)


@settings(max_examples=20, deadline=None)
@given(count=st.integers(1, 60), gap=st.integers(0, 3))
def test_joins_are_bounded_by_the_number_of_pieces(count: int, gap: int) -> None:
    line = Line(tuple(bar(n * (1 + gap), 1) for n in range(count)))
    assert len(joins(line, [True] * count, 60)) <= 6 * count
