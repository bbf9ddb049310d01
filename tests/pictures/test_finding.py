"""A photo becomes digits as MNIST has them: found, put in order, made alike; where there is none, none is found."""

import re

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import Picture
from fivebyfive.pictures.drawing import prepare_drawing
from fivebyfive.pictures.finding import find
from fivebyfive.pictures.preparation import DIGITS
from fivebyfive.pictures.prepare import prepare
from fivebyfive.pictures.reading import choosing
from fivebyfive.pictures.sheet import Piece

Pixels = npt.NDArray[np.uint8]


def page(height: int = 300, width: int = 400, shade: int = 240) -> Pixels:
    return np.full((height, width), shade, np.uint8)


def write(sheet: Pixels, text: str, at: tuple[int, int], ink: int = 30, size: float = 3.0, pen: int = 6) -> None:
    """Put `text` on `sheet`, its lower left at `at`."""
    cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, ink, pen, cv2.LINE_AA)


def seven(**how: int) -> Pixels:
    sheet = page()
    write(sheet, "7", (160, 190), **how)
    return sheet


def pieces(sheet: Pixels) -> list[Piece]:
    """All that is found, line after line."""
    return [piece for line in find(sheet).lines for piece in line.pieces]


def only(sheet: Pixels) -> Piece:
    (piece,) = pieces(sheet)
    return piece


def alike(a: Pixels, b: Pixels) -> float:
    """The cosine between two pictures: 1 where they are the same but for brightness."""
    x, y = a.astype(float).ravel(), b.astype(float).ravel()
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def test_a_digit_is_made_as_mnist_made_its_own() -> None:
    pixels = only(seven()).pixels
    rows, columns = np.nonzero(pixels)
    assert pixels.shape == (28, 28)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    y, x = (float((pixels.sum(axis=1 - i) * np.arange(28)).sum() / pixels.sum()) for i in (0, 1))
    assert abs(y - 14) <= 0.51
    assert abs(x - 14) <= 0.51
    assert int(pixels.max()) > 240


def test_the_box_is_where_the_digit_is() -> None:
    sheet = seven()
    rows, columns = np.nonzero(sheet < 130)
    found = find(sheet)
    x, y, w, h = found.box_of(found.lines[0].pieces[0])
    assert abs(x - columns.min()) <= 3
    assert abs(y - rows.min()) <= 3
    assert abs(x + w - columns.max()) <= 3
    assert abs(y + h - rows.max()) <= 3


def test_the_stages_lead_from_the_picture_to_the_pixels() -> None:
    found = prepare(Picture(seven()[..., None], 400, 300), DIGITS, (28, 28, 1), stages=256)
    names, pictures = zip(*found.stages[0], strict=True)
    assert names == ("cut out", "ink", "strokes", "20×20", "28×28, centred by mass")
    assert np.array_equal(pictures[-1], found.images[0, ..., 0])
    assert pictures[0].shape[:2] == found.boxes[0][:1:-1]


@settings(max_examples=12, deadline=None)
@given(x=st.integers(20, 300), y=st.integers(90, 270), shade=st.integers(130, 255), ink=st.integers(0, 70))
def test_neither_place_nor_paper_nor_ink_matters(x: int, y: int, shade: int, ink: int) -> None:
    sheet = page(shade=shade)
    write(sheet, "7", (x, y), ink=ink)
    assert alike(only(sheet).pixels, only(seven()).pixels) > 0.97


def test_light_on_dark_is_the_same_as_dark_on_light() -> None:
    assert alike(only(255 - seven()).pixels, only(seven()).pixels) > 0.98


@pytest.mark.parametrize("factor", [0.15, 0.5, 4.0])
def test_size_does_not_matter(factor: float) -> None:
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    sheet = np.asarray(cv2.resize(seven(), None, fx=factor, fy=factor, interpolation=way), np.uint8)
    assert alike(only(sheet).pixels, only(seven()).pixels) > 0.93


def test_thin_and_thick_pens_come_out_alike() -> None:
    thin, thick = (only(seven(pen=pen)).pixels for pen in (2, 14))
    assert float(thin.mean()) > 0.6 * float(thick.mean())


def test_a_shadow_is_no_ink() -> None:
    light = np.where(np.arange(400) < 180, 1.0, 0.55)[None, :]
    found = pieces(np.rint(seven() * light).astype(np.uint8))
    assert len(found) == 1
    assert alike(found[0].pixels, only(seven()).pixels) > 0.95


@pytest.mark.parametrize("squared", [False, True])
def test_the_lines_of_the_paper_are_no_ink(squared: bool) -> None:
    sheet = page()
    for at in range(15, 400, 40):
        cv2.line(sheet, (0, at), (400, at + 5), 170, 2, cv2.LINE_AA)
        if squared:
            cv2.line(sheet, (at, 0), (at - 5, 300), 170, 2, cv2.LINE_AA)
    assert not any(choosing.read(sheet[..., None]).lines)
    write(sheet, "7", (160, 190))
    (found,) = (c for line in choosing.read(sheet[..., None]).lines for c in line)
    assert found.label == "7"
    assert alike(found.piece.pixels, only(seven()).pixels) > 0.95


@pytest.mark.parametrize("climb", [0, 9, -14])
def test_a_thick_line_is_followed_along_its_middle(climb: int) -> None:
    sheet = page()
    cv2.line(sheet, (0, 150), (400, 150 + climb), 175, 16, cv2.LINE_AA)
    write(sheet, "7", (160, 190))
    found = pieces(sheet)
    assert len(found) == 1
    assert alike(found[0].pixels, only(seven()).pixels) > 0.9


def test_the_long_stroke_of_a_digit_is_no_line_of_the_paper() -> None:
    sheet = page(120, 300)
    cv2.line(sheet, (160, 15), (140, 105), 30, 6, cv2.LINE_AA)
    assert len(pieces(sheet)) == 1


def test_a_stroke_with_a_gap_is_still_one_digit_and_a_speck_is_none() -> None:
    sheet = seven()
    sheet[150:154] = 240
    cv2.circle(sheet, (60, 60), 3, 30, -1)
    assert len(pieces(sheet)) == 1


def test_a_digit_whose_halves_do_not_touch_is_one_and_digits_above_one_another_are_two() -> None:
    halves, rows = page(), page()
    for sheet, apart in ((halves, 12), (rows, 40)):
        cv2.ellipse(sheet, (200, 90), (30, 40), 0, 0, 360, 30, 6, cv2.LINE_AA)
        cv2.ellipse(sheet, (200, 170 + apart), (30, 40), 0, 0, 360, 30, 6, cv2.LINE_AA)
    assert len(pieces(halves)) == 1
    assert [line.row for line in find(rows).lines] == [0, 1]


def test_digits_are_read_row_by_row_even_when_rows_climb() -> None:
    sheet = page(500, 700)
    for i in range(4):
        write(sheet, str(i), (60 + 150 * i, 200 - 20 * i))
        write(sheet, str(i), (60 + 150 * i, 420 - 20 * i))
    found = find(sheet).lines
    assert [len(line.pieces) for line in found] == [4, 4]
    for line in found:
        lefts = [piece.left for piece in line.pieces]
        assert lefts == sorted(lefts)


def blank(rng: np.random.Generator) -> Pixels:
    return np.clip(rng.normal(225, 6, (300, 400)), 0, 255).astype(np.uint8)


def slope(_: np.random.Generator) -> Pixels:
    return np.tile(np.linspace(60, 250, 400), (300, 1)).astype(np.uint8)


def grain(rng: np.random.Generator) -> Pixels:
    return rng.integers(0, 256, (300, 400)).astype(np.uint8)


@pytest.mark.parametrize("make", [blank, slope, grain])
def test_where_nothing_is_written_nothing_is_found(make: object) -> None:
    sheet: Pixels = make(np.random.default_rng(0))  # type: ignore[operator]
    assert pieces(sheet) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (16, 16), (3, 2000), (40, 30, 3)])
def test_any_size_is_taken(shape: tuple[int, ...]) -> None:
    assert pieces(np.full(shape, 200, np.uint8)) == []


def test_mnist_comes_back_from_a_photo_of_itself(digits_of_mnist: Dataset) -> None:
    """Enlarged on paper, then prepared, its digits are nearly what they were."""
    close = []
    for original in digits_of_mnist.validation.pixels[:25, :, :, 0]:
        photo = 240 - np.asarray(cv2.resize(original, None, fx=9, fy=9, interpolation=cv2.INTER_CUBIC), float) * 0.8
        found = pieces(np.clip(photo, 0, 255).astype(np.uint8))
        close.append(max((alike(d.pixels, original) for d in found), default=0.0))
    assert float(np.median(close)) > 0.93


@pytest.fixture(name="digits_of_mnist")
def _digits_of_mnist(digits: Dataset) -> Dataset:
    """MNIST, under a name that is not the function's."""
    return digits


def test_a_drawing_on_a_pad_is_all_ink() -> None:
    pad = np.zeros((200, 200), np.uint8)
    write(pad, "7", (60, 150), ink=255)
    assert alike(prepare_drawing(pad).pixels, only(seven()).pixels) > 0.95
    with pytest.raises(InputError, match="blank"):
        prepare_drawing(np.zeros((200, 200), np.uint8))


@pytest.mark.parametrize("light", [False, True])
def test_a_tiny_picture_that_ends_where_its_digit_does_keeps_its_greys(light: bool) -> None:
    ring = np.zeros((8, 8), np.uint8)
    ring[:, 1:7] = 200
    ring[2:6, 3:5] = 40
    sheet = find(ring if light else 255 - ring)
    found = [piece for line in sheet.lines for piece in line.pieces]
    assert len(found) == 1
    x, y, w, h = sheet.box_of(found[0])
    assert (x, y, x + w, y + h) == (1, 0, 7, 8)
    inside, stroke = found[0].pixels[14, 14], found[0].pixels[14].max()
    assert stroke > 200
    assert inside < 0.6 * stroke


def coloured(background: Pixels) -> Pixels:
    """A seven on a sheet [300, 400, 3] of these colours."""
    return np.rint(background * (seven()[..., None] / 240)).astype(np.uint8)


def test_a_sheet_may_lie_on_a_table() -> None:
    sheet, table = np.array([240, 236, 220]), np.array([150, 90, 40])
    around = np.full((300, 400, 3), sheet, np.uint8)
    around[:, :70] = table
    assert len(pieces(coloured(around))) == 1


def test_too_much_to_be_read_is_said() -> None:
    dots = np.full((2048, 2048), 255, np.uint8)
    y, x = np.mgrid[0:2048, 0:2048] % 8
    dots[(y < 4) & (x < 4)] = 0
    found = find(dots)
    assert found.lines == ()
    told = re.fullmatch(r"([\d,]+) shapes are too many to be read; give a part of the picture", found.note)
    assert told is not None
    assert 64_000 < int(told[1].replace(",", "")) <= 256 * 256


def test_a_page_of_a_thousand_digits_is_read_whole() -> None:
    sheet = page(1800, 1300)
    for row in range(40):
        for column in range(25):
            write(sheet, str((row + column) % 10), (30 + 50 * column, 45 + 44 * row), size=1.0, pen=2)
    found = find(sheet)
    assert [len(line.pieces) for line in found.lines] == [25] * 40
    assert found.note == ""


def test_a_five_in_two_strokes_that_reach_into_one_another_is_one_digit() -> None:
    sheet = page()
    cv2.polylines(sheet, [np.array([[240, 60], [180, 60], [165, 118]])], False, 30, 9, cv2.LINE_AA)
    cv2.ellipse(sheet, (192, 150), (38, 46), 0, -100, 150, 30, 9, cv2.LINE_AA)
    assert cv2.connectedComponents((sheet < 130).astype(np.uint8))[0] == 3
    assert len(pieces(sheet)) == 1


def test_a_minus_between_the_upright_lines_of_the_paper_stays() -> None:
    sheet = page()
    for at in range(35, 400, 110):
        cv2.line(sheet, (at, 0), (at, 300), 190, 3, cv2.LINE_AA)
    cv2.line(sheet, (60, 150), (125, 150), 30, 7, cv2.LINE_AA)
    write(sheet, "7", (160, 190))
    assert [piece.width > 2 * piece.height for piece in pieces(sheet)] == [True, False]
