"""Pictures of numbers in a terminal: they fit their box, keep their proportions, and zero and signs are told apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.views import blocks


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_picture_fits_its_box_and_keeps_its_proportions(height: int, width: int) -> None:
    rows, columns = blocks.fit(np.ones((height, width)), 14, 14).shape
    assert rows <= 14
    assert columns <= 14
    assert max(rows, columns) > 7, "the box is used"
    assert abs(rows * width - columns * height) <= max(height, width), "off by half a cell at most"


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 5))
def test_averaging_keeps_a_constant(height: int, width: int, value: int) -> None:
    assert blocks.fit(np.full((height, width), float(value)), 9, 9) == pytest.approx(value)


@given(st.integers(1, 3000))
def test_a_list_of_numbers_fits_its_strip(count: int) -> None:
    rows, columns = blocks.strip(np.ones(count), 6, 29).shape
    assert rows <= 6
    assert columns <= 29


def test_zero_is_dark_and_the_signs_are_orange_and_blue() -> None:
    colours = blocks.colours(np.array([-2.0, -0.5, 0.0, 0.5, 2.0, np.nan]), 2.0)
    assert tuple(colours[0]) == blocks.BELOW
    assert tuple(colours[4]) == blocks.ABOVE
    assert tuple(colours[2]) == tuple(colours[5]) == blocks.ZERO
    assert colours[1][0] > colours[1][2]
    assert colours[3][2] > colours[3][0]


def test_without_colour_blocks_are_above_zero_and_strokes_below() -> None:
    (line,) = blocks.shades(np.array([[-1.0, -0.5, 0.0, 0.5, 1.0]] * 2), 1.0)
    assert line.plain == "≡- ▒█"


def test_colours_are_those_that_the_terminal_has() -> None:
    values = np.array([[-1.0, 0.0, 1.0]])
    assert blocks.paints(values, 1.0, "truecolor") == [["#ffb020", "#14161a", "#56b4e9"]]
    assert blocks.paints(values, 1.0, "256") == [["color(214)", "color(233)", "color(117)"]]
    assert blocks.paints(values, 1.0, "standard") == [["bright_yellow", "black", "bright_cyan"]]
