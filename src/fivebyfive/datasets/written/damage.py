"""Digits as they come out of a picture: broken, cut off at an edge, with a neighbour's stub or a rule's remains."""

from collections.abc import Callable

import cv2
import numpy as np

from fivebyfive.datasets.written.masks import Mask, Rng, beside, cut, resized, stroke_width, thicker

Damage = Callable[[Mask, Mask, Rng], Mask]


def damaged(digit: Mask, neighbour: Mask, rng: Rng) -> Mask:
    """`digit` with one thing wrong with it, or, one time in four, two; `neighbour` is another digit."""
    for _number in range(1 + (rng.random() < 0.25)):
        digit = DAMAGES[int(rng.integers(len(DAMAGES)))](digit, neighbour, rng)
    return digit


def damaged_alone(shape: Mask, rng: Rng) -> Mask:
    """Any shape with one thing wrong with it that no neighbour did."""
    alone = [damage for damage in DAMAGES if damage is not _stub]
    return alone[int(rng.integers(len(alone)))](shape, shape, rng)


def _broken(digit: Mask, _: Mask, rng: Rng) -> Mask:
    """One or two gaps across its strokes."""
    broken = np.pad(digit, 2).astype(np.uint8)
    rows, columns = np.nonzero(broken)
    for _number in range(int(rng.integers(1, 3))):
        at = int(rng.integers(rows.size))
        angle, reach = rng.uniform(0, np.pi), 1.2 * stroke_width(digit)
        x, y = float(columns[at]), float(rows[at])
        ends = [(round(x + s * reach * np.cos(angle)), round(y + s * reach * np.sin(angle))) for s in (-1, 1)]
        cv2.line(broken, ends[0], ends[1], 0, int(rng.integers(2, 9)))
    return _if_enough(broken > 0, digit)


def _faint(digit: Mask, _: Mask, rng: Rng) -> Mask:
    """Spots where the pen did not write."""
    height, width = digit.shape
    coarse = rng.random((int(rng.integers(8, 20)), int(rng.integers(6, 16)))).astype(np.float32)
    spots = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)).reshape(height, width)
    return _if_enough(digit & (spots > np.quantile(spots, rng.uniform(0.05, 0.25))), digit)


def _edge_missing(digit: Mask, _: Mask, rng: Rng) -> Mask:
    turned = np.rot90(digit, turns := int(rng.integers(4)))
    return cut(np.rot90(turned[round(turned.shape[0] * rng.uniform(0.02, 0.11)) :], -turns))


def _stub(digit: Mask, neighbour: Mask, rng: Rng) -> Mask:
    """The outermost part of the neighbour, touching or overlapping, left or right."""
    share = rng.uniform(0.06, 0.22)
    columns = max(2, round(neighbour.shape[1] * share))
    gap, down = -int(rng.integers(1, 6)), int(rng.integers(-8, 9))
    if rng.random() < 0.5:
        return beside(digit, cut(neighbour[:, :columns]), gap, down)
    return beside(cut(neighbour[:, -columns:]), digit, gap, down)


def _ruled(digit: Mask, _: Mask, rng: Rng) -> Mask:
    """Pieces of a rule's line, at the strokes that it went through or below all of it."""
    lined = np.pad(digit, ((4, 4), (14, 14))).astype(np.uint8)
    height, width = lined.shape
    y, thick = int(rng.integers(4, height - 4)), int(rng.integers(2, 6))
    line = np.zeros_like(lined)
    cv2.line(line, (0, y), (width, y + int(rng.integers(-3, 4))), 1, thick)
    near = np.asarray(cv2.dilate(lined, np.ones((1, 2 * int(rng.integers(3, 16)) + 1), np.uint8)), np.uint8)
    return cut((lined | (line & near)) > 0)


def _rule_taken_away(digit: Mask, _: Mask, rng: Rng) -> Mask:
    """A strip of it is gone with the rule that crossed it."""
    left = digit.copy()
    y = int(rng.integers(0, digit.shape[0]))
    left[y : y + int(rng.integers(2, 7))] = False
    return _if_enough(left, digit)


def _coarse(digit: Mask, _: Mask, rng: Rng) -> Mask:
    """Of so few pixels that they show."""
    few = resized(digit, int(rng.integers(9, 22)))
    size = few.shape[1] * FINER, few.shape[0] * FINER
    grown = cv2.resize(few.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(grown).reshape(size[::-1]) > 0


def _clogged(digit: Mask, _: Mask, rng: Rng) -> Mask:
    """A pen so thick that small loops close."""
    return thicker(digit, rng.uniform(2, 5))


FINER = 5
ENOUGH = 0.8
"""So much of a digit's ink and height must be left of it."""


def _if_enough(left: Mask, digit: Mask) -> Mask:
    whole = np.count_nonzero(digit)
    kept = cut(left)
    enough = np.count_nonzero(kept) >= ENOUGH * whole and kept.shape[0] >= 0.9 * digit.shape[0]
    return kept if enough else digit


DAMAGES: list[Damage] = [
    _broken, _broken, _faint, _edge_missing, _stub, _stub, _ruled, _rule_taken_away, _coarse, _clogged,
]  # fmt: skip
