"""What is doubted is looked at again: digits that lost a stroke to a rule, or thin strokes, or stand in two halves."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from fivebyfive.pictures.ink import Ink
from fivebyfive.pictures.reading import again, lattice
from fivebyfive.pictures.sheet import Line, Piece, Sheet, Way
from fivebyfive.pictures.threshold import STEPS
from pieces import HEIGHT, in_line, sheet_of, texts, touching

Mask = npt.NDArray[np.bool_]
MARGIN = 30
PEN = 0.6


def seen(digits: Sequence[Piece], lost: Callable[[Mask], Mask], left: float) -> tuple[Sheet, Sheet]:
    """A sheet with each of `digits` in a line of its own, of which `lost` of its mask is not in the ink's mask; and the
    same with nothing known but the mask.

    Args:
        left: how much ink there is where it was lost, before rules were taken out.
    """
    size = (MARGIN + len(digits) * (HEIGHT + 2 * MARGIN), max(d.width for d in digits) + 2 * MARGIN)
    amount, untouched, lines = np.zeros(size, np.float32), np.zeros(size, np.uint8), []
    for n, digit in enumerate(digits):
        top = MARGIN + n * (HEIGHT + 2 * MARGIN)
        box = slice(top, top + digit.height), slice(MARGIN, MARGIN + digit.width)
        gone = lost(digit.mask) & digit.mask
        untouched[box][digit.mask] = round(PEN * STEPS)
        untouched[box][gone] = round(left * STEPS)
        amount[box] = untouched[box] / STEPS
        amount[box][gone] = 0 if left == PEN else left
        rows = np.flatnonzero((digit.mask & ~gone).any(axis=1))
        columns = np.flatnonzero((digit.mask & ~gone).any(axis=0))
        kept = (digit.mask & ~gone)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        lines.append(Line((Piece(kept, MARGIN + int(columns[0]), top + int(rows[0])),)))
    mask = amount > 0.4 * PEN
    known = Ink(amount, untouched, mask, np.zeros(size, bool), 1.0, False, 0.005, 0.005, np.ones((9, 9, 1), np.float32))
    picture = np.zeros((*size, 1), np.uint8)
    whole = Sheet(picture, Way(), known, tuple(lines), (), lambda box: box)
    return whole, Sheet(picture, Way(), None, tuple(lines), (), lambda box: box)


def upright(mask: Mask) -> Mask:
    """A strip of the mask's left third, as an upright rule would take it."""
    strip = np.zeros_like(mask)
    strip[:, mask.shape[1] // 6 : mask.shape[1] // 3] = True
    return strip


def level(mask: Mask) -> Mask:
    """What is left and right of the middle, in the middle of the height: there a pen writes thin."""
    strip = np.zeros_like(mask)
    strip[len(mask) // 3 : 2 * len(mask) // 3] = True
    return strip


@pytest.mark.parametrize(("lost", "left"), [(upright, PEN), (level, 0.3 * PEN)])
def test_what_was_taken_with_a_rule_and_what_is_thin_is_found_again(
    sure: list[tuple[str, Piece]],
    lost: Callable[[Mask], Mask],
    left: float,
) -> None:
    wanted = [(label, piece) for label, piece in sure if label != "1"]
    whole, bare = seen([piece for _, piece in wanted], lost, left)
    doubted = [
        n
        for n, (text, (label, _)) in enumerate(zip(texts(lattice.read(bare).lines), wanted, strict=True))
        if text != label
    ]
    some = doubted[: again.MOST]
    assert len(some) >= 12
    lines = tuple(whole.lines[n] for n in some)
    found = texts(lattice.read(dataclasses.replace(whole, lines=lines)).lines)
    assert sum(text == wanted[n][0] for text, n in zip(found, some, strict=True)) >= 0.6 * len(some)


def test_a_rule_that_is_paler_than_the_pen_does_not_come_back_with_it(sure: list[tuple[str, Piece]]) -> None:
    whole, _ = seen([piece for _, piece in sure[:1]], upright, PEN)
    assert whole.ink is not None
    piece = whole.lines[0].pieces[0]
    rule = slice(piece.top + HEIGHT // 2, piece.top + HEIGHT // 2 + 4)
    whole.ink.untouched[rule] = np.maximum(whole.ink.untouched[rule], round(0.5 * PEN * STEPS))
    (((*found,),),) = again.looks(whole.ink, whole.lines, [[True]], [HEIGHT])
    assert all(other.width < piece.width + MARGIN for other in found)


def test_what_is_sure_is_not_looked_at_again_nor_where_all_is_doubted(
    sure: list[tuple[str, Piece]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def looked(*_: object) -> list[Piece]:
        raise AssertionError("it was looked at again")

    monkeypatch.setattr(again, "_looks", looked)
    whole, _ = seen([piece for _, piece in sure[:10]], np.zeros_like, PEN)
    lattice.read(whole)
    some = [piece for _, piece in sure] * 2
    scribbles, _ = seen(some[: again.MOST + 20], lambda mask: np.indices(mask.shape).sum(axis=0) % 9 < 4, PEN)
    lattice.read(scribbles)


def test_what_stands_beside_is_not_taken_in(sure: list[tuple[str, Piece]]) -> None:
    (_, first), (_, second) = sure[:2]
    both = touching(first, second)
    sheet, _ = seen([both], np.zeros_like, PEN)
    assert sheet.ink is not None
    placed = Piece(first.mask, MARGIN, MARGIN)
    other = Piece(both.mask & ~np.pad(first.mask, ((0, 0), (0, both.width - first.width))), MARGIN, MARGIN)
    (((*found,), _),) = again.looks(sheet.ink, [Line((placed, other))], [[True, False]], [HEIGHT])
    assert all(piece.right <= placed.right + 2 for piece in found)


def cut(piece: Piece, at: int, apart: int) -> tuple[Piece, Piece]:
    upper, lower = piece.mask[:at], piece.mask[at:]
    left, down = int(lower.any(axis=0).argmax()), int(lower.any(axis=1).argmax())
    width = int(np.flatnonzero(lower.any(axis=0))[-1]) + 1 - left
    return Piece(upper, piece.left, piece.top), Piece(
        lower[down:, left : left + width], piece.left + left, piece.top + at + down + apart
    )


def test_halves_in_two_rows_are_one_digit_and_the_lower_row_is_empty(sure: list[tuple[str, Piece]]) -> None:
    wanted = [(label, cut(piece, HEIGHT // 2, 9)) for label, piece in sure if label in "235"][:12]
    found = [lattice.read(sheet_of(Line((upper,)), Line((lower,), row=1))).lines for _, (upper, lower) in wanted]
    right = [texts(lines) == [label, ""] for lines, (label, _) in zip(found, wanted, strict=True)]
    assert sum(right) >= 0.8 * len(wanted)
    for (line, empty), (_, (upper, lower)) in zip(found, wanted, strict=True):
        assert (len(line), len(empty)) in ((1, 0), (1, 1))
        if not empty:
            assert int(line[0].piece.mask.sum()) == int(upper.mask.sum() + lower.mask.sum())


def test_several_of_one_row_are_joined_at_once(sure: list[tuple[str, Piece]]) -> None:
    wanted = [(label, piece) for label, piece in sure if label in "235"][:6]
    whole = in_line([piece for _, piece in wanted])
    pairs = [cut(piece, HEIGHT // 2, 9) for piece in whole.pieces]
    rows = [Line(tuple(pair[n] for pair in pairs), spaces=(3,), row=n) for n in (0, 1)]
    every = [((0, n), (1, n)) for n in (4, 0, 5, 2)]
    upper, lower = again.joined(rows, every)
    assert [piece.height > HEIGHT for piece in upper.pieces] == [True, False, True, False, True, True]
    assert lower.pieces == (pairs[1][1], pairs[3][1])
    assert (upper.spaces, lower.spaces) == ((3,), (1,))


def test_digits_of_two_rows_are_left_alone(sure: list[tuple[str, Piece]]) -> None:
    rows = [in_line([piece for _, piece in sure[i : i + 5]]) for i in (0, 5)]
    below = Line(tuple(Piece(p.mask, p.left, HEIGHT + 8) for p in rows[1].pieces), row=1)
    assert texts(lattice.read(sheet_of(rows[0], below)).lines) == [
        "".join(label for label, _ in sure[i : i + 5]) for i in (0, 5)
    ]


def test_boxes_above_one_another_are_no_8() -> None:
    box = np.ones((HEIGHT // 2, HEIGHT // 2), bool)
    box[3:-3, 3:-3] = False
    upper, lower = Piece(box, 0, 0), Piece(box, 0, HEIGHT // 2 + 6)
    found = lattice.read(sheet_of(Line((upper,)), Line((lower,), row=1))).lines
    assert not any(text.strip() for text in texts(found))
    opened = Piece(np.where(np.arange(len(box))[:, None] < 3, False, box), 0, lower.top)
    lines = [Line((upper,)), Line((opened,), row=1)]
    assert again.halves(lines, [[True], [True]], None) == [((0, 0), (1, 0))]
    lines[1] = Line((lower,), row=1)
    assert again.halves(lines, [[True], [True]], None) == []


@pytest.mark.parametrize(("gap", "aside", "expected"), [(14, 4, "1"), (60, 4, "1|1"), (14, 40, "1|1")])
def test_a_stroke_with_a_small_gap_is_one_where_it_is_all_there_is(gap: int, aside: int, expected: str) -> None:
    upper = Piece(np.ones((90, 18), bool), 100, 50)
    lower = Piece(np.ones((90, 18), bool), 100 + aside, 140 + gap)
    found = lattice.read(sheet_of(Line((upper,)), Line((lower,))))
    assert "|".join(text for text in texts(found.lines) if text) == expected
