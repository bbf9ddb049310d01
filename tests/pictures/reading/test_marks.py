"""A mark is told by its size and place beside the digits of its line, as far as these tell it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures.reading.marks import LEAST, Geometry, likelihood, pen_of

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Piece:
    mask: Mask
    left: int
    top: int

    @property
    def right(self) -> int:
        return self.left + int(self.mask.shape[1])

    @property
    def bottom(self) -> int:
        return self.top + int(self.mask.shape[0])


def digit(left: int, top: int = 100, size: float = 1.0) -> Piece:
    mask = np.zeros((100, 60), np.uint8)
    cv2.ellipse(mask, (30, 50), (25, 45), 0, 0, 300, 1, 9)
    rows, columns = np.nonzero(mask)
    cut = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return Piece(cv2.resize(cut, None, fx=size, fy=size, interpolation=cv2.INTER_NEAREST) > 0, left, top)


def stroke(start: tuple[int, int], end: tuple[int, int], pen: int = 9) -> Piece:
    sheet = np.zeros((400, 600), np.uint8)
    cv2.line(sheet, start, end, 1, pen)
    x, y, w, h = cv2.boundingRect(sheet)
    return Piece(sheet[y : y + h, x : x + w] > 0, x, y)


def dots(*middles: tuple[int, int], radius: int = 6) -> Piece:
    sheet = np.zeros((400, 600), np.uint8)
    for middle in middles:
        cv2.circle(sheet, middle, radius, 1, -1)
    x, y, w, h = cv2.boundingRect(sheet)
    return Piece(sheet[y : y + h, x : x + w] > 0, x, y)


LINE = [digit(100), digit(200), digit(300)]
BASE = LINE[0].bottom


def told(piece: Piece) -> dict[str, float]:
    return likelihood(piece, Geometry.of([*LINE, piece]))


@pytest.mark.parametrize(
    ("mark", "piece"),
    [
        (".", dots((180, BASE - 6))),
        (",", stroke((180, BASE - 10), (172, BASE + 18))),
        ("-", stroke((60, 148), (90, 147))),
        (":", dots((180, 130), (180, 180))),
        ("/", stroke((268, BASE + 8), (306, 85))),
    ],
    ids=["point", "comma", "dash", "colon", "slash"],
)
def test_a_mark_in_its_place_is_told(mark: str, piece: Piece) -> None:
    found = told(piece)
    assert max(found, key=found.__getitem__) == mark
    assert found[mark] > 0.6


@pytest.mark.parametrize(
    ("mark", "piece"),
    [
        (",", stroke((390, BASE - 10), (382, BASE + 18))),
        ("/", stroke((368, BASE + 8), (406, 85))),
        ("-", stroke((380, 148), (410, 147))),
    ],
    ids=["comma", "slash", "dash"],
)
def test_what_stands_between_digits_ends_no_line(mark: str, piece: Piece) -> None:
    assert told(piece)[mark] <= 0.1


def test_a_point_at_the_end_that_is_thinner_than_the_pen_is_dirt() -> None:
    """Between digits it may have been made lightly: without it the number would be another."""
    pen = pen_of([piece.mask for piece in LINE])
    assert pen == pytest.approx(9, rel=0.15)
    after, between = 372, 180
    for at, radius, least, most in ((after, 5, 0.6, 1.0), (after, 2, 0.0, LEAST), (between, 2, 0.3, 1.0)):
        piece = dots((at, BASE - radius), radius=radius)
        found = likelihood(piece, Geometry.of([*LINE, piece], pen))["."]
        assert least <= found <= most


def test_a_steep_slash_is_told_from_a_one_by_where_it_ends() -> None:
    slash, one = told(stroke((280, BASE + 10), (298, 92))), told(stroke((280, BASE - 5), (296, 100)))
    assert slash["/"] > 3 * slash["digit"]
    assert one["digit"] > 2 * one["/"]


def test_a_leaning_stroke_that_is_hardly_higher_than_the_digits_is_rather_a_one() -> None:
    """As a slash is written, its ends are well above and below."""
    tall = BASE - LINE[0].top
    for beyond, slash in ((0.0, False), (0.04, False), (0.15, True), (0.2, True)):
        head, foot = round(LINE[0].top - beyond * tall), round(BASE + beyond * tall)
        found = told(stroke((278, foot - 5), (306, head + 5)))
        assert (found["/"] > found["digit"]) == slash


def test_a_digit_is_a_digit() -> None:
    for piece in (LINE[1], digit(400), digit(400, 145, 0.5), stroke((420, 105), (420, BASE - 5))):
        found = told(piece)
        assert max(found, key=found.__getitem__) == "digit"


@pytest.mark.parametrize(
    "piece",
    [dots((180, 100)), dots((125, 145)), dots((560, BASE - 6)), stroke((180, 95), (200, 95)), dots((180, BASE + 60))],
    ids=["high", "inside a digit", "far away", "a dash on top", "far below"],
)
def test_what_stands_elsewhere_is_no_likely_mark(piece: Piece) -> None:
    found = told(piece)
    assert max(value for mark, value in found.items() if mark != "digit") < 0.25


def test_a_small_digit_is_less_a_point_than_a_point_is() -> None:
    assert told(digit(180, BASE - 27, 0.3))["."] < 0.3
    assert told(digit(180, BASE - 27, 0.3))["digit"] > 0.5


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 500), st.integers(0, 300), st.integers(1, 60), st.integers(1, 120))
def test_nothing_is_impossible_and_nothing_more_than_sure(left: int, top: int, wide: int, high: int) -> None:
    found = told(Piece(np.ones((high, wide), bool), left, top))
    assert set(found) == {".", ",", "-", "/", ":", "digit"}
    assert all(LEAST <= value <= 1 for value in found.values())
