"""Strokes of one character become one shape, those of two stay two, however many there are; too many are said so."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures.lines import grouping, nearness
from fivebyfive.pictures.lines.grouping import Shapes, TooMuch, shapes

Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]


def sheet(*boxes: Box, size: tuple[int, int] = (300, 400)) -> Mask:
    """Paper with inked boxes (left, top, right, bottom)."""
    mask = np.zeros(size, bool)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = True
    return mask


def boxes(mask: Mask) -> list[Box]:
    return [shape.box for shape in shapes(mask).shapes]


def dots(pitch: int, side: int, size: int = 2048) -> Mask:
    y, x = np.mgrid[0:size, 0:size] % pitch
    return np.asarray((y >= pitch - side) & (x >= pitch - side))


BODY = (100, 100, 150, 200)
"""A digit of 50 × 100 pixels, beside which others are seen."""


def test_halves_above_one_another_are_one_digit() -> None:
    assert boxes(sheet((100, 100, 150, 147), (102, 153, 148, 200))) == [BODY]


def test_a_digit_in_three_pieces_is_one() -> None:
    assert boxes(sheet((126, 100, 148, 139), (114, 143, 136, 182), (102, 186, 124, 214))) == [(102, 100, 148, 214)]


def test_a_point_at_the_foot_of_a_leaning_stroke_stays_apart() -> None:
    mask = np.zeros((300, 400), np.uint8)
    cv2.line(mask, (100, 200), (150, 100), 1, 8)
    mask[192:204, 112:124] = 0
    mask[194:204, 136:146] = 1
    assert len(boxes(mask > 0)) == 2


def test_two_rows_are_not_one_digit() -> None:
    assert len(boxes(sheet(BODY, (100, 225, 150, 325), size=(400, 400)))) == 2


def test_the_bar_of_a_five_belongs_to_it() -> None:
    assert boxes(sheet((100, 120, 150, 200), (125, 100, 170, 112))) == [(100, 100, 170, 200)]


def test_digits_close_beside_one_another_stay_two() -> None:
    assert boxes(sheet(BODY, (156, 100, 206, 200))) == [BODY, (156, 100, 206, 200)]


def test_small_digits_beside_large_ones_are_not_joined_as_pieces_of_these_would_be() -> None:
    large = [(x, 20, x + 100, 220) for x in (20, 160, 300, 440)]
    small = [(x, 800, x + 24, 840) for x in range(20, 420, 40)]
    assert len(boxes(sheet(*large, *small, size=(900, 900)))) == len(large) + len(small)


SEGMENTS: dict[str, Box] = {
    "a": (6, 0, 44, 6), "b": (44, 6, 50, 47), "c": (44, 53, 50, 94), "d": (6, 94, 44, 100),
    "e": (0, 53, 6, 94), "f": (0, 6, 6, 47), "g": (6, 47, 44, 53),
}  # fmt: skip
SHOWN = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abfgcd"]


@pytest.mark.parametrize(("gap", "slant"), [(2, 0.0), (4, 0.0), (4, 0.15)])
def test_the_segments_of_a_display_are_one_digit(gap: int, slant: float) -> None:
    mask = np.zeros((220, 1400), np.uint8)
    for digit, names in enumerate(SHOWN):
        for left, top, right, bottom in (SEGMENTS[name] for name in names):
            x, y = (gap // 2, 0) if right - left > bottom - top else (0, gap // 2)
            corners = [(left + x, top + y), (right - x, top + y), (right - x, bottom - y), (left + x, bottom - y)]
            place = [(40 + 130 * digit + 1.6 * (u + slant * (100 - v)), 30 + 1.6 * v) for u, v in corners]
            cv2.fillPoly(mask, [np.rint(place).astype(np.int32)], 1)
    assert len(boxes(mask > 0)) == 10


def test_a_speck_that_touches_is_the_digits_and_a_point_stays_apart() -> None:
    assert boxes(sheet(BODY, (152, 120, 160, 128))) == [(100, 100, 160, 200)]
    assert boxes(sheet(BODY, (160, 190, 170, 200))) == [BODY, (160, 190, 170, 200)]


def test_a_point_close_to_the_foot_of_a_digit_is_a_point() -> None:
    assert boxes(sheet(BODY, (155, 188, 167, 200))) == [BODY, (155, 188, 167, 200)]


def test_a_dash_stays_apart() -> None:
    assert boxes(sheet(BODY, (40, 146, 85, 154))) == [(40, 146, 85, 154), BODY]


def test_the_dots_of_a_colon_are_one_shape_and_dots_far_apart_are_two() -> None:
    found = shapes(sheet(BODY, (190, 100, 240, 200), (165, 120, 177, 132), (165, 170, 177, 182))).shapes
    assert [shape.box for shape in found if shape.is_colon] == [(165, 120, 177, 182)]
    assert len(boxes(sheet(BODY, (165, 100, 177, 112), (165, 192, 177, 204)))) == 3


def test_grain_is_no_shape() -> None:
    assert boxes(sheet(BODY, (250, 50, 254, 54))) == [BODY]


def test_what_lies_along_the_edge_beside_a_whole_digit_is_left_out_and_told() -> None:
    found = shapes(sheet(BODY, (0, 0, 20, 300)))
    assert [shape.box for shape in found.shapes] == [BODY]
    assert found.cut_off == ((0, 0, 20, 300),)


def test_a_digit_that_fills_its_picture_is_found() -> None:
    assert boxes(sheet((0, 0, 50, 80), size=(80, 50))) == [(0, 0, 50, 80)]


strokes = st.lists(
    st.tuples(st.integers(8, 190), st.integers(8, 190), st.integers(-40, 40), st.integers(-40, 40), st.integers(2, 6)),
    min_size=1,
    max_size=20,
)


def drawn(lines: list[tuple[int, ...]]) -> Mask:
    mask = np.zeros((200, 200), np.uint8)
    for x, y, right, down, pen in lines:
        end = int(np.clip(x + right, 8, 190)), int(np.clip(y + down, 8, 190))
        cv2.line(mask, (x, y), end, 1, pen)
    return mask > 0


def numbered(found: Shapes) -> list[tuple[Box, int]]:
    """What the labels say of each shape: its box and its area."""
    result = []
    for number in range(1, len(found.shapes) + 1):
        y, x = np.nonzero(found.labels == number)
        result.append(((int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1), len(x)))
    return result


@settings(max_examples=40, deadline=None)
@given(strokes)
def test_the_labels_are_the_shapes_and_no_stroke_is_lost(lines: list[tuple[int, ...]]) -> None:
    mask = drawn(lines)
    found = shapes(mask)
    assert numbered(found) == [(shape.box, shape.area) for shape in found.shapes]
    assert list(found.shapes) == sorted(found.shapes, key=lambda s: (s.left, s.top))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    largest = int(stats[1:, 2:4].max())
    for number in range(1, len(stats)):
        of = np.unique(found.labels[labels == number])
        assert len(of) == 1  # no stroke is cut
        assert of[0] > 0 or stats[number, 2:4].max() < grouping.GRAIN * largest


@settings(max_examples=25, deadline=None)
@given(strokes, st.integers(0, 60), st.integers(0, 60))
def test_where_the_writing_stands_does_not_matter(lines: list[tuple[int, ...]], right: int, down: int) -> None:
    mask = drawn(lines)
    moved = np.pad(mask, ((down, 0), (right, 0)))
    assert [(s.left - right, s.top - down, s.area) for s in shapes(moved).shapes] == [
        (s.left, s.top, s.area) for s in shapes(mask).shapes
    ]


@settings(max_examples=40, deadline=None)
@given(strokes)
def test_neighbours_are_as_near_as_their_nearest_pixels(lines: list[tuple[int, ...]]) -> None:
    count, labels = cv2.connectedComponents(drawn(lines).astype(np.uint8))
    near = nearness.pairs(np.asarray(labels, np.int32), 30.0)
    found = {(int(a), int(b)): float(d) for a, b, d in zip(near.first, near.second, near.distance, strict=True)}
    places = [np.argwhere(labels == number).astype(float) for number in range(count)]
    for a in range(1, count):
        apart = {b: float(np.sqrt(((places[a][:, None] - places[b]) ** 2).sum(axis=2).min())) for b in range(1, count)}
        for b, distance in apart.items():
            if (a, b) in found:  # behind the end of a third they may be nearer than where they see one another
                assert distance - 1e-9 <= found[a, b]
        nearest = min((b for b in apart if b != a), key=apart.__getitem__, default=0)
        if nearest and apart[nearest] < 25:
            assert found[min(a, nearest), max(a, nearest)] <= 1.15 * apart[nearest] + 1


@pytest.mark.parametrize(
    ("mask", "says"),
    [
        (dots(8, 4), "65,.* shapes are too many"),
        (dots(31, 16), "4,.* shapes are too many"),
    ],
    ids=["65,536 dots", "4,356 dots"],
)
def test_too_many_shapes_are_said_and_none_of_them_is_compared(
    mask: Mask, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    monkeypatch.setattr(nearness, "pairs", lambda *_: compared.append(1))
    with pytest.raises(TooMuch, match=says):
        shapes(mask)
    assert compared == []


def test_a_page_may_hold_as_many_shapes_as_are_promised() -> None:
    assert len(boxes(np.pad(dots(36, 14, 36 * 54), 9))) == 54 * 54


def test_shapes_within_shapes_within_shapes_are_said_to_be_too_many() -> None:
    mask = np.zeros((1000, 1000), np.uint8)
    for radius in range(20, 490, 6):
        cv2.circle(mask, (500, 500), radius, 1, 2)
    with pytest.raises(TooMuch, match="over one another"):
        shapes(mask > 0)


def test_entangled_strokes_end_the_comparing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "ROUNDS", 2)
    mask = np.zeros((600, 600), np.uint8)
    for left in range(10, 400, 12):
        cv2.line(mask, (left, 20), (left + 180, 580), 1, 2)
    with pytest.raises(TooMuch, match="entangled"):
        shapes(mask > 0)
