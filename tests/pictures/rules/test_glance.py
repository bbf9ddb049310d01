"""Where one character stands clear of its picture's edge no rules are looked for; anything that may have some is."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from fivebyfive.pictures.rules import glance

Mask = npt.NDArray[np.uint8]


def a_page(text: str = "5", left: int = 90, bottom: int = 220) -> Mask:
    page = np.zeros((300, 300), np.uint8)
    cv2.putText(page, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 6.0, 1, 12)
    return page


@pytest.mark.parametrize("text", list("0123456789"))
def test_a_digit_by_itself_is_one_character_whatever_the_grain(text: str) -> None:
    assert glance.is_one_character(a_page(text))
    grain = np.random.default_rng(0).random((300, 300)) < 0.01
    assert glance.is_one_character(a_page(text) | grain)


def framed(page: Mask) -> None:
    cv2.rectangle(page, (70, 60), (230, 250), 1, 1)


def touched_by_its_frame(page: Mask) -> None:
    cv2.rectangle(page, (96, 92), (205, 224), 1, 2)


def underlined(page: Mask) -> None:
    cv2.line(page, (20, 228), (280, 228), 1, 2)


def ruled(page: Mask) -> None:
    cv2.line(page, (0, 170), (299, 175), 1, 1)


def ended_before_the_edge(page: Mask) -> None:
    cv2.line(page, (4, 250), (295, 250), 1, 1)


def crossed_out_upright(page: Mask) -> None:
    cv2.line(page, (160, 0), (160, 299), 1, 1)


def beside_another(page: Mask) -> None:
    cv2.line(page, (40, 100), (30, 220), 1, 12)


@pytest.mark.parametrize(
    "draw",
    [framed, touched_by_its_frame, underlined, ruled, ended_before_the_edge, crossed_out_upright, beside_another],
)
def test_what_may_be_a_rule_is_looked_at(draw: Callable[[Mask], None]) -> None:
    page = a_page()
    draw(page)
    assert not glance.is_one_character(page)


def test_what_goes_to_the_edge_and_tiny_pictures_are_looked_at() -> None:
    assert not glance.is_one_character(a_page(left=190))
    assert not glance.is_one_character(np.ones((20, 20), np.uint8))
    assert not glance.is_one_character(np.zeros((300, 300), np.uint8))
