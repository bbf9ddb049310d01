"""Strokes become digits as by comparing all with all, at a cost that is bounded; too many of them are said so."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures import grouping
from fivebyfive.pictures.grouping import Outlines, Shape, TooMuch

Mask = npt.NDArray[np.bool_]
TALL = 40.0


def dots(pitch: int, side: int, size: int = 2048) -> Mask:
    y, x = np.mgrid[0:size, 0:size] % pitch
    return np.asarray((y >= pitch - side) & (x >= pitch - side))


def strokes_of(mask: Mask) -> tuple[list[Shape], Outlines]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return [grouping._shape(i, stats[i]) for i in range(1, len(stats))], Outlines(np.asarray(labels, np.int32))


def belong(a: Shape, b: Shape, points: dict[int, npt.NDArray[np.float32]], tall: float) -> bool:
    """The rule for two, said plainly."""
    apart_x = max(a.left, b.left) - min(a.right, b.right)
    apart_y = max(a.top, b.top) - min(a.bottom, b.bottom)
    both = a.joined(b)
    if apart_x > 0.2 * tall or apart_y > 0.2 * tall:
        return False
    if both.height > grouping.TALLEST * tall or both.width > 1.3 * max(both.height, tall):
        return False
    over, beside = -apart_x / max(1, min(a.width, b.width)), -apart_y / max(1, min(a.height, b.height))
    ours, theirs = (np.vstack([points[p] for p in shape.parts]) for shape in (a, b))
    distance = float(np.sqrt(((ours[:, None] - theirs[None]) ** 2).sum(axis=2).min()))
    if both.height > 1.45 * tall:
        return over > 0.3 and beside < 0.2 and distance < grouping.LIFTED * tall
    if over > 0.5 and beside < 0.5:
        return distance < 0.2 * tall
    if min(a.height, b.height) < 0.7 * tall and both.height < 1.25 * tall:
        return distance < 0.1 * tall
    return over > 0.6 and distance < 0.15 * tall


def by_all_pairs(strokes: list[Shape], outlines: Outlines, tall: float) -> list[Shape]:
    """The first two that belong together are joined, until there are no such two."""
    shapes = sorted(strokes, key=lambda s: s.left)
    points = {s.parts[0]: outlines.of(s) for s in shapes}
    while True:
        pairs = ((i, j) for i in range(len(shapes)) for j in range(i + 1, len(shapes)))
        found = next((p for p in pairs if belong(shapes[p[0]], shapes[p[1]], points, tall)), None)
        if found is None:
            return shapes
        shapes[found[0]] = shapes[found[0]].joined(shapes.pop(found[1]))


ends = st.tuples(
    st.integers(2, 197), st.integers(2, 197), st.integers(-30, 30), st.integers(-40, 40), st.integers(1, 5)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ends, min_size=2, max_size=25))
def test_strokes_are_joined_as_by_comparing_all_pairs_again_after_each(lines: list[tuple[int, ...]]) -> None:
    sheet = np.zeros((200, 200), np.uint8)
    for x, y, right, down, pen in lines:
        cv2.line(sheet, (x, y), (x + right, y + down), 1, pen)
    strokes, outlines = strokes_of(sheet > 0)
    plain = by_all_pairs(strokes, strokes_of(sheet > 0)[1], TALL)
    assert grouping._put_together(strokes, outlines, TALL) == plain


def test_strokes_far_apart_are_never_compared() -> None:
    strokes, outlines = strokes_of(dots(60, 20, 1200))
    assert len(strokes) == 400
    assert len(grouping._put_together(strokes, outlines, 20.0)) == 400
    assert outlines.spent == 0


def test_a_stroke_that_grows_is_compared_with_its_neighbours_alone() -> None:
    mask = np.zeros((1200, 1200), bool)
    for left in range(20, 1180, 60):
        for top in range(20, 1140, 80):
            mask[top : top + 18, left : left + 6] = mask[top + 21 : top + 40, left : left + 6] = True
    strokes, outlines = strokes_of(mask)
    joined = grouping._put_together(strokes, outlines, TALL)
    assert len(joined) == len(strokes) / 2
    assert outlines.spent < 3 * len(joined) * grouping.CALL


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
    monkeypatch.setattr(Outlines, "near", lambda *_: compared.append(1))
    monkeypatch.setattr(Outlines, "of", lambda *_: compared.append(1))
    with pytest.raises(TooMuch, match=says):
        grouping.rows(mask)
    assert compared == []


def test_a_page_may_hold_as_many_shapes_as_are_promised() -> None:
    mask = np.pad(dots(36, 14, 36 * 54), 9)
    lines, _ = grouping.rows(mask)
    assert [len(line) for line in lines] == [54] * 54


def test_shapes_within_shapes_within_shapes_are_said_to_be_too_many() -> None:
    sheet = np.zeros((1000, 1000), np.uint8)
    for radius in range(20, 490, 6):
        cv2.circle(sheet, (500, 500), radius, 1, 2)
    with pytest.raises(TooMuch, match="over one another"):
        grouping.rows(sheet > 0)


def test_entangled_strokes_end_the_comparing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "POINTS", 20 * grouping.CALL)
    sheet = np.zeros((600, 600), np.uint8)
    for left in range(10, 400, 12):
        cv2.line(sheet, (left, 20), (left + 180, 580), 1, 2)
    with pytest.raises(TooMuch, match="entangled"):
        grouping.rows(sheet > 0)


def test_points_near_a_box_are_those_that_can_be_near_what_is_in_it() -> None:
    strokes, outlines = strokes_of(dots(30, 10, 90))
    a, b = strokes[0], strokes[1]
    gap = b.left - a.right + 1
    assert not outlines.near(a, b, float(gap))
    assert outlines.near(a, b, gap + 0.5)
