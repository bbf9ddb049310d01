"""What only looks like a digit: faces and frames are no noughts, a pattern no digit, whatever the reader says."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures.reading.likenesses import goes_on, is_drawn, is_even
from fivebyfive.pictures.shaping import Pixels
from fivebyfive.pictures.sheet import Character, Piece
from pieces import ink


def ring() -> Pixels:
    sheet = np.zeros((200, 160), np.uint8)
    cv2.ellipse(sheet, (80, 100), (60, 85), 0, 0, 360, 255, 12)
    return sheet


def read_as(label: str, sheet: Pixels) -> Character:
    return Character(ink(sheet), label)


def test_a_ring_around_eyes_and_a_mouth_is_a_face() -> None:
    face = ring()
    for x in (60, 100):
        cv2.circle(face, (x, 75), 8, 255, -1)
    cv2.ellipse(face, (80, 120), (30, 20), 0, 20, 160, 255, 8)
    assert is_drawn(read_as("0", face))
    assert is_drawn(read_as("8", face))


def test_a_ring_alone_with_a_dot_or_beside_a_stroke_is_a_nought() -> None:
    dotted, crossed, flecked = ring(), ring(), ring()
    cv2.circle(dotted, (80, 100), 8, 255, -1)
    cv2.line(crossed, (40, 160), (120, 40), 255, 10)
    flecked[90:92, 60:62] = flecked[110:112, 90:92] = 255
    for sheet in (ring(), dotted, crossed, flecked):
        assert not is_drawn(read_as("0", sheet))


@pytest.mark.parametrize("label", ["4", "8"])
def test_what_meets_the_edge_of_its_picture_everywhere_is_a_pattern(label: str) -> None:
    rows, columns = np.indices((200, 200))
    net = ((rows % 40 < 16) | (columns % 40 < 16)).astype(bool)
    sheet = np.zeros((300, 300), bool)
    sheet[50:250, 50:250] = net
    assert goes_on(Character(Piece(net, 50, 50), label), sheet)
    assert not goes_on(Character(Piece(net, 50, 50), "."), sheet)


def test_a_digit_that_meets_it_as_a_close_up_does_is_one() -> None:
    mask = cv2.resize(ring(), (200, 200)) > 0
    sheet = np.zeros((300, 300), bool)
    sheet[50:250, 50:250] = mask
    assert not goes_on(Character(Piece(mask, 50, 50), "0"), sheet)


def test_a_picture_with_hardly_a_pixel_has_no_edge_to_meet() -> None:
    assert not goes_on(Character(Piece(np.ones((1, 1), bool), 3, 1), "0"), np.ones((3, 7), bool))


def stroked(*lines: list[tuple[int, int]], pen: int = 9) -> Pixels:
    sheet = np.zeros((300, 300), np.uint8)
    for line in lines:
        cv2.polylines(sheet, [np.array(line, np.int32)], False, 255, pen, cv2.LINE_AA)
    return sheet


@settings(max_examples=40, deadline=None)
@given(turn=st.floats(0, 6.3), long=st.integers(70, 120), pen=st.integers(2, 9), tip=st.floats(0.15, 0.28))
def test_a_stroke_with_a_head_is_an_arrow_however_it_lies(turn: float, long: int, pen: int, tip: float) -> None:
    sheet = np.zeros((300, 300), np.uint8)
    x, y = round(long * np.cos(turn)), round(long * np.sin(turn))
    cv2.arrowedLine(sheet, (150 - x, 150 - y), (150 + x, 150 + y), 255, pen, cv2.LINE_AA, 0, tip)
    assert is_drawn(read_as("1", sheet))
    cv2.arrowedLine(sheet, (150 + x, 150 + y), (150 - x, 150 - y), 255, pen, cv2.LINE_AA, 0, tip)
    assert is_drawn(read_as("1", sheet))


@pytest.mark.parametrize("below", [0, 12], ids=["on its foot", "through its foot"])
@pytest.mark.parametrize("pen", [4, 9, 20])
def test_a_one_has_its_flag_on_one_side_and_its_foot_below(pen: int, below: int) -> None:
    flag, foot = [(90, 100), (150, 50), (140, 250)], [(100, 250 - below), (190, 250 - below)]
    for lines in ([flag], [flag, foot], [flag[1:]], [flag[1:], [(100, 250), (190, 250)]]):
        assert not is_drawn(read_as("1", stroked(*lines, pen=pen)))


def test_a_one_is_as_wide_as_its_pen_but_for_its_flag_and_its_foot() -> None:
    flag, foot = [(120, 90), (150, 50), (140, 250)], [(110, 250), (170, 250)]
    for lines in ([flag[1:]], [flag], [flag, foot], [flag[1:], foot]):
        assert is_even(ink(stroked(*lines)).mask)
    wedge, bottle = np.zeros((300, 300), np.uint8), np.zeros((300, 300), np.uint8)
    cv2.fillPoly(wedge, [np.array([(140, 40), (150, 40), (200, 260), (90, 260)], np.int32)], 255)
    for left, top, right, bottom in ((130, 40, 170, 90), (90, 90, 210, 260)):
        cv2.rectangle(bottle, (left, top), (right, bottom), 255, -1)
    for thing in (wedge, bottle, stroked([(100, 50), (95, 250)], [(150, 60), (160, 250)])):
        assert not is_even(ink(thing).mask)


def test_a_one_is_much_longer_than_its_pen_is_wide() -> None:
    """What is hatched until it is filled may lean as a 1 does."""
    for thick, expected in ((40, True), (90, False)):
        assert is_even(ink(stroked([(170, 70), (130, 230)], pen=thick)).mask) == expected


@pytest.mark.parametrize(("pen", "expected"), [(2, True), (14, False)])
def test_two_cells_drawn_finely_are_no_displays_eight(pen: int, expected: bool) -> None:
    box = [(70, 10), (230, 10), (230, 290), (70, 290), (70, 10)]
    assert is_drawn(read_as("8", stroked(box, [(70, 150), (230, 150)], pen=pen))) == expected
