"""Ink is what is dark beside its own stroke; paper, its grain, its pattern and what it lies on are no ink."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.datasets import Dataset
from fivebyfive.pictures import ink
from fivebyfive.pictures.threshold import STEPS

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), spread=st.floats(1.5, 8), inked=st.floats(0, 0.45))
def test_grain_is_that_of_bare_paper_however_much_ink_there_is(seed: int, spread: float, inked: float) -> None:
    rng = np.random.default_rng(seed)
    share = rng.normal(180, spread, (120, 160))
    share[:, : int(160 * inked)] -= 110
    _, noise = ink._missing(np.rint(share).clip(0, 255).astype(np.uint8))
    assert noise * STEPS == pytest.approx(spread, rel=0.35, abs=0.8)


def digit(digits: Dataset, number: int = 3, tall: int = 120) -> Floats:
    """One of MNIST's, [tall, tall], 0 to 1."""
    small = digits.validation.pixels[number, :, :, 0].astype(np.float32) / 255
    return np.asarray(cv2.resize(small, (tall, tall), interpolation=cv2.INTER_CUBIC), np.float32).clip(0, 1)


def laid(paper: Floats, written: Floats, colour: tuple[float, float, float], seed: int = 0) -> Pixels:
    """`written`, [h, w] from 0 to 1, in the middle of `paper` [h, w, 3], with some grain."""
    sheet = paper.copy()
    y, x = ((n - m) // 2 for n, m in zip(sheet.shape[:2], written.shape, strict=True))
    place = sheet[y : y + written.shape[0], x : x + written.shape[1]]
    place += written[..., None] * (np.array(colour, np.float32) - place)
    grain = np.random.default_rng(seed).normal(0, 2, sheet.shape)
    return np.asarray(np.clip(np.rint(sheet + grain), 0, 255), np.uint8)


def flat(*colour: float) -> Floats:
    return np.tile(np.array(colour, np.float32), (200, 260, 1))


def found_in(picture: Pixels, written: Floats) -> float:
    """What the ink that is found in `picture` shares with the `written` in its middle: 0 to 1, all of it."""
    found = ink.find(picture)
    mask = cv2.resize(found.mask.astype(np.uint8), picture.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
    expected = np.zeros(mask.shape, bool)
    y, x = ((n - m) // 2 for n, m in zip(mask.shape, written.shape, strict=True))
    expected[y : y + written.shape[0], x : x + written.shape[1]] = written > 0.5
    return float((mask & expected).sum() / (mask | expected).sum())


def test_ink_is_found_on_paper_of_any_colour_dark_or_light(digits: Dataset) -> None:
    written = digit(digits)
    for paper, colour in (((240, 240, 235), (30, 30, 30)), ((200, 60, 50), (250, 240, 90)), ((20, 30, 60), (230,) * 3)):
        assert found_in(laid(flat(*paper), written, colour), written) > 0.75


def test_faint_pencil_is_found_where_there_is_nothing_darker(digits: Dataset) -> None:
    written = digit(digits)
    assert found_in(laid(flat(235, 235, 235), written, (213, 213, 213)), written) > 0.7


def test_a_marker_under_the_ink_is_paper(digits: Dataset) -> None:
    written, paper = digit(digits), flat(245, 245, 245)
    paper[60:140, 30:230] = (245, 235, 90)
    assert found_in(laid(paper, written, (40, 40, 45)), written) > 0.75


def test_the_edge_of_a_table_is_no_ink(digits: Dataset) -> None:
    written, table = digit(digits), flat(90, 60, 40)
    sheet = np.array([[22, 15], [240, 8], [251, 190], [14, 186]])
    cv2.fillPoly(table, [sheet], (238, 238, 230), cv2.LINE_AA)
    assert found_in(laid(table, written, (35, 35, 40)), written) > 0.7


def test_one_threshold_leaves_a_pattern_out_that_is_lighter_than_all_ink(digits: Dataset) -> None:
    written, paper = digit(digits), flat(235, 235, 230)
    paper[:, ::7] = paper[:, 1::7] = 190
    picture = laid(paper, written, (30, 30, 35))
    found = ink.find(picture, plain=True)
    bare = found.mask[:, : int(20 * found.scale)]
    assert bare.mean() < 0.01
    assert found.mask.mean() > 0.03


def test_the_size_that_is_worked_on_is_that_which_its_strokes_need(digits: Dataset) -> None:
    sheets = {n: np.full((n * 5 // 2, n * 5 // 2, 3), 240, np.float32) for n in (480, 40)}
    large, small = (laid(sheet, digit(digits, tall=n), (30, 30, 30)) for n, sheet in sheets.items())
    assert ink.find(large).scale < 1 < ink.find(small).scale


def test_light_or_dark_can_be_said(digits: Dataset) -> None:
    picture = laid(flat(240, 240, 240), digit(digits), (30, 30, 30))
    assert not ink.find(picture).light
    assert ink.find(picture, light=True).light


def test_strokes_that_meet_the_rules_of_the_paper_are_measured_with_all_that_is_written() -> None:
    picture = np.full((500, 500, 3), 230, np.uint8)
    cv2.line(picture, (0, 0), (0, 499), (150, 150, 150), 4)
    for at in (160, 320):
        cv2.line(picture, (0, at), (499, at + 6), (150, 150, 150), 4)
        cv2.line(picture, (at, 0), (at + 6, 499), (150, 150, 150), 4)
    cv2.line(picture, (140, 240), (360, 246), (105, 105, 108), 14)
    cv2.circle(picture, (110, 100), 2, (105, 105, 108), -1)
    assert 12 < ink._stroke_widths(picture)[1] < 20


def test_a_broad_stroke_on_squared_paper_is_measured_though_the_squares_go_to_the_edge() -> None:
    picture = np.full((500, 500, 3), 230, np.uint8)
    for at in range(25, 500, 50):
        cv2.line(picture, (0, at), (499, at), (120, 130, 160), 6)
        cv2.line(picture, (at, 0), (at, 499), (120, 130, 160), 6)
    cv2.line(picture, (180, 120), (320, 380), (90, 90, 92), 52)
    rough = picture.shape[0] / ink._rough(picture).shape[0]
    assert 45 < rough * ink._stroke_widths(ink._rough(picture))[1] < 60


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_colours_are_told_around_any_box_though_the_paper_is_small(data: st.DataObject) -> None:
    """A hair at the right edge too: sides of a small picture are rounded each by itself."""
    height, width = data.draw(st.tuples(st.integers(1, 700), st.integers(1, 700)), "size")
    found = ink.find(np.full((height, width, 3), 240, np.uint8))
    deep, across = found.amount.shape
    top, left = data.draw(st.tuples(st.integers(0, deep - 1), st.integers(0, across - 1)), "corner")
    bottom, right = data.draw(st.tuples(st.integers(top + 1, deep), st.integers(left + 1, across)), "other corner")
    for box in ((top, bottom, left, right), (deep - 1, deep, across - 1, across)):
        assert found.colours_around(*box) == 0
