"""What only looks like a digit: faces and frames are no noughts, a pattern no digit, whatever the reader says."""

import cv2
import numpy as np
import pytest

from fivebyfive.pictures.reading.likenesses import goes_on, is_drawn
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
