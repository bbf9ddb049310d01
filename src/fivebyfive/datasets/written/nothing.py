"""What is no digit and no mark: scribbles, blots, letters, pieces of frames, halves of digits and several together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fivebyfive.datasets.written import strokes
from fivebyfive.datasets.written.fonts import LETTERS, Font, printed
from fivebyfive.datasets.written.masks import HAND, SHEET, TALL, Mask, Rng, beside, cut, resized, sheet, warped

HERSHEY = LETTERS.replace("f", "") + "j"
DigitMaker = Callable[[Rng], tuple[Mask, int]]
"""Makes a digit, and says which."""


@dataclass(frozen=True)
class Sources:
    """What pieces and heaps are made of."""

    digit: DigitMaker
    fonts: tuple[Font, ...]


ShapeMaker = Callable[[Sources, Rng], Mask]


def no_digit(sources: Sources, rng: Rng) -> Mask:
    """One shape of any kind."""
    return _of_any(KINDS, sources, rng)


def no_pair(sources: Sources, rng: Rng) -> Mask:
    """One shape of any kind that is not two digits."""
    return _of_any([(kind, often) for kind, often in KINDS if kind is not _two], sources, rng)


def _of_any(among: Sequence[tuple[ShapeMaker, int]], sources: Sources, rng: Rng) -> Mask:
    kinds, often = zip(*among, strict=True)
    kind: ShapeMaker = kinds[int(rng.choice(len(kinds), p=np.array(often) / sum(often)))]
    return cut(kind(sources, rng))


def _point(rng: Rng, low: int = 16, high: int = 96) -> tuple[int, int]:
    return int(rng.integers(low, high)), int(rng.integers(low, high))


def _pen(rng: Rng) -> int:
    return int(rng.integers(5, 15))


# --- drawn ----------------------------------------------------------------------------------------------------------


def _scribble(_: Sources, rng: Rng) -> Mask:
    drawn = sheet()
    points = rng.integers(16, 96, (int(rng.integers(9, 16)), 2)).astype(np.int32)
    cv2.polylines(drawn, [points], False, 255, _pen(rng))
    return drawn > 0


def _curl(_: Sources, rng: Rng) -> Mask:
    """A scribble without corners: a long line that turns on and on."""
    drawn = sheet()
    steps = int(rng.integers(220, 420))
    turns = np.cumsum(rng.normal(rng.uniform(-0.15, 0.15), 0.35, steps))
    points = np.cumsum(np.stack([np.cos(turns), np.sin(turns)], 1), axis=0)
    points = (points - points.min(axis=0)) / max(1.0, float(np.ptp(points, axis=0).max())) * TALL + 16
    cv2.polylines(drawn, [np.rint(points).astype(np.int32)], False, 255, int(rng.integers(4, 10)))
    return drawn > 0


def _blots(_: Sources, rng: Rng) -> Mask:
    """Several, here and there; one alone, grown larger, is a full stop."""
    drawn = sheet()
    for _number in range(int(rng.integers(4, 7))):
        axes = int(rng.integers(8, 26)), int(rng.integers(5, 16))
        cv2.ellipse(drawn, _point(rng, 16, 96), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    return drawn > 0


def _texture(_: Sources, rng: Rng) -> Mask:
    cells = int(rng.integers(4, 16))
    smooth = cv2.resize(rng.random((cells, cells)), (SHEET, SHEET), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth > rng.uniform(0.4, 0.65))


def _lines(_: Sources, rng: Rng) -> Mask:
    """Two or three lines, or a piece of squared paper; one alone is a dash."""
    drawn = sheet()
    apart = int(rng.integers(22, 36))
    for number in range(int(rng.integers(2, 4))):
        y = 20 + apart * number
        cv2.line(drawn, (10, y), (102, y + int(rng.integers(-5, 6))), 255, int(rng.integers(4, 14)))
    for _number in range(int(rng.integers(0, 4)) if rng.random() < 0.6 else 0):
        x = int(rng.integers(20, 92))
        cv2.line(drawn, (x, 10), (x + int(rng.integers(-6, 6)), 102), 255, int(rng.integers(4, 14)))
    return drawn > 0


def _dots(_: Sources, rng: Rng) -> Mask:
    drawn = sheet()
    for _number in range(int(rng.integers(4, 40))):
        cv2.circle(drawn, _point(rng), int(rng.integers(2, 8)), 255, -1)
    return drawn > 0


def _solid(_: Sources, rng: Rng) -> Mask:
    """A triangle; what is solid and has other sides may be a full stop or a dash."""
    drawn = sheet()
    middle, size = rng.uniform(0, 2 * np.pi), rng.uniform(34, 48)
    angles = middle + np.array([0, 2, 4]) * np.pi / 3 + rng.uniform(-0.4, 0.4, 3)
    corners = 56 + size * np.stack([np.cos(angles), np.sin(angles)], 1)
    cv2.fillPoly(drawn, [np.rint(corners).astype(np.int32)], 255)
    return drawn > 0


def _frame(_: Sources, rng: Rng) -> Mask:
    """A corner or three sides of a frame, or two of its cells; turned so that it is no 7 of a display."""
    drawn = sheet()
    (left, top), (right, bottom) = _point(rng, 14, 40), _point(rng, 70, 98)
    ends = [(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)]
    sides = int(rng.choice([2, 2, 3, 4]))
    pen = int(rng.integers(3, 9))
    cv2.polylines(drawn, [np.array(ends[: sides + 1], np.int32)], False, 255, pen)
    if sides == 4:
        middle = int(rng.integers(left + 10, right - 10))
        cv2.line(drawn, (middle, top), (middle, bottom), 255, pen)
    turns = {2: (0, 1, 2), 3: (1, 2, 3), 4: (0,)}[sides]
    return np.rot90(drawn > 0, int(rng.choice(turns)))


def _arrow(_: Sources, rng: Rng) -> Mask:
    drawn = sheet()
    angle = rng.uniform(0, 2 * np.pi)
    half = 40 * np.array([np.cos(angle), np.sin(angle)])
    start, end = (tuple(int(n) for n in np.rint(56 + s * half)) for s in (-1, 1))
    cv2.arrowedLine(drawn, start, end, 255, int(rng.integers(4, 11)), tipLength=rng.uniform(0.25, 0.5))
    return warped(cut(drawn > 0), HAND, rng)


def _tick(_: Sources, rng: Rng) -> Mask:
    """A check mark: a short stroke down, a long one up."""
    drawn = sheet()
    low = np.array([rng.integers(28, 50), rng.integers(80, 96)])
    points = [low - (rng.integers(12, 28), rng.integers(14, 40)), low, (rng.integers(80, 106), rng.integers(10, 40))]
    cv2.polylines(drawn, [np.array(points, np.int32)], False, 255, _pen(rng))
    return warped(cut(drawn > 0), HAND, rng)


def _cross(_: Sources, rng: Rng) -> Mask:
    return strokes.drawn(str(rng.choice(["0,0 100,100 | 95,0 0,100", "50,0 50,100 | 0,50 100,50"])), 0.9, rng)


def _bow(_: Sources, rng: Rng) -> Mask:
    """A bracket, or a stroke that leans to the left as no one does."""
    if rng.random() < 0.4:
        return strokes.drawn("0,0 100,100", rng.uniform(0.7, 1.5), rng)
    bow = int(rng.integers(18, 40)) * (1 if rng.random() < 0.5 else -1)
    return strokes.drawn(f"50,0 {50 + bow},25 {50 + round(1.3 * bow)},50 {50 + bow},75 50,100", 1.0, rng)


# --- letters --------------------------------------------------------------------------------------------------------


def _hershey(_: Sources, rng: Rng) -> Mask:
    drawn = sheet()
    letter = HERSHEY[int(rng.integers(len(HERSHEY)))]
    cv2.putText(drawn, letter, (20, 90), int(rng.integers(8)), rng.uniform(2.4, 3.4), 255, int(rng.integers(5, 13)))
    return drawn > 0


def _printed_letter(sources: Sources, rng: Rng) -> Mask:
    return printed(LETTERS, sources.fonts, rng)


def _drawn_letter(_: Sources, rng: Rng) -> Mask:
    return strokes.letter(rng)


def _letters(sources: Sources, rng: Rng) -> Mask:
    """Two or three letters that touch, as in a word."""
    word = _printed_letter(sources, rng) if rng.random() < 0.5 else strokes.letter(rng)
    for _number in range(int(rng.integers(1, 3))):
        word = beside(word, resized(strokes.letter(rng), int(rng.integers(50, 80))), -int(rng.integers(0, 8)), 0)
    return word


# --- of digits ------------------------------------------------------------------------------------------------------


def _two(sources: Sources, rng: Rng) -> Mask:
    return _row(2, sources, rng)


def _more(sources: Sources, rng: Rng) -> Mask:
    return _row(int(rng.integers(3, 5)), sources, rng)


def _row(count: int, sources: Sources, rng: Rng) -> Mask:
    """So many digits side by side that touch, or nearly do."""
    row = resized(sources.digit(rng)[0])
    for _number in range(count - 1):
        other = resized(sources.digit(rng)[0], int(TALL * rng.uniform(0.75, 1.1)))
        row = _touching(row, other, rng)
    return row


def _touching(left: Mask, right: Mask, rng: Rng) -> Mask:
    """Two shapes beside one another, over each other by a fifth of the narrower one at most."""
    narrow = min(left.shape[1], right.shape[1])
    return beside(left, right, int(rng.integers(-(narrow // 5), 4)), int(rng.integers(-12, 13)))


HALVES = {"left": "05689", "right": "0256", "top": "05", "bottom": "0235"}
"""Of which digits that half is none of its own: the right one of an 8 is a 3, the lower one a 0."""
NARROWEST = 0.4
"""Beside its length, what is cut out is this wide at least: what is narrower may be a one."""


def _half(sources: Sources, rng: Rng) -> Mask:
    """What a wrong cut leaves of a digit."""
    side = str(rng.choice(["left", "left", "left", "right", "right", "right", "top", "bottom"]))
    share = rng.uniform(0.3, 0.5)
    while True:
        mask, label = sources.digit(rng)
        rows, columns = (round(n * share) for n in mask.shape)
        cuts = {"left": mask[:, :columns], "right": mask[:, -columns:], "top": mask[:rows], "bottom": mask[-rows:]}
        half = cut(cuts[side])
        if str(label) in HALVES[side] and min(half.shape) >= max(2.0, NARROWEST * max(half.shape)):
            return half


def _third(sources: Sources, rng: Rng) -> Mask:
    """The upper or the lower third of a digit."""
    while True:
        mask, label = sources.digit(rng)
        third = max(1, mask.shape[0] // 3)
        piece = cut(mask[:third] if rng.random() < 0.5 else mask[-third:])
        if str(label) in "235" and min(piece.shape) >= max(2.0, NARROWEST * max(piece.shape)):
            return piece


def _half_and_whole(sources: Sources, rng: Rng) -> Mask:
    """A digit, and half of the next."""
    half = resized(_half(sources, rng), int(TALL * rng.uniform(0.8, 1)))
    whole = resized(sources.digit(rng)[0])
    return _touching(whole, half, rng) if rng.random() < 0.5 else _touching(half, whole, rng)


ASIDE, UPSIDE_DOWN = "2345679", "347"
"""Digits that are none when they lie on their side, and when they stand on their head."""


def _turned(sources: Sources, rng: Rng) -> Mask:
    """A digit of a page that was not turned upright."""
    while True:
        mask, label = sources.digit(rng)
        turns = int(rng.choice([1, 2, 3]))
        if str(label) in (UPSIDE_DOWN if turns == 2 else ASIDE):
            return np.rot90(mask, turns)


KINDS: list[tuple[ShapeMaker, int]] = [
    (_scribble, 3), (_curl, 1), (_blots, 2), (_texture, 3), (_lines, 3), (_dots, 3), (_solid, 1), (_frame, 3),
    (_arrow, 2), (_tick, 1), (_cross, 1), (_hershey, 2), (_printed_letter, 6), (_drawn_letter, 5), (_letters, 2),
    (_two, 8), (_more, 3), (_half, 5), (_third, 2), (_half_and_whole, 2), (_bow, 2), (_turned, 3),
]  # fmt: skip
"""Each kind, and how often it is drawn beside the others."""
