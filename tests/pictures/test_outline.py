"""A sheet on a desk is found by its straight sides, and laid flat; a close-up of paper has no outline to be found."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures.outline import Page, page, straightened

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
OAK, BLACK, PAPER = (160, 115, 70), (25, 25, 28), (240, 238, 230)


def written(width: int, height: int, text: str = "3487", paper: tuple[int, int, int] = PAPER) -> Pixels:
    """A sheet of paper with `text` in its middle."""
    sheet = np.full((height, width, 3), paper, np.uint8)
    ink = tuple(255 - c for c in paper)
    cv2.putText(sheet, text, (width // 5, height // 2 + 20), cv2.FONT_HERSHEY_SIMPLEX, width / 180, ink, 5)
    return sheet


def photo(sheet: Pixels, corners: Floats, desk: tuple[int, int, int], size: tuple[int, int] = (600, 800)) -> Pixels:
    """`sheet` on a desk with some grain, its corners at `corners` [4, 2]; `size` is height and width."""
    height, width = sheet.shape[:2]
    own = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(own, corners.astype(np.float32))
    laid = cv2.warpPerspective(sheet, matrix, size[::-1])
    on = cv2.warpPerspective(np.ones((height, width), np.uint8), matrix, size[::-1])[..., None]
    grain = np.random.default_rng(0).normal(0, 3, (*size, 1))
    return np.asarray((np.where(on > 0, laid, desk) + grain).clip(0, 255), np.uint8)


def shaded(picture: Pixels, rest: float, slope: float) -> Pixels:
    """`picture` with the sharp edge of a shadow across it, which leaves `rest` of the light."""
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
    lit = np.where(x + slope * y > picture.shape[1] * 0.5, 1.0, rest)
    soft = cv2.GaussianBlur(lit, (0, 0), 3)
    return np.asarray(picture * soft[..., None], np.uint8)


def far(found: Page, corners: Floats) -> float:
    """How far the farthest of `corners` is from a corner of `found`, in pixels."""
    return float(max(np.hypot(*(found.corners - corner).T).min() for corner in corners))


CORNERS = np.array([[110.0, 70.0], [690.0, 100.0], [650.0, 540.0], [150.0, 500.0]])


@pytest.mark.parametrize("desk", [OAK, BLACK])
@settings(max_examples=15, deadline=None)
@given(moved=st.lists(st.floats(-40, 40), min_size=8, max_size=8))
def test_a_sheet_is_found_by_its_corners(desk: tuple[int, int, int], moved: list[float]) -> None:
    corners = CORNERS + np.reshape(moved, (4, 2))
    found = page(photo(written(500, 400), corners, desk))
    assert found is not None
    assert found.whole
    assert far(found, corners) < 12


def test_a_dark_card_on_a_light_desk_is_found() -> None:
    found = page(photo(written(500, 400, paper=(20, 30, 25)), CORNERS, (220, 220, 215)))
    assert found is not None
    assert found.whole
    assert far(found, CORNERS) < 12


def test_a_sheet_seen_from_the_side_is_laid_flat() -> None:
    sheet = written(500, 400)
    picture = photo(sheet, CORNERS, OAK)
    found = page(picture)
    assert found is not None
    flat, _ = straightened(picture, found)
    same = cv2.resize(sheet, flat.shape[1::-1])
    assert np.abs(flat.astype(int) - same).mean() < 12
    assert (flat.min(axis=2)[:, [0, -1]] > 150).all(), "no desk is left"


def test_a_box_on_the_flat_sheet_leads_back_to_the_picture() -> None:
    sheet = written(500, 400, text="")
    cv2.rectangle(sheet, (300, 200), (340, 260), (200, 0, 0), -1)
    picture = photo(sheet, CORNERS, OAK)
    found = page(picture)
    assert found is not None
    flat, turn = straightened(picture, found)
    left, top, width, height = turn.back(_red(flat))
    there = _red(picture)
    assert left == pytest.approx(there[0], abs=8)
    assert top == pytest.approx(there[1], abs=8)
    assert left + width == pytest.approx(there[0] + there[2], abs=8)
    assert top + height == pytest.approx(there[1] + there[3], abs=8)


def _red(picture: Pixels) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(picture[..., 0].astype(int) - picture[..., 1] > 100)
    return int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


def test_of_a_sheet_that_goes_on_beyond_the_picture_the_desk_is_taken_away() -> None:
    corners = np.array([[-100.0, -60.0], [640.0, -60.0], [670.0, 660.0], [-100.0, 660.0]])
    picture = photo(written(700, 700), corners, OAK)
    found = page(picture)
    assert found is not None
    assert not found.whole
    rest, turn = straightened(picture, found)
    assert rest.shape[1] < 670
    assert (rest[:, -20:].min(axis=2) > 200).all(), "beyond the sheet's side its paper goes on"
    assert turn.back((10, 20, 30, 40)) == (10, 20, 30, 40)


def test_a_sheet_half_in_a_shadow_is_found_whole_on_a_desk_that_is_darker_yet() -> None:
    kraft = (200, 160, 110)
    found = page(shaded(photo(written(500, 400, paper=kraft), CORNERS, BLACK), 0.45, 0.4))
    assert found is not None
    assert far(found, CORNERS) < 12


def test_round_corners_do_not_turn_the_sides_away_from_the_sheet() -> None:
    sheet, desk = written(500, 400, paper=(226, 216, 140)), np.zeros((600, 800, 3), np.uint8)
    desk[:] = (150, 90, 60)
    desk[::7] = desk[1::7] = (190, 130, 100)  # stripes as light as the paper in its shadow
    cut = np.zeros((400, 500), np.uint8)
    cv2.rectangle(cut, (30, 0), (470, 400), 1, -1)
    cv2.rectangle(cut, (0, 30), (500, 370), 1, -1)
    for x, y in ((30, 30), (470, 30), (30, 370), (470, 370)):
        cv2.circle(cut, (x, y), 30, 1, -1)
    own = np.array([[0, 0], [500, 0], [500, 400], [0, 400]], np.float32)
    matrix = cv2.getPerspectiveTransform(own, CORNERS.astype(np.float32))
    on = cv2.warpPerspective(cut, matrix, (800, 600))[..., None] > 0
    found = page(np.where(on, cv2.warpPerspective(sheet, matrix, (800, 600)), desk))
    assert found is not None
    assert found.whole
    assert far(found, CORNERS) < 12


@pytest.mark.parametrize("rest", [0.5, 0.65, 0.8])
@pytest.mark.parametrize("slope", [0.0, 0.4])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_shadow_has_a_straight_side_and_is_no_desk(rest: float, slope: float, inverted: bool) -> None:
    picture = shaded(written(800, 600), rest, slope)
    assert page(255 - picture if inverted else picture) is None


def test_a_close_up_of_paper_has_no_outline() -> None:
    assert page(written(500, 400)) is None
    assert page(written(500, 400)[..., :1]) is None
    assert page(np.full((9, 7, 1), 200, np.uint8)) is None


def test_a_frame_or_a_ring_is_no_sheet() -> None:
    framed = written(500, 400)
    cv2.rectangle(framed, (40, 40), (460, 360), (20, 20, 20), 8)
    assert page(framed) is None
    ring = np.zeros((280, 200, 1), np.uint8)
    cv2.rectangle(ring, (30, 30), (170, 250), 255, 40)
    assert page(ring) is None
    assert page(255 - ring) is None


def test_a_sheet_with_nothing_on_it_is_none() -> None:
    assert page(photo(written(500, 400, text=""), CORNERS, BLACK)) is None
