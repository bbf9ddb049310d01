"""Beside digits in a coloured pen, what is faint and has none of its colour is a shadow's edge or left of a rule."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from fivebyfive.datasets import Dataset
from fivebyfive.pictures.reading import believing, choosing
from fivebyfive.pictures.sheet import Written

Pixels = npt.NDArray[np.uint8]
Shade = tuple[int, int, int]

GREEN, BLUE, GREY, DARK, PALE = (20, 130, 60), (30, 50, 190), (180, 180, 180), (60, 60, 60), (150, 200, 168)


def written(digits: Dataset, pen: Shade, stroke: Shade, light: bool = False) -> Written:
    """A row of digits in one pen, and before them an upright stroke in another."""
    row = np.hstack([digits.validation.pixels[n, :, :, 0] for n in (0, 2, 5)]).astype(np.float32) / 255
    ink = np.pad(cv2.resize(row, (240, 80), interpolation=cv2.INTER_CUBIC).clip(0, 1), ((40, 40), (90, 40)))[..., None]
    page = 235 * (1 - ink) + np.array(pen) * ink
    page[54:106, 60:66] = stroke
    grain = np.random.default_rng(0).normal(0, 2, page.shape)
    sheet = np.clip(np.rint(page + grain), 0, 255).astype(np.uint8)
    return choosing.read(255 - sheet if light else sheet)


def text(found: Written) -> str:
    return "|".join("".join(c.label for c in line) for line in found.lines if line)


def row(digits: Dataset) -> str:
    return "".join(str(digits.validation.labels[n]) for n in (0, 2, 5))


@pytest.mark.parametrize(("pen", "light"), [(GREEN, False), (BLUE, False), (BLUE, True)])
def test_a_faint_grey_stroke_before_coloured_digits_is_left_out_and_said(
    digits: Dataset, pen: Shade, light: bool
) -> None:
    found = written(digits, pen, GREY, light)
    assert text(found) == row(digits)
    assert believing.STRANGE in [one.reason for one in found.unread]


@pytest.mark.parametrize("stroke", [GREEN, DARK, PALE])
def test_one_of_the_same_colour_or_as_dark_is_a_one(digits: Dataset, stroke: Shade) -> None:
    assert text(written(digits, GREEN, stroke)) == "1" + row(digits)


def test_where_the_digits_have_no_colour_nothing_is_told_by_it(digits: Dataset) -> None:
    for stroke in (GREY, (150, 160, 225)):
        assert text(written(digits, (40, 40, 45), stroke)) == "1" + row(digits)
