"""What of a reading is believed: a shadow's side and the end of a rule look like strokes, paper like a digit."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from fivebyfive.datasets import Dataset
from fivebyfive.decision import SURE
from fivebyfive.pictures.finding import CUT_OFF
from fivebyfive.pictures.reading import choosing
from fivebyfive.pictures.reading.believing import Look, written
from fivebyfive.pictures.shaping import Pixels
from fivebyfive.pictures.sheet import Unread, Way, Written


def text(written: Written) -> str:
    return "\n".join("".join(c.label for c in line) for line in written.lines if line)


def sure(written: Written) -> list[str]:
    every = [(c.label, c.probabilities) for line in written.lines for c in line]
    return [label for label, p in every if p is not None and p.max() >= SURE]


def a_digit(digits: Dataset, number: int, tall: int = 200) -> Pixels:
    """One in the middle of paper, with MNIST's rim so tall."""
    image = cv2.resize(digits.test.pixels[number, ..., 0], (tall, tall), interpolation=cv2.INTER_CUBIC)
    page = np.full((300, 300), 235, np.float32)
    rim = (300 - tall) // 2
    page[rim : rim + tall, rim : rim + tall] -= image * np.float32(0.75)
    return np.asarray(np.clip(page, 0, 255), np.uint8)


@pytest.mark.parametrize("dark", [150, 170])
@pytest.mark.parametrize("wide", [60, 90, 120])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_shadow_along_one_side_is_no_sure_one(wide: int, dark: int, mirrored: bool) -> None:
    page = np.full((300, 150), 235, np.uint8)
    corners = np.array([(150, 0), (150 - wide // 2, 0), (150 - wide // 3, 299), (150, 299)])
    cv2.fillPoly(page, [corners], dark)
    soft: Pixels = np.asarray(cv2.GaussianBlur(page, (0, 0), 2), np.uint8)
    assert sure(choosing.read(np.ascontiguousarray(soft[:, ::-1] if mirrored else soft)[..., None])) == []


@pytest.mark.parametrize("rows", [slice(0, 60), slice(240, 300)], ids=["above", "below"])
@pytest.mark.parametrize("left", [8, 285])
def test_a_low_stroke_that_ends_at_the_edge_is_cut_off_beside_a_digit_that_does_not(
    digits: Dataset, rows: slice, left: int
) -> None:
    page = a_digit(digits, 0)
    page[rows, left : left + 7] -= np.uint8(80)
    found = choosing.read(page[..., None])
    assert text(found) == str(digits.test.labels[0])
    assert [one.reason for one in found.unread] == [CUT_OFF]


def test_of_digits_that_all_go_to_the_edge_none_is_cut_off(digits: Dataset) -> None:
    """An amount cut out closely: a 1 between others goes as far as they do."""
    page = np.full((60, 200), 235, np.uint8)
    for n, number in enumerate((1, 2, 3)):
        image = digits.test.pixels[number, ..., 0]
        rows, columns = np.nonzero(image > 60)
        tight = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        wide = max(8, round(60 * tight.shape[1] / tight.shape[0]))
        page[:, 66 * n + 4 : 66 * n + 4 + wide] -= (cv2.resize(tight, (wide, 60)) * 0.75).astype(np.uint8)
    assert text(choosing.read(page[..., None])) == "210"


def test_where_ink_is_plainly_a_pens_nothing_is_looked_for_in_its_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """A curve that is no digit for sure, in a slope of light: the paper beside it might be one."""
    page = np.tile(np.linspace(250, 150, 200), (200, 1)).astype(np.uint8)
    cv2.ellipse(page, (80, 100), (40, 55), 0, -80, 100, 30, 14, cv2.LINE_AA)
    tried: list[Way] = []
    look = choosing._look

    def noted(picture: Pixels, way: Way, spread: float = 0.0, shapes: int = 10**6) -> Look:
        tried.append(way)
        return look(picture, way, spread, shapes)

    monkeypatch.setattr(choosing, "_look", noted)
    choosing.read(page[..., None])
    assert len(tried) > 1
    assert {way.light for way in tried} == {None}


def test_where_a_sure_1_of_the_paper_is_not_believed_other_ways_are_tried(digits: Dataset) -> None:
    """A 2 cut out closely, whose paper is the rarer part of it."""
    image = digits.validation.pixels[202, ..., 0]
    rows, columns = np.nonzero(image > 60)
    tight = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    large = cv2.resize(tight, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    page: Pixels = np.clip(235 - large * np.float32(0.75), 0, 255).astype(np.uint8)
    assert text(choosing.read(page[..., None])) == str(digits.validation.labels[202]) == "2"


def test_one_digit_among_many_colours_is_not_sure(digits: Dataset) -> None:
    """Things of a scene may look like one."""
    page = np.full((300, 300, 3), (160, 200, 205), np.uint8)
    cv2.rectangle(page, (0, 0), (299, 90), (120, 220, 110), -1)
    cv2.rectangle(page, (0, 220), (299, 299), (230, 120, 60), -1)
    scene: Pixels = np.asarray(cv2.GaussianBlur(page, (0, 0), 40), np.uint8)
    ink = a_digit(digits, 0, 280).astype(np.float32)[..., None] / 235
    for paper, expected in ((np.full_like(page, 200), [str(digits.test.labels[0])]), (scene, [])):
        assert sure(choosing.read(np.asarray(paper * ink, np.uint8))) == expected


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_digits_on_paper_of_many_colours_are_not_sure(digits: Dataset, count: int) -> None:
    """Where shapes of a scene meet, some look like one."""
    row = np.hstack([a_digit(digits, n, 120)[50:250, 60:240] for n in (0, 3)[:count]]).astype(np.float32)[..., None]
    paper = np.linspace((40, 120, 160), (235, 180, 90), len(row), dtype=np.float32)[:, None]
    for page, expected in ((row.repeat(3, axis=2), count), (paper * row / 235, 0)):
        found = choosing.read(np.asarray(page, np.uint8))
        assert text(found) == "70"[:count]
        assert len(sure(found)) == expected


@pytest.mark.parametrize(("lower", "expected"), [((30, 50, 190), ["1"]), ((190, 50, 30), [])])
def test_a_stroke_of_two_colours_is_no_sure_one(lower: tuple[int, int, int], expected: list[str]) -> None:
    page = np.full((400, 240, 3), 235, np.uint8)
    cv2.line(page, (130, 80), (120, 200), (30, 50, 190), 16, cv2.LINE_AA)
    cv2.line(page, (120, 200), (112, 310), lower, 16, cv2.LINE_AA)
    found = choosing.read(page)
    assert text(found) == "1"
    assert sure(found) == expected


@pytest.mark.parametrize(("numbers", "expected"), [((0, 3, 3, 0), []), ((0, 1, 3, 4), ["7", "2", "0", "4"])])
def test_of_a_turned_picture_two_different_digits_say_nothing(
    digits: Dataset, numbers: tuple[int, ...], expected: list[str]
) -> None:
    """The bars of letters that lie on their sides are 7s, and their bows are noughts."""
    row = np.hstack([a_digit(digits, n, 120)[60:240, 80:220] for n in numbers])
    look = choosing._look(row[..., None], Way())
    assert sure(written(look)) == [str(digits.test.labels[n]) for n in numbers]
    assert sure(written(replace(look, sheet=replace(look.sheet, way=Way(turn=90))))) == expected


@pytest.mark.parametrize(("shade", "expected"), [(40, ["1"]), (225, [])], ids=["on slate", "between things"])
def test_a_light_stroke_is_no_sure_one_where_all_is_as_light_but_around_it(shade: int, expected: list[str]) -> None:
    page = np.full((500, 400), shade, np.uint8)
    cv2.rectangle(page, (120, 180), (280, 420), 40, -1)
    cv2.line(page, (210, 230), (195, 370), 225, 8, cv2.LINE_AA)
    look = choosing._look(page[..., None], Way(light=True))
    found = written(replace(look, sheet=replace(look.sheet, way=Way())))
    assert text(found) == "1"
    assert sure(found) == expected


def test_one_digit_of_guessed_ink_beside_what_is_left_out_is_not_sure() -> None:
    """Of a stamp the ring is a nought, and the rest thin lines."""
    page = np.full((300, 300), 235, np.uint8)
    cv2.ellipse(page, (150, 150), (90, 130), 0, 0, 360, 40, 12, cv2.LINE_AA)
    for left_out in ((), (Unread((140, 140, 20, 4), "a thin line"),)):
        look = choosing._look(page[..., None], Way(plain=True))
        found = written(replace(look, sheet=replace(look.sheet, unread=left_out)))
        assert text(found) == "0"
        assert sure(found) == ([] if left_out else ["0"])


@pytest.mark.parametrize(("bars", "expected"), [(1, ["7"]), (2, [])])
def test_one_digit_beside_several_things_as_large_that_are_left_out_is_not_sure(
    digits: Dataset, bars: int, expected: list[str]
) -> None:
    look = choosing._look(a_digit(digits, 0)[..., None], Way())
    things = tuple(Unread((0, 40 * n, 290, 12), "a thin line") for n in range(bars))
    assert sure(written(replace(look, sheet=replace(look.sheet, unread=things)))) == expected
