"""A line's reading: clean digits are asked about once, touching ones are cut, a sure one never."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.pictures.reading import lattice, reader
from fivebyfive.pictures.reading.proposing import Step
from fivebyfive.pictures.sheet import Line, Piece
from pieces import HEIGHT, in_line, sheet_of, texts, touching

Pixels = npt.NDArray[np.uint8]


class Spy:
    """Counts what the reader is asked."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self._asked = reader.probabilities

    def probabilities(self, pieces: Pixels) -> Any:
        self.calls.append(len(pieces))
        return self._asked(pieces)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    watching = Spy()
    monkeypatch.setattr(reader, "probabilities", watching.probabilities)
    return watching


def test_a_page_of_clean_digits_is_one_pass(sure: list[tuple[str, Piece]], spy: Spy) -> None:
    lines = [in_line([piece for _, piece in sure[i : i + 10]]) for i in range(0, 60, 10)]
    found = lattice.read(sheet_of(*lines)).lines
    assert spy.calls == [60]
    assert texts(found) == ["".join(label for label, _ in sure[i : i + 10]) for i in range(0, 60, 10)]


def test_what_is_sure_is_never_cut_and_nothing_is_lost_of_it(sure: list[tuple[str, Piece]]) -> None:
    line = in_line([piece for _, piece in sure[:30]])
    (found,) = lattice.read(sheet_of(line)).lines
    assert [c.piece for c in found] == list(line.pieces)


def pairs(sure: list[tuple[str, Piece]]) -> Iterator[tuple[str, Piece]]:
    for (a, first), (b, second) in zip(sure[::2], sure[1::2], strict=False):
        yield a + b, touching(first, second)


def test_touching_pairs_are_cut_where_the_reader_knows_both_parts(sure: list[tuple[str, Piece]], spy: Spy) -> None:
    wanted = list(pairs(sure))[:40]
    found = texts(lattice.read(sheet_of(*(Line((piece,)) for _, piece in wanted))).lines)
    right = sum(text == label for text, (label, _) in zip(found, wanted, strict=True))
    assert right >= 0.85 * len(wanted)
    assert len(spy.calls) == 2


def test_a_sheet_that_was_taken_for_ink_is_no_two_digits(sure: list[tuple[str, Piece]]) -> None:
    """Around what is written on it, which it lacks."""
    mask = np.ones((4 * HEIGHT, 5 * HEIGHT), bool)
    for n, (_, piece) in enumerate(sure[:2]):
        here = mask[100 : 100 + piece.height, 80 + 70 * n : 80 + 70 * n + piece.width]
        here &= ~piece.mask
    (found,) = lattice.read(sheet_of(Line((Piece(mask, 0, 0),)))).lines
    assert len(found) == 1


def test_the_parts_are_in_order_and_hold_all_of_the_ink(sure: list[tuple[str, Piece]]) -> None:
    for _, piece in list(pairs(sure))[:10]:
        (found,) = lattice.read(sheet_of(Line((piece,), spaces=(0,)))).lines
        assert sum(int(c.piece.mask.sum()) for c in found) == int(piece.mask.sum())
        middles = [c.piece.left + c.piece.width / 2 for c in found]
        assert middles == sorted(middles)
        assert [c.space for c in found] == [True] + [False] * (len(found) - 1)


def stroke(width: int, height: int, left: int, top: int) -> Piece:
    """A straight one that leans to the right."""
    mask = np.zeros((height, width), np.uint8)
    cv2.line(mask, (3, height - 4), (width - 4, 3), 1, 6)
    return Piece(mask > 0, left, top)


@pytest.mark.parametrize(
    ("mark", "height", "top"), [(",", 18, HEIGHT - 6), ("/", 80, -10)], ids=["a comma hangs", "a slash is tall"]
)
def test_what_looks_like_a_one_is_the_mark_whose_place_it_has(
    sure: list[tuple[str, Piece]], mark: str, height: int, top: int
) -> None:
    wide = 12 if mark == "," else 36
    (a, first), (b, second) = [(label, piece) for label, piece in sure if label in "23568"][:2]
    before, after = in_line([first, second], wide + 30).pieces
    between = stroke(wide, height, before.right + 15, top)
    assert texts(lattice.read(sheet_of(Line((before, between, after)))).lines) == [a + mark + b]
    assert mark not in texts(lattice.read(sheet_of(Line((before, between)))).lines)[0]


def test_a_digit_a_third_as_high_as_its_line_is_read(sure: list[tuple[str, Piece]]) -> None:
    known = [(label, piece) for label, piece in sure if label in "23568"][:20]
    right = 0
    for (a, first), (b, second) in zip(known[::2], known[1::2], strict=True):
        small = cv2.resize(second.mask.astype(np.uint8), None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA) > 0
        low = Piece(small, first.right + 20, HEIGHT - small.shape[0])
        right += texts(lattice.read(sheet_of(Line((first, low)))).lines) == [a + b]
    assert right >= 8


def test_what_is_given_back_are_distributions(sure: list[tuple[str, Piece]]) -> None:
    lines = [Line((piece,)) for _, piece in list(pairs(sure))[:10]]
    for line in lattice.read(sheet_of(*lines)).lines:
        for character in line:
            assert character.probabilities is not None
            assert character.probabilities.min() >= 0
            assert float(character.probabilities.sum()) == pytest.approx(1, abs=1e-4)


def test_no_more_is_asked_than_so_much(sure: list[tuple[str, Piece]], spy: Spy) -> None:
    piece = next(iter(pairs(sure)))[1]
    lattice.read(sheet_of(*(Line((piece,)) for _ in range(200))))
    assert sum(spy.calls) <= 200 + lattice.MOST


def test_a_sheet_without_lines_is_read_as_nothing(spy: Spy) -> None:
    assert lattice.read(sheet_of()).lines == ()
    assert sum(spy.calls) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 3)), max_size=20), st.integers(1, 12))
def test_a_line_is_parted_where_no_step_leads_over_a_place(more: list[tuple[int, int]], places: int) -> None:
    piece = Piece(np.ones((2, 2), bool), 0, 0)
    spans = [(n, n + 1) for n in range(places)] + [(a, min(a + b, places)) for a, b in more if a < places]
    steps = [Step(start, end, piece, 0.0, 0) for start, end in spans]
    stretches = lattice._stretches(steps)
    assert sorted(n for stretch in stretches for n in stretch) == list(range(len(steps)))
    ends = [max(steps[n].end for n in stretch) for stretch in stretches]
    assert [min(steps[n].start for n in stretch) for stretch in stretches] == [0, *ends[:-1]]
    free = [at for at in range(1, places) if not any(start < at < end for start, end in spans)]
    assert ends == [*free, places]
