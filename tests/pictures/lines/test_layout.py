"""Shapes are put into lines as people read them; what is in no line is told, and why."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures.lines.grouping import Shape, Shapes
from fivebyfive.pictures.lines.layout import Layout, lines
from fivebyfive.pictures.lines.parting import parted

TALL, WIDE, STEP = 40, 24, 34


@dataclass(frozen=True)
class Cell:
    left: int
    top: int
    right: int
    bottom: int
    row: int
    column: int


def shape(left: float, top: float, wide: float = WIDE, high: float = TALL) -> Shape:
    x, y, w, h = round(left), round(top), round(wide), round(high)
    return Shape(x, y, x + w, y + h, max(1, w * h // 2), TALL)


def row(text: str, left: float = 20, top: float = 20, climb: float = 0.0) -> list[Shape]:
    """A shape for each letter of `text` but spaces, each at its step."""
    return [shape(left + STEP * i, top - climb * STEP * i) for i, letter in enumerate(text) if letter != " "]


def read(shapes: list[Shape], layout: Layout) -> list[str]:
    """Of each row, its shapes by number; " " for a space, "|" between columns."""
    result: dict[int, list[str]] = {}
    for line in layout.lines:
        words = [" " * (i in line.spaces) + str(member) for i, member in enumerate(line.members)]
        result.setdefault(line.row, []).append(",".join(words).replace(", ", " "))
    assert sorted(layout.left_out) + sorted(m for line in layout.lines for m in line.members)
    assert len(shapes) == len(layout.left_out) + sum(len(line.members) for line in layout.lines)
    return ["|".join(words) for words in result.values()]


@pytest.mark.parametrize("distance", [1.15, 1.5, 3.0])
@pytest.mark.parametrize("climb", [-0.2, 0.0, 0.1])
def test_rows_may_be_close_and_climb_or_fall(distance: float, climb: float) -> None:
    shapes = [s for i in range(4) for s in row("12345", 20, 200 + distance * TALL * i, climb)]
    assert read(shapes, lines(shapes)) == [",".join(str(5 * i + j) for j in range(5)) for i in range(4)]


def test_a_wide_gap_is_a_space_and_the_usual_one_is_none() -> None:
    assert read(row("12 345"), lines(row("12 345"))) == ["0,1 2,3,4"]
    assert read(row("1 2 3 4"), lines(row("1 2 3 4"))) == ["0,1,2,3"]


def test_a_narrow_one_in_a_wide_place_follows_no_space() -> None:
    shown = row("8888")
    one = Shape(shown[2].right - 5, 20, shown[2].right, 60, 200, TALL)
    shapes = [*shown[:2], one, shown[3]]
    assert read(shapes, lines(shapes)) == ["0,1,2,3"]


def test_columns_with_rows_at_one_height_are_read_row_by_row() -> None:
    shapes = [s for top in (20, 90, 160) for left in (20, 250) for s in row("12", left, top)]
    layout = lines(shapes)
    assert read(shapes, layout) == ["0,1|2,3", "4,5|6,7", "8,9|10,11"]
    assert [line.column for line in layout.lines] == [0, 1] * 3


def test_columns_with_rows_at_other_heights_are_read_one_after_the_other() -> None:
    left = [s for top in (20, 90, 160) for s in row("12", 20, top)]
    right = [s for top in (55, 125, 195) for s in row("12", 250, top)]
    layout = lines([*left, *right])
    assert [line.members[0] for line in layout.lines] == [0, 2, 4, 6, 8, 10]
    assert [line.column for line in layout.lines] == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("small", [0.17, 0.3, 0.5])
def test_a_small_digit_belongs_to_the_row_on_whose_base_line_it_stands(small: float) -> None:
    shapes = row("1 345")
    shapes.insert(1, shape(20 + STEP, 20 + TALL * (1 - small), WIDE * small, TALL * small))
    assert read(shapes, lines(shapes)) == ["0,1,2,3,4"]


def test_several_small_digits_at_an_end_belong_to_it() -> None:
    shapes = [shape(20 + 25 * i, 50, 8, 10) for i in range(3)] + row("12", 110)
    assert read(shapes, lines(shapes)) == ["0,1,2,3,4"]


def test_a_comma_belongs_to_the_row_that_it_hangs_from() -> None:
    shapes = [*row("1 2", 20, 20), *row("123", 20, 70), shape(60, 54, 5, 14)]
    assert read(shapes, lines(shapes)) == ["0,5,1", "2,3,4"]


def test_what_reaches_over_several_rows_is_left_out() -> None:
    shapes = [*row("123", 20, 20), *row("123", 20, 80), shape(125, 10, 30, 120)]
    assert lines(shapes).left_out == {6: "far larger than the writing beside it"}


def test_dirt_and_hairs_are_left_out() -> None:
    shapes = [*row("1234"), shape(60, 22, 4, 4), shape(40, 300, 8, 8), shape(200, 100, 1, 60)]
    why = lines(shapes).left_out
    assert why[4] == "a speck"
    assert why[5].startswith("far smaller")
    assert why[6] == "a thin line"


def test_underlines_are_left_out_and_dashes_are_not() -> None:
    dash, under = shape(200, 32, 18, 9), shape(20, 70, 90, 4)
    why = lines([*row("1234"), dash, under]).left_out
    assert why == {5: "a thin line"}


def test_a_colon_is_no_hair_though_as_little_of_its_length_is_inked() -> None:
    colon = replace(shape(200, 30, 5, 36), area=50, is_colon=True)
    assert 4 not in lines([*row("1234"), colon]).left_out
    assert 4 in lines([*row("1234"), replace(colon, is_colon=False)]).left_out


def test_each_cell_is_a_line_of_its_own() -> None:
    cells = [Cell(200 * c, 60 * r, 200 * c + 200, 60 * r + 60, r, c) for r in range(2) for c in range(2)]
    shapes = [s for r in range(2) for c in range(2) for s in row("123", 200 * c + 90, 60 * r + 10)]
    layout = lines(shapes, cells)
    assert [(line.row, line.column, line.cell) for line in layout.lines] == [
        (r, c, (r, c)) for r in range(2) for c in range(2)
    ]
    assert read(shapes, layout) == ["0,1,2|3,4,5", "6,7,8|9,10,11"]


def test_boxes_for_a_digit_each_are_one_line() -> None:
    cells = [Cell(60 * c, 0, 60 * c + 60, 60, 0, c) for c in range(5)]
    shapes = [shape(60 * c + 18, 10) for c in (0, 1, 2, 4)]
    (line,) = lines(shapes, cells).lines
    assert (line.members, line.spaces, line.cell) == ((0, 1, 2, 3), (3,), None)


def test_squares_that_the_writing_stands_across_are_no_cells() -> None:
    squares = [Cell(60 * c, 45 * r, 60 * c + 60, 45 * r + 45, r, c) for r in range(2) for c in range(3)]
    written = row("1234", left=10, top=12)
    (line,) = lines(written, squares).lines
    assert (line.members, line.cell) == ((0, 1, 2, 3), None)
    inside = [shape(60 * c + 18, 45 * r + 2) for r in range(2) for c in range(3)]
    assert [line.cell for line in lines(inside, squares).lines] == [(r, c) for r in range(2) for c in range(3)]


def test_a_table_of_cells_for_a_digit_each_is_no_form() -> None:
    cells = [Cell(60 * c, 60 * r, 60 * c + 60, 60 * r + 60, r, c) for r in range(2) for c in range(3)]
    shapes = [shape(60 * c + 18, 60 * r + 10) for r in range(2) for c in range(3)]
    assert [line.cell for line in lines(shapes, cells).lines] == [(r, c) for r in range(2) for c in range(3)]


def test_no_shapes_make_no_lines() -> None:
    assert lines([]) == Layout((), {})


places = st.lists(
    st.tuples(st.integers(0, 600), st.integers(0, 400), st.integers(2, 60), st.integers(2, 90)), min_size=1, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(places)
def test_every_shape_is_in_exactly_one_line_or_left_out(boxes: list[tuple[int, ...]]) -> None:
    layout = lines([shape(*box) for box in boxes])
    found = [member for line in layout.lines for member in line.members]
    assert sorted([*found, *layout.left_out]) == list(range(len(boxes)))
    assert all(line.members and 0 not in line.spaces for line in layout.lines)


@settings(max_examples=40, deadline=None)
@given(places, st.integers(0, 500), st.integers(0, 500))
def test_where_the_writing_stands_does_not_matter(boxes: list[tuple[int, ...]], right: int, down: int) -> None:
    moved = [(x + right, y + down, w, h) for x, y, w, h in boxes]
    assert lines([shape(*box) for box in moved]) == lines([shape(*box) for box in boxes])


def test_digits_of_two_rows_that_touch_are_parted_between_them() -> None:
    labels = np.zeros((140, 200), np.int32)
    shapes = [*row("123", 20, 20), *row("123", 20, 70)]
    for number, s in enumerate(shapes, 1):
        labels[s.top : s.bottom, s.left : s.right] = number
    labels[60:70, 60:64] = 2
    labels[labels == 5] = 2
    shapes = [replace(s, area=int((labels == number).sum())) for number, s in enumerate(shapes, 1)]
    both = replace(shapes[1], bottom=110)
    found = Shapes((shapes[0], both, *shapes[2:4], shapes[5]), np.select([labels == 6], [5], labels).astype(np.int32))
    new = parted(found)
    assert len(new.shapes) == 6
    assert sorted((s.top < 60, s.bottom > 70) for s in new.shapes) == [(False, True)] * 3 + [(True, False)] * 3
    assert [int((new.labels == i).sum()) for i in range(1, 7)] == [s.area for s in new.shapes]
