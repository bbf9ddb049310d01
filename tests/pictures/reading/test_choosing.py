"""The plainest way to look at a picture that is surely read is taken; what may be no writing is left out, and said."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from fivebyfive.datasets import Dataset
from fivebyfive.decision import NONE, is_sure
from fivebyfive.pictures import turning
from fivebyfive.pictures.finding import find
from fivebyfive.pictures.lines import grouping
from fivebyfive.pictures.reading import again, choosing, reader
from fivebyfive.pictures.reading.believing import Look
from fivebyfive.pictures.sheet import Sheet, Way, Written

Pixels = npt.NDArray[np.uint8]


def text(written: Written) -> str:
    return "|".join("".join(c.label for c in line) for line in written.lines if line)


def drawn(digits: Dataset, numbers: list[int], tall: int = 60, paper: int = 238) -> Pixels:
    """Some of MNIST's digits beside one another on paper, [h, w, 1], with some grain."""
    row = np.hstack([digits.validation.pixels[n, :, :, 0] for n in numbers]).astype(np.float32) / 255
    large = cv2.resize(row, (tall * len(numbers), tall), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    sheet = paper - (paper - 30) * np.pad(large, tall // 2)
    grain = np.random.default_rng(0).normal(0, 2, sheet.shape)
    return np.asarray(np.clip(np.rint(sheet + grain), 0, 255), np.uint8)[..., None]


def labels(digits: Dataset, numbers: list[int]) -> str:
    return "".join(str(digits.validation.labels[n]) for n in numbers)


SOME = [0, 1, 2, 5, 7]


def test_what_is_surely_read_as_it_lies_is_looked_at_once(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Way] = []

    def noted(picture: Pixels, way: Way) -> Sheet:
        asked.append(way)
        return find(picture, way)

    monkeypatch.setattr(choosing, "find", noted)
    assert text(choosing.read(drawn(digits, SOME))) == labels(digits, SOME)
    assert asked == [Way()]


def cut_out(digits: Dataset, number: int, dark: float = 1.0, edge: int = 128) -> Pixels:
    """One of MNIST's digits without any paper around it, [h, w, 1]."""
    small = 255 - digits.validation.pixels[number, :, :, 0] * dark
    rows, columns = np.nonzero(small < edge)
    cut = np.asarray(small[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1], np.uint8)
    return np.asarray(cv2.resize(cut, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC), np.uint8)[..., None]


def test_a_digit_that_ends_where_its_picture_does_is_read_with_more_paper_around_it(digits: Dataset) -> None:
    assert sum(text(choosing.read(cut_out(digits, n))) == labels(digits, [n]) for n in range(12)) >= 11


@pytest.mark.parametrize("number", [170, 636, 1442])
def test_with_more_paper_around_it_a_digit_may_be_another_and_more_surely(digits: Dataset, number: int) -> None:
    assert text(choosing.read(cut_out(digits, number, dark=0.65, edge=190))) == labels(digits, [number])


def test_more_paper_may_show_upright_what_a_turn_shows(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "_skew", lambda first: Way(turn=-37))
    assert text(choosing.read(cut_out(digits, 18))) == labels(digits, [18]) == "6"


def test_one_stroke_that_fills_its_picture_is_read_rather_than_the_paper_beside_it() -> None:
    narrow = np.full((190, 82), 225, np.uint8)
    cv2.line(narrow, (60, -2), (24, 192), 25, 26, cv2.LINE_AA)
    soft = cv2.GaussianBlur(narrow.astype(np.float32), (0, 0), 1)
    grain = np.random.default_rng(0).normal(0, 5, narrow.shape)
    close = np.clip(np.rint(soft + grain), 0, 255).astype(np.uint8)[..., None]
    assert text(choosing.read(close)) == text(choosing.read(255 - close)) == "1"


def test_of_blank_grain_the_reader_is_hardly_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(pixels: Pixels) -> npt.NDArray[np.float32]:
        asked.append(len(pixels))
        return probabilities(pixels)

    probabilities = reader.probabilities
    monkeypatch.setattr(reader, "probabilities", counted)
    for soft in (0.0, 1.5):
        grain = np.random.default_rng(0).normal(0, 1, (600, 900)).astype(np.float32)
        soft_grain = cv2.GaussianBlur(grain, (0, 0), soft) * 4 if soft else grain
        choosing.read(np.clip(200 + 8 * soft_grain, 0, 255).astype(np.uint8)[..., None])
    assert sum(asked) < 100


def test_light_ink_on_a_dark_board_is_read_alike(digits: Dataset) -> None:
    assert text(choosing.read(255 - drawn(digits, SOME))) == labels(digits, SOME)


def test_a_page_upside_down_is_turned(digits: Dataset) -> None:
    page = np.ascontiguousarray(np.rot90(drawn(digits, SOME), 2))
    assert text(choosing.read(page)) == labels(digits, SOME)


def test_rows_that_climb_are_laid_level_though_they_might_be_read_as_they_lie(digits: Dataset) -> None:
    for seed in (1, 4, 5):
        rows = [np.random.default_rng([seed, n]).integers(0, 200, 5).tolist() for n in range(3)]
        page = np.concatenate([drawn(digits, row) for row in rows])
        written = choosing.read(turning.turned(page, 20)[0])
        assert text(written) == "|".join(labels(digits, row) for row in rows)
        assert written.sheet.way.turn == pytest.approx(-20, abs=1)


def grainy(page: Pixels, grain: float, seed: int = 0) -> Pixels:
    return np.clip(np.rint(page + np.random.default_rng(seed).normal(0, grain, page.shape)), 0, 255).astype(np.uint8)


def test_grain_of_the_paper_is_no_ink_where_the_page_is_laid_level(digits: Dataset) -> None:
    for seed in (1, 4, 5):
        rows = [np.random.default_rng([seed, n]).integers(0, 200, 5).tolist() for n in range(3)]
        page = grainy(turning.turned(np.concatenate([drawn(digits, row) for row in rows]), 33)[0], 9)
        assert text(choosing.read(page)) == "|".join(labels(digits, row) for row in rows)


def test_ruled_lines_that_climb_are_no_ones(digits: Dataset) -> None:
    page = np.repeat(np.pad(drawn(digits, SOME), ((90, 90), (10, 10), (0, 0)), constant_values=238), 3, axis=2)
    for y in range(30, page.shape[0], 60):
        page[y : y + 3] = np.minimum(page[y : y + 3], np.array([160, 170, 235], np.uint8))
    for climb in (-29, -18, 24):
        turned = turning.turned(page, climb)[0]
        height, width = turned.shape[:2]
        inside = turned[height // 6 : -height // 6, width // 6 : -width // 6]
        assert text(choosing.read(grainy(inside, 4))) == labels(digits, SOME)


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_page_on_its_side_half_in_shadow_is_no_one(digits: Dataset, quarters: int) -> None:
    """Its shadow, as wide as the page is high, looks like a stroke that fills the picture."""
    page = np.concatenate([drawn(digits, SOME), drawn(digits, SOME[::-1])])
    page = np.ascontiguousarray(np.rot90(page, quarters))
    share = np.interp(np.arange(page.shape[1]), (0.45 * page.shape[1], 0.55 * page.shape[1]), (1, 0.6))
    shaded = np.rint(page * share[None, :, None]).astype(np.uint8)
    assert text(choosing.read(shaded)) == f"{labels(digits, SOME)}|{labels(digits, SOME[::-1])}"


def test_a_page_on_its_head_may_be_read_as_it_lies_and_is_read_better_upright(digits: Dataset) -> None:
    """A 6 upside down is a 9, an 8 still one, and all but the 3 are digits."""
    values = digits.validation.labels
    for seed in (0, 2, 8, 9):
        random = np.random.default_rng(seed)
        row = [int(random.choice(np.flatnonzero(values == n)[:60])) for n in (6, 9, 0, 8, 5, 1, 3)]
        page = np.ascontiguousarray(np.rot90(drawn(digits, row), 2))
        assert text(choosing.read(page)) == labels(digits, row)


def test_a_puzzle_upside_down_has_a_digit_in_each_cell(digits: Dataset) -> None:
    page = np.full((300, 300), 238, np.uint8)
    for at in range(30, 271, 80):
        page[at - 1 : at + 2, 29:272] = page[29:272, at - 1 : at + 2] = 90
    for place, n in enumerate(SOME):
        y, x = 45 + 80 * (place // 3), 45 + 80 * (place % 3)
        page[y : y + 50, x : x + 50] = drawn(digits, [n], 50)[25:75, 25:75, 0]
    upside_down = np.ascontiguousarray(np.rot90(page, 2))[..., None]
    assert text(choosing.read(upside_down)) == "|".join(labels(digits, SOME))


def test_a_scribble_beside_sure_digits_is_left_out_and_said(digits: Dataset) -> None:
    page = np.pad(drawn(digits, SOME)[..., 0], ((0, 0), (0, 160)), constant_values=238)
    random = np.random.default_rng(1)
    right = page.shape[1]
    points = np.stack([random.uniform(right - 130, right - 30, 25), random.uniform(30, 90, 25)], axis=1)
    cv2.polylines(page, [np.rint(points).astype(np.int32)], False, 30, 4, cv2.LINE_AA)
    written = choosing.read(page[..., None])
    assert text(written) == labels(digits, SOME)
    assert any(one.box[0] > right - 150 for one in written.unread)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.exhaustive) for seed in (1, 2, 3))])
def test_cloth_and_noise_say_nothing_surely(seed: int) -> None:
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:240, 0:320].astype(np.float32)
    cloth = 150 + 25 * np.sin(x / 5) * np.sin(y / 5) + random.normal(0, 8, x.shape)
    rough = 150 + 30 * cv2.resize(random.normal(0, 1, (24, 32)), (320, 240), interpolation=cv2.INTER_CUBIC)
    for picture in (cloth, rough):
        written = choosing.read(np.clip(picture, 0, 255).astype(np.uint8)[..., None])
        sure = [
            c for line in written.lines for c in line if c.probabilities is not None and c.probabilities.max() >= 0.8
        ]
        assert sure == []


def sure(written: Written) -> list[str]:
    return [
        c.label
        for line in written.lines
        for c in line
        if c.probabilities is not None and is_sure(c.label, float(c.probabilities[reader.classes().index(c.label)]))
    ]


def strokes(*lines: list[tuple[float, float]], tall: int = 160) -> Pixels:
    """Lines of a pen, given in a square, on paper."""
    page = np.full((2 * tall, 2 * tall), 238, np.uint8)
    for line in lines:
        points = np.rint(np.array(line) * tall + tall / 2).astype(np.int32)
        cv2.polylines(page, [points], False, 30, 8, cv2.LINE_AA)
    return page[..., None]


def test_bare_strokes_and_a_letter_are_not_believed_as_rows_of_digits_are(digits: Dataset) -> None:
    assert len(sure(choosing.read(drawn(digits, SOME)))) == len(SOME)
    rain = strokes(*([(n / 5, 0.0), (n / 5 - 0.1, 1.0)] for n in range(5)))
    assert text(choosing.read(rain)) == "1" * 5
    assert sure(choosing.read(rain)) == []
    letter = strokes([(0.1, 1.0), (0.1, 0.0), (0.5, 0.7), (0.9, 0.0), (0.9, 1.0)])
    assert sure(choosing.read(letter)) == []


@pytest.mark.parametrize("number", [1370, 4960])
def test_a_five_may_have_its_flag_far_to_the_right(digits: Dataset, number: int) -> None:
    """Hardly above its body, and not beside it."""
    assert text(choosing.read(drawn(digits, [number], 90))) == labels(digits, [number]) == "5"


@pytest.mark.parametrize(("ring", "expected"), [(0.5, "9"), (1.0, "01")], ids=["half as high", "as high"])
def test_a_ring_that_nearly_meets_the_head_of_a_stroke_is_a_nine(ring: float, expected: str) -> None:
    """Beside a 1, a 0 goes down to its foot."""
    page = np.full((320, 320), 238, np.uint8)
    tall = round(180 * ring)
    cv2.ellipse(page, (140 - tall // 4, 70 + tall // 2), (tall // 3, tall // 2), 8, 0, 360, 40, 9, cv2.LINE_AA)
    right = int(np.flatnonzero((page < 200).any(axis=0))[-1]) + 1
    cv2.line(page, (right + 16, 68), (right + 8, 250), 40, 9, cv2.LINE_AA)
    assert text(choosing.read(page[..., None])) == expected


def test_a_narrow_net_is_no_one() -> None:
    """Made as small as MNIST's, its strokes run together to one."""
    page = np.full((700, 200), 238, np.uint8)
    for n in range(9):
        cv2.line(page, (70 + 8 * n, 100), (64 + 9 * n, 600), 60, 2, cv2.LINE_AA)
    for n in range(14):
        cv2.line(page, (66, 110 + 37 * n), (136, 112 + 37 * n), 60, 2, cv2.LINE_AA)
    grain = np.random.default_rng(0).normal(0, 2, page.shape)
    for climb in (0, 9):
        slanted = turning.turned(np.clip(np.rint(page + grain), 0, 255).astype(np.uint8)[..., None], climb)[0]
        assert text(choosing.read(slanted)) == ""


@pytest.mark.parametrize("wide", [0.8, 1.0, 1.2])
@pytest.mark.parametrize("bars", [0, 1])
def test_a_frame_is_no_nought_and_no_eight(wide: float, bars: int) -> None:
    box = [(0.0, 0.0), (wide, 0.02), (wide, 1.0), (0.02, 0.98), (0.0, 0.0)]
    assert sure(choosing.read(strokes(box, *([(0.0, 0.5), (wide, 0.5)],) * bars))) == []


def test_a_display_may_have_square_digits() -> None:
    eight = strokes([(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0), (0.0, 0.0)], [(0.0, 0.5), (0.5, 0.5)])
    assert sure(choosing.read(eight)) == ["8"]


def test_a_single_stroke_on_ruled_paper_may_be_what_is_left_of_a_line() -> None:
    bare = strokes([(0.5, 0.0), (0.45, 1.0)])
    ruled = bare.copy()
    for y in range(20, 320, 70):
        cv2.line(ruled, (0, y), (320, y), 170, 2, cv2.LINE_AA)
    assert [text(choosing.read(page)) for page in (bare, ruled)] == ["1", "1"]
    assert [sure(choosing.read(page)) for page in (bare, ruled)] == [["1"], []]


def test_one_faint_stroke_that_is_all_there_is_may_be_a_one() -> None:
    page = 238 - (238 - strokes([(0.5, 0.0), (0.45, 1.0)]).astype(np.float32)) / 12
    grain = np.random.default_rng(0).normal(0, 0.8, page.shape)
    faint = choosing.read(np.rint(page + grain).astype(np.uint8))
    assert (text(faint), sure(faint)) == ("1", [])


def test_one_of_few_shapes_is_less_probable_than_among_many(digits: Dataset) -> None:
    alone, among = (choosing.read(drawn(digits, numbers)).lines[0][0] for numbers in (SOME[:1], SOME))
    none = reader.classes().index(NONE)
    assert alone.probabilities is not None
    assert among.probabilities is not None
    assert alone.label == among.label
    assert alone.probabilities[none] > among.probabilities[none]


def test_a_blank_page_has_nothing_and_what_is_too_much_is_said_at_once() -> None:
    assert choosing.read(np.full((200, 300, 1), 230, np.uint8)).lines == ()
    dots = np.full((1024, 1024, 1), 255, np.uint8)
    y, x = np.mgrid[0:1024, 0:1024] % 8
    dots[(y < 4) & (x < 4)] = 0
    assert "too many to be read" in choosing.read(dots).sheet.note


def test_a_page_of_blots_is_not_turned_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Way] = []

    def noted(picture: Pixels, way: Way) -> Sheet:
        asked.append(way)
        return find(picture, way)

    blots = np.full((1000, 1000, 1), 255, np.uint8)
    y, x = np.mgrid[0:1000, 0:1000] % 50
    blots[(y < 30) & (x < 30)] = 0
    monkeypatch.setattr(choosing, "find", noted)
    choosing.read(blots)
    assert len(asked) > 1
    assert not any(way.turn for way in asked)


def test_a_page_on_a_desk_with_too_much_on_it_is_looked_at_alone(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, page = np.full((600, 1000, 1), 120, np.uint8), drawn(digits, SOME, tall=100)
    for x in range(60, 940, 70):
        for y in (60, 500):
            desk[y : y + 50, x : x + 30] = 20
    desk[180 : 180 + page.shape[0], 150 : 150 + page.shape[1]] = page
    monkeypatch.setattr(grouping, "STROKES", 20)
    assert "too many to be read" in find(desk).note
    assert text(choosing.read(desk)) == labels(digits, SOME)


def test_of_all_other_ways_the_reader_is_asked_about_so_many_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small page of words, which no way makes digits: of each it would be asked about a thousand."""
    page, asked = np.full((400, 420), 240, np.uint8), [0]
    for row in range(50, 400, 60):
        cv2.putText(page, "why the quick brown", (14, row), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 40, 3)

    probabilities = reader.probabilities

    def counted(pixels: Pixels) -> npt.NDArray[np.float32]:
        asked[-1] += len(pixels)
        return probabilities(pixels)

    def noted(picture: Pixels, way: Way) -> Sheet:
        asked.append(0)
        return find(picture, way)

    monkeypatch.setattr(reader, "probabilities", counted)
    monkeypatch.setattr(choosing, "find", noted)
    choosing.read(page[..., None])
    _, first, *others = asked
    assert len(others) > 2
    assert first + sum(others) <= choosing.SHAPES + 2 * again.MOST


def test_a_slight_turn_may_show_a_single_digit_and_a_quarter_turn_another_one(digits: Dataset) -> None:
    """What hid it as it lies, its paper's lines or grain, may be told from it once it is turned."""
    page = drawn(digits, [5], 120)
    assert labels(digits, [5]) not in "1069"
    for degrees, expected in ((20, True), (-30, True), (90, False), (180, False)):
        lying = turning.turned(page, -degrees)[0]
        look = choosing._look(lying, Way(turn=degrees))
        assert [c.label for line in look.lines for c in line] == [labels(digits, [5])]
        assert choosing._may_be_taken(look) == expected


def test_where_hardly_a_shape_of_many_is_read_one_quarter_turn_is_tried(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On its side a page of digits is read in part."""
    asked: list[float] = []
    look = choosing._look

    def noted(picture: Pixels, way: Way, spread: float = 0.0, shapes: int = 10**6) -> Look:
        asked.append(way.turn)
        return look(picture, way, spread, shapes)

    monkeypatch.setattr(choosing, "_look", noted)
    crosses = np.full((900, 900), 238, np.uint8)
    for y in range(40, 880, 60):
        for x in range(40, 880, 60):
            cv2.line(crosses, (x, y), (x + 24, y + 24), 40, 4, cv2.LINE_AA)
            cv2.line(crosses, (x + 24, y), (x, y + 24), 40, 4, cv2.LINE_AA)
            cv2.line(crosses, (x, y + 12), (x + 24, y + 12), 40, 4, cv2.LINE_AA)
    assert sure(choosing.read(crosses[..., None])) == []
    assert len(asked) <= 3
    rows = [list(range(9 * n, 9 * n + 9)) for n in range(12)]
    page = np.vstack([drawn(digits, row, 36) for row in rows])
    found = text(choosing.read(np.ascontiguousarray(np.rot90(page)))).split("|")
    assert sum(line == labels(digits, row) for row, line in zip(rows, found, strict=True)) >= 9


def test_a_sheet_alone_is_taken_where_it_is_read_as_well_as_with_its_desk(digits: Dataset) -> None:
    """On wood there are lines and cells too."""
    look = choosing._look(drawn(digits, SOME), Way())
    page, plain = (replace(look, sheet=replace(look.sheet, way=way)) for way in (Way(page=True), Way(margin=True)))

    def with_more(look: Look, times: float) -> Look:
        return replace(look, read=times * look.read, asked=times * look.asked)

    assert choosing._is_better(with_more(page, 1.02), look)
    assert not choosing._is_better(with_more(plain, 1.02), look)
    assert choosing._is_better(with_more(plain, 1.2), look)
    assert not choosing._is_better(page, look)
