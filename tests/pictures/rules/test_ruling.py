"""Rules are found anywhere and taken out, digits' own strokes are not, and what rules shut in are cells."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.datasets import Dataset
from fivebyfive.pictures.rules import ruling
from fivebyfive.pictures.rules.cells import cell_of

Floats = ruling.Floats
INK, RULE = 0.8, 0.35


def ruled(pitch: int, squared: bool) -> Floats:
    amount = np.zeros((600, 800), np.float32)
    amount[np.arange(600) % pitch < 2] = 0.3
    if squared:
        amount[:, np.arange(800) % pitch < 2] = 0.3
    return amount


def blank(height: int = 400, width: int = 600) -> Floats:
    return np.zeros((height, width), np.float32)


def rule(amount: Floats, start: tuple[int, int], end: tuple[int, int], ink: float = RULE, thick: int = 3) -> None:
    cv2.line(amount, start, end, ink, thick)


def frame(amount: Floats, left: int, top: int, right: int, bottom: int, ink: float = RULE) -> None:
    cv2.rectangle(amount, (left, top), (right, bottom), ink, 3)


def write(amount: Floats, text: str, left: int, bottom: int, size: float = 1.6, pen: int = 5) -> ruling.Mask:
    """Put `text` over what is there; what it alone inks is given back, bool [h, w]."""
    alone = np.zeros(amount.shape, np.uint8)
    cv2.putText(alone, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, size, 255, pen)
    np.maximum(amount, alone / np.float32(255) * np.float32(INK), out=amount)
    return alone > 127


def table(rows: int, columns: int, texts: bool = True) -> tuple[Floats, ruling.Mask]:
    """A table of cells 110 × 70 from (40, 30) on; and what is written in it."""
    amount = blank(70 * rows + 60, 110 * columns + 80)
    for i in range(rows + 1):
        rule(amount, (40, 30 + 70 * i), (40 + 110 * columns, 30 + 70 * i))
    for j in range(columns + 1):
        rule(amount, (40 + 110 * j, 30), (40 + 110 * j, 30 + 70 * rows))
    written = np.zeros(amount.shape, np.bool_)
    for i in range(rows if texts else 0):
        for j in range(columns):
            written |= write(amount, str((17 * i + 31 * j + 14) % 100), 55 + 110 * j, 84 + 70 * i)
    return amount, written


@pytest.mark.parametrize("squared", [False, True])
def test_rules_of_the_paper_are_removable_and_what_is_written_over_them_is_not(squared: bool) -> None:
    amount = ruled(50, squared)
    cv2.line(amount, (125, 125), (325, 325), 0.9, 12)
    found = ruling.find(amount, 0.05)
    lines = ruled(50, squared) > 0
    written = amount > 0.8
    assert found.removable[lines & ~written].mean() > 0.9
    assert found.removable[written].mean() < 0.05
    assert found.cells == ()


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 4), (5, 1), (4, 3)])
def test_a_table_that_does_not_cross_the_picture_goes_and_makes_cells(rows: int, columns: int) -> None:
    amount, written = table(rows, columns)
    found = ruling.find(amount.copy(), 0.05)
    assert found.removable[amount == np.float32(RULE)].mean() > 0.9
    assert found.removable[written].mean() < 0.03
    assert [(c.row, c.column) for c in found.cells] == [(i, j) for i in range(rows) for j in range(columns)]
    for cell in found.cells:
        left, top = 40 + 110 * cell.column, 30 + 70 * cell.row
        assert np.allclose((cell.left, cell.top, cell.right, cell.bottom), (left, top, left + 110, top + 70), atol=6)


@pytest.mark.parametrize("tilt", [-4.0, 3.0])
def test_a_tilted_and_bent_table_is_one_too(tilt: float) -> None:
    amount, _ = table(4, 3)
    height, width = amount.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    amount = np.asarray(cv2.remap(amount, x, y + 5 * np.sin(np.pi * x / width), cv2.INTER_LINEAR), np.float32)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 0.85)
    amount = np.asarray(cv2.warpAffine(amount, turn, (width, height)), np.float32)
    found = ruling.find(amount, 0.05)
    assert [(c.row, c.column) for c in found.cells] == [(i, j) for i in range(4) for j in range(3)]
    middles = [turn @ (95 + 110 * j, 65 + 70 * i, 1) for i in range(4) for j in range(3)]
    assert [cell_of(found.cells, *middle) for middle in middles] == list(found.cells)


def test_a_merged_cell_has_the_first_of_its_columns_and_leaves_the_others_theirs() -> None:
    amount, _ = table(3, 3, texts=False)
    amount[35:98, 145:155] = 0
    for i, text in enumerate(["5 2", "17", "36"]):
        write(amount, text, 60, 84 + 70 * i)
    places = [(c.row, c.column) for c in ruling.find(amount, 0.05).cells]
    assert places == [(0, 0), (0, 2), *((i, j) for i in (1, 2) for j in range(3))]


def test_boxes_with_a_gap_are_a_row_of_cells_and_an_empty_one_is_one_of_them() -> None:
    amount = blank(160, 640)
    for i in range(6):
        frame(amount, 30 + 95 * i, 35, 105 + 95 * i, 120)
        if i != 3:
            write(amount, str(i + 2), 50 + 95 * i, 96)
    found = ruling.find(amount, 0.05)
    assert [(c.row, c.column) for c in found.cells] == [(0, i) for i in range(6)]
    assert found.removable[35, 40:100].all()


@pytest.mark.parametrize("bases", [[140], [140, 150]], ids=["on a rule", "on a double one"])
def test_the_teeth_of_a_comb_go_and_make_cells(bases: list[int]) -> None:
    amount = blank(180, 640)
    for y in bases:
        rule(amount, (30, y), (600, y))
    for i in range(7):
        rule(amount, (30 + 95 * i, 112), (30 + 95 * i, 140))
    for i in range(6):
        write(amount, str(i + 2), 50 + 95 * i, 125, 3.0)
    found = ruling.find(amount.copy(), 0.05)
    assert found.removable[amount == np.float32(RULE)].mean() > 0.9
    assert [c.column for c in found.cells] == list(range(6))


def test_each_field_of_two_combs_has_its_own_cells_though_digits_hide_teeth() -> None:
    amount = blank(500, 700)
    for bottom, count in ((180, 5), (320, 7)):
        rule(amount, (60, bottom), (60 + 80 * count, bottom))
        for i in range(count + 1):
            rule(amount, (60 + 80 * i, bottom - 32), (60 + 80 * i, bottom))
        for i in range(count):
            write(amount, str(i + 2), 78 + 80 * i, bottom - 14, 2.4)
    write(amount, "8", 120, 316, 2.4)
    cells = ruling.find(amount, 0.1).cells
    assert [(c.row, c.column) for c in cells] == [(0, i) for i in range(5)] + [(1, i) for i in range(7)]


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (2, 4), (4, 3)])
def test_a_table_without_a_frame_is_shut_where_its_rules_end(rows: int, columns: int) -> None:
    amount = blank(90 * rows + 80, 150 * columns + 80)
    for i in range(1, rows):
        rule(amount, (40, 40 + 90 * i), (40 + 150 * columns, 40 + 90 * i))
    for j in range(1, columns):
        rule(amount, (40 + 150 * j, 40), (40 + 150 * j, 40 + 90 * rows))
    for i in range(rows):
        for j in range(columns):
            write(amount, str((17 * i + 31 * j + 14) % 100), 65 + 150 * j, 105 + 90 * i)
    cells = ruling.find(amount, 0.1).cells
    assert [(c.row, c.column) for c in cells] == [(i, j) for i in range(rows) for j in range(columns)]


def puzzle(heavy: int) -> Floats:
    """Nine squares by nine of 50 pixels, every third rule `heavy` pixels wide and as dark as the digits."""
    amount = blank(560, 560)
    for n in range(10):
        ink, thick = (INK, heavy) if n % 3 == 0 else (RULE, 3)
        rule(amount, (40, 40 + 50 * n), (490, 40 + 50 * n), ink, thick)
        rule(amount, (40 + 50 * n, 40), (40 + 50 * n, 490), ink, thick)
    return amount


@pytest.mark.parametrize("heavy", [3, 6, 9])
def test_a_puzzles_heavy_rules_go_with_the_light_ones_and_make_its_cells(heavy: int) -> None:
    amount = puzzle(heavy)
    bare = amount > 0.1
    for n in range(0, 81, 4):
        row, column = divmod(n, 9)
        write(amount, str(n % 10), 54 + 50 * column, 80 + 50 * row, 1.0, 3)
    found = ruling.find(amount, 0.06)
    assert found.removable[bare].mean() > 0.9
    assert sorted((c.row, c.column) for c in found.cells) == [(i, j) for i in range(9) for j in range(9)]


def test_what_lies_around_a_table_is_no_cell_of_it() -> None:
    amount, _ = table(3, 3)
    sheet = np.pad(amount, 60)
    frame(sheet, 15, 15, sheet.shape[1] - 15, sheet.shape[0] - 15)
    found = ruling.find(sheet, 0.06)
    assert len(found.cells) == 9
    middle = sheet.shape[1] / 2, sheet.shape[0] / 2
    at = cell_of(found.cells, *middle)
    assert at is not None
    assert at.right - at.left < 120


def test_a_frame_that_the_picture_cuts_goes() -> None:
    amount = blank(300, 600)
    frame(amount, -10, 60, 540, 240)
    write(amount, "5042", 40, 190, 4.0, 9)
    assert ruling.find(amount, 0.1).removable[65:235, 539:542].all()


def test_a_frame_around_a_number_is_one_cell_and_an_underline_none() -> None:
    framed, underlined = blank(), blank()
    frame(framed, 120, 100, 480, 260)
    rule(underlined, (120, 215), (480, 215))
    for amount in (framed, underlined):
        written = write(amount, "2904", 150, 205, 3.0, 8)
        found = ruling.find(amount.copy(), 0.05)
        assert found.removable[amount == np.float32(RULE)].mean() > 0.9
        assert found.removable[written].mean() < 0.02
        assert len(found.cells) == (amount is framed)
        assert 0.1 < found.share < 0.9


@pytest.mark.parametrize("text", ["1", "7", "4", "1117", "11 47", "-7", "1/2"])
@pytest.mark.parametrize("pen", [3, 9])
def test_the_strokes_of_digits_are_no_rules(text: str, pen: int) -> None:
    amount = blank(400, 900)
    write(amount, text, 100, 300, 7.0, pen)
    assert not ruling.find(amount, 0.05).removable.any()


@pytest.mark.parametrize("text", ["1", "7", "4", "11"])
def test_a_digit_that_fills_its_picture_stays(text: str) -> None:
    amount = blank(500, 900)
    rows, columns = np.nonzero(write(amount, text, 100, 400, 12.0, 12))
    close = np.ascontiguousarray(amount[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    assert not ruling.find(close, 0.05).removable.any()


def test_a_fraction_keeps_its_bar() -> None:
    amount = blank()
    write(amount, "12", 230, 180, 3.0, 6)
    rule(amount, (215, 205), (370, 205), INK, 6)
    write(amount, "34", 230, 300, 3.0, 6)
    assert not ruling.find(amount, 0.05).removable.any()


def display(text: str) -> Floats:
    """Thin bars of a display: a, b, c, d, e, f, g from the top clockwise, the middle one last."""
    bars = {"0": "abcdef", "1": "bc", "4": "bcfg", "7": "abc", "8": "abcdefg"}
    amount = blank(260, 110 * len(text) + 60)
    for i, digit in enumerate(text):
        x, y = 40 + 110 * i, 40
        ends = {"a": (4, 0, 66, 0), "b": (70, 4, 70, 81), "c": (70, 89, 70, 166), "d": (4, 170, 66, 170)}
        ends |= {"e": (0, 89, 0, 166), "f": (0, 4, 0, 81), "g": (4, 85, 66, 85)}
        for bar in bars[digit]:
            x0, y0, x1, y1 = ends[bar]
            rule(amount, (x + x0, y + y0), (x + x1, y + y1), INK, 7)
    return amount


@pytest.mark.parametrize("text", ["8", "1", "1488", "07171"])
def test_the_bars_of_a_display_stay(text: str) -> None:
    found = ruling.find(display(text), 0.05)
    assert not found.removable.any()
    assert found.cells == ()


def test_a_digit_that_stands_over_a_rule_keeps_what_lies_in_it(digits: Dataset) -> None:
    lost = []
    for pixels in digits.validation.pixels[:20, :, :, 0]:
        amount, large = blank(220, 700), blank(220, 700)
        large[40:152, 300:412] = cv2.resize(pixels, (112, 112), interpolation=cv2.INTER_CUBIC) / 255 * INK
        rule(amount, (40, 110), (660, 110))
        np.maximum(amount, large, out=amount)
        found = ruling.find(amount, 0.05)
        assert found.removable[109:112, 60:280].all()
        lost.append(found.removable[large > 0.5 * INK].mean())
    assert max(lost) < 0.05
    assert float(np.mean(lost)) < 0.01


def test_squared_paper_has_no_cells_though_its_squares_hold_the_small_digits() -> None:
    amount = ruled(50, squared=True)
    for i in range(4):
        write(amount, "38 26 95", 70, 140 + 100 * i, 2.0)
    found = ruling.find(amount, 0.05)
    assert found.share > 0.2
    assert found.cells == ()


def test_squared_paper_has_no_cells_though_it_ends_close_to_its_last_rules() -> None:
    amount = np.asarray(np.roll(ruled(80, squared=True), (20, 20), axis=(0, 1)), np.float32)[:360, :420].copy()
    write(amount, "-2.5", 45, 210, size=3.0, pen=9)
    assert ruling.find(amount, 0.05).cells == ()


@pytest.mark.parametrize("wide", [120, 170])
def test_a_rule_from_edge_to_edge_is_one_though_a_digit_hides_its_middle(wide: int) -> None:
    """It may be as thick as a third of the pen, and hardly fainter."""
    amount = blank(360, 450)
    for y in (90, 280):
        rule(amount, (0, y), (449, y), 0.25, 12)
    cv2.ellipse(amount, (230, 100), (wide // 2, 45), 0, 0, 360, 0.38, 24)
    soft = np.asarray(cv2.GaussianBlur(amount, (0, 0), 3), np.float32)
    found = ruling.find(soft, 0.05)
    for y in (90, 280):
        assert found.removable[y, :80].mean() > 0.9
        assert found.removable[y, -80:].mean() > 0.9
    assert found.removable[soft > 0.34].mean() < 0.05


def test_a_thin_stroke_beside_a_blurred_rule_is_not_taken_with_its_rim() -> None:
    amount = blank(200, 400)
    rule(amount, (0, 100), (399, 100), 0.6, 3)
    soft = np.asarray(cv2.GaussianBlur(amount, (0, 0), 2.5), np.float32)
    stroke = np.zeros(amount.shape, bool)
    stroke[105:107, 150:220] = True
    soft[stroke] = 0.5
    found = ruling.find(soft, 0.04)
    assert found.removable[100].mean() > 0.9
    assert found.removable[stroke].mean() < 0.1


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_only_ink_within_a_rule_is_removable(seed: int) -> None:
    """Whatever is drawn: what goes is where a rule was found, or a rule's spread beside where two meet."""
    rng = np.random.default_rng(seed)
    amount = blank(300, 400)
    for _ in range(int(rng.integers(1, 12))):
        x, y = int(rng.integers(10, 380)), int(rng.integers(10, 280))
        long = int(rng.integers(20, 400))
        rule(amount, (x, y), (x + long, y) if rng.random() < 0.5 else (x, y + long), 0.3, int(rng.integers(1, 6)))
    write(amount, str(rng.integers(1000)), int(rng.integers(200)), int(rng.integers(60, 280)))
    found = ruling.find(amount, 0.05)
    around = cv2.dilate((found.level > 0).astype(np.uint8), np.ones((2 * ruling.SPREAD + 1,) * 2, np.uint8)) > 0
    assert not (found.removable & ~around).any()
    assert 0 <= found.share <= 1
    for cell in found.cells:
        assert 0 <= cell.left < cell.right <= 400
        assert 0 <= cell.top < cell.bottom <= 300
    assert len({(c.row, c.column) for c in found.cells}) == len(found.cells)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (60, 80), (97, 3)])
def test_where_no_line_is_nothing_is_removable(shape: tuple[int, int]) -> None:
    found = ruling.find(np.zeros(shape, np.float32), 0.05)
    assert not found.removable.any()
    assert found.cells == ()
    assert found.share == 0


def test_noise_and_dots_have_no_rules() -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:600, 0:800]
    for amount in (rng.random((600, 800)), ((y % 8 < 4) & (x % 8 < 4)) * 1.0, ((y // 8 + x // 8) % 2) * 1.0):
        assert not ruling.find(amount.astype(np.float32), 0.5).removable.any()


def test_a_rule_as_thick_as_the_pen_is_one_from_edge_to_edge() -> None:
    amount, digit = blank(700, 700), np.zeros((700, 700), np.uint8)
    rule(amount, (0, 210), (699, 210), 0.45, 33)
    cv2.ellipse(digit, (430, 470), (110, 120), 0, 0, 360, 1, 30)
    cv2.ellipse(digit, (430, 350), (130, 250), 0, 90, 270, 1, 30)
    amount[digit > 0] = 0.9
    found = ruling.find(amount.copy(), 0.04)
    assert found.removable[amount == np.float32(0.45)].mean() > 0.9
    assert not found.removable[digit > 0].any()


def test_where_rules_cross_within_a_stroke_it_stays_whole() -> None:
    """Two rules together take nearly as much light away as the pen does."""
    amount = blank(500, 440)
    for at in range(30, 440, 70):
        rule(amount, (0, at), (439, at), 0.32, 7)
        rule(amount, (at, 0), (at, 499), 0.32, 7)
    cv2.line(amount, (130, 330), (210, 130), 0.65, 44)  # over one crossing, at (170, 240), and beside another
    found = ruling.find(amount.copy(), 0.05)
    assert found.removable[amount == np.float32(0.32)].mean() > 0.9
    assert not found.removable[225:255, 155:185].any()


@pytest.mark.parametrize("width", [801, 803, 806])
def test_a_thick_rule_ends_where_its_picture_does_whatever_the_width(width: int) -> None:
    amount = blank(301, width)
    rule(amount, (0, 150), (width, 150), RULE, 19)
    write(amount, "5", 300, 190, 3.0, 6)
    found = ruling.find(amount.copy(), 0.05)
    assert found.removable[amount == np.float32(RULE)].mean() > 0.9


@pytest.mark.parametrize("pen", [60, 80])
@pytest.mark.parametrize("middle", [300, 400])
def test_a_thick_rule_goes_on_beyond_a_thick_stroke_near_its_end(pen: int, middle: int) -> None:
    amount = blank(400, 512)
    rule(amount, (0, 250), (511, 250), RULE, 14)
    stroke = np.zeros(amount.shape, np.uint8)
    cv2.line(stroke, (middle - 40, 380), (middle + 40, 100), 1, pen)
    amount[stroke > 0] = INK
    found = ruling.find(amount.copy(), 0.05)
    assert found.removable[amount == np.float32(RULE)].mean() > 0.9
    assert not found.removable[stroke > 0].any()
