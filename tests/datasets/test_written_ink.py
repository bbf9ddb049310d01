"""The ink that the reader is taught: what each subject draws is what it says it is."""

import cv2
import numpy as np
import pytest

from fivebyfive.datasets.written import displays, fonts, marks, nothing, strokes
from fivebyfive.datasets.written.damage import DAMAGES, Damage
from fivebyfive.datasets.written.masks import Mask
from fivebyfive.datasets.written.ones import flagged
from fivebyfive.datasets.written.small import counted
from fivebyfive.pictures.shaping import as_in_mnist

DIGITS = "0123456789"
MANY = 40


def _pieces(mask: Mask) -> int:
    return int(cv2.connectedComponents(mask.astype(np.uint8))[0]) - 1


def _lean(mask: Mask) -> float:
    """Degrees from upright to the right, of the main direction of the ink."""
    rows, columns = np.nonzero(mask)
    directions = np.linalg.eigh(np.cov(columns, -rows))[1]
    x, y = directions[:, 1]
    return float(np.degrees(np.arctan2(x * np.sign(y), abs(y))))


@pytest.mark.parametrize("name", DIGITS)
def test_every_way_to_make_a_digit_fills_its_box(name: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(MANY):
        for mask in (strokes.digit(name, rng), displays.digit(name, rng), fonts.printed(name, fonts.fonts(), rng)):
            assert max(mask.shape) > 28
            assert mask[0].any()
            assert mask[-1].any()
            assert mask[:, 0].any()
            assert mask[:, -1].any()


def test_a_stroke_goes_smoothly_and_turns_sharply_only_where_it_is_said() -> None:
    rng = np.random.default_rng(2)
    corner = np.mean([strokes.drawn("0,0 100,0! 100,100", 1.0, rng)[:12, -12:].mean() for _ in range(MANY)])
    bend = np.mean([strokes.drawn("0,0 100,0 100,100", 1.0, rng)[:12, -12:].mean() for _ in range(MANY)])
    assert corner > bend


def test_a_slash_leans_more_than_ones_do() -> None:
    rng = np.random.default_rng(3)
    leans = [_lean(marks.mark("/", fonts.fonts(), rng)) for _ in range(200)]
    bare = strokes.DIGITS["1"][: strokes.BARE]
    ones = [_lean(strokes.drawn(manner, 0.1, rng)) for manner in bare for _ in range(MANY)]
    assert min(leans) > 5
    assert max(leans) < 75
    assert np.abs(ones).max() < 30 < np.median(leans)


def test_a_colon_is_two_things_above_one_another_and_a_dash_lies() -> None:
    rng = np.random.default_rng(4)
    colons = [marks.mark(":", fonts.fonts(), rng) for _ in range(MANY)]
    assert np.mean([_pieces(mask) == 2 for mask in colons]) > 0.9
    assert all(mask.shape[0] > mask.shape[1] for mask in colons)
    dashes = [marks.mark("-", fonts.fonts(), rng) for _ in range(MANY)]
    assert all(mask.shape[1] > 1.4 * mask.shape[0] for mask in dashes)


def test_a_comma_leans_as_a_slash_does_and_is_thicker_beside_its_length() -> None:
    rng = np.random.default_rng(7)
    commas, slashes = ([as_in_mnist(marks.mark(name, fonts.fonts(), rng)) for _ in range(100)] for name in ",/")
    assert np.median([_lean(comma > 0) for comma in commas]) > 15
    assert np.median([comma.sum() for comma in commas]) > 1.5 * np.median([slash.sum() for slash in slashes])


def test_what_was_counted_in_blocks_fills_their_height_and_has_greys() -> None:
    rng = np.random.default_rng(8)
    for name in DIGITS:
        seen = counted(strokes.digit(name, rng), rng)
        rows = np.flatnonzero((seen > 40).any(axis=1))
        assert 16 <= rows[-1] - rows[0] + 1 <= 24
        assert len(np.unique(seen)) > 10


def test_a_flag_and_a_foot_only_add_to_a_one() -> None:
    one = np.ones((80, 10), bool)
    with_flag = flagged(one, np.random.default_rng(5))
    assert with_flag.sum() > one.sum()
    assert with_flag.shape[1] > one.shape[1]


@pytest.mark.parametrize("damage", dict.fromkeys(DAMAGES), ids=lambda damage: damage.__name__)
def test_damage_leaves_a_digit_about_as_high_beside_its_width(damage: Damage) -> None:
    rng = np.random.default_rng(6)
    for name in DIGITS:
        digit, neighbour = strokes.digit(name, rng), strokes.digit("5", rng)
        hurt = damage(digit, neighbour, rng)
        assert hurt.any()
        assert hurt.shape[0] / hurt.shape[1] > 0.5 * digit.shape[0] / digit.shape[1]


def test_halves_are_of_no_digit_whose_half_is_another() -> None:
    assert not set("147") & set(nothing.HALVES["left"] + nothing.HALVES["right"] + nothing.HALVES["bottom"])
    assert "8" not in nothing.HALVES["right"], "it is a 3"
    assert not set("68") & set(nothing.HALVES["bottom"]), "they are a 0"


def test_every_kind_of_nothing_is_drawn() -> None:
    rng = np.random.default_rng(7)
    sources = nothing.Sources(lambda own: (strokes.digit("5", own), 5), fonts.fonts())
    for kind, often in nothing.KINDS:
        assert often > 0
        assert all(kind(sources, rng).any() for _ in range(5)), kind.__name__
