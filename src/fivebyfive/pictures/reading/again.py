"""What the reader doubts is looked at again: darker, fainter, and with the half that stands above or below it.

A stroke that lies along a rule may have been taken out with it, or what is left of a rule hangs on a digit: of what
there was before rules were taken out, only the pen's own darkness is taken. A thin stroke beside a thick one may have
been lost: down to less than that, it is there. And two halves may have been taken for two rows.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from fivebyfive.pictures.ink import Ink
from fivebyfive.pictures.reading.cutting import cut_out, together
from fivebyfive.pictures.shaping import Mask
from fivebyfive.pictures.sheet import Line, Piece
from fivebyfive.pictures.threshold import GRAINS, STEPS

Place = tuple[int, int]
Pair = tuple[Place, Place]

DARKER, FAINTER = 0.6, 0.2
"""A pen's ink has more than these shares of its darkest tenth's darkness, and more than the paper's grain."""
AROUND = 0.4
"""So far around a piece it is looked, in heights of the usual digit."""
LOWEST, HIGHEST, WIDEST = 0.5, 1.5, 1.5
"""What is looked at again is at least so high; what is found, at most so high and so wide, in the same."""
DIFFERENT = 0.04
"""Where less of all its ink is different, it is the same piece."""
MOST = 24
"""Where more is doubted, it is hardly writing, and nothing is looked at again."""
PIXELS = 4_000_000
"""So many are looked at again at most."""
OVER, APART = 0.25, 0.3
"""Halves are over one another by so much of the narrower one, and no further apart, in the height of both."""
BROKEN = 0.12
"""The gap in a 1, in its height: two rows are further apart."""
TALLER = 1.3
"""Nor is a digit of two halves higher than this, in heights of the usual one."""


def looks(
    ink: Ink | None, lines: Sequence[Line], doubted: Sequence[Sequence[bool]], heights: Sequence[float]
) -> list[list[list[Piece]]]:
    """Of each piece of each line what it is by other thresholds: nothing where it is not doubted, or no other.

    Args:
        heights: of the usual digit in each line.
    """
    found: list[list[list[Piece]]] = [[[] for _ in line.pieces] for line in lines]
    places = _places(doubted)
    if ink is None or len(places) > MOST:
        return found
    pieces = [piece for line in lines for piece in line.pieces]
    left = PIXELS
    for n, i in places:
        piece = lines[n].pieces[i]
        box = _around(piece, heights[n])
        left -= (box[0].stop - box[0].start) * (box[1].stop - box[1].start)
        if left < 0:
            break
        if piece.height >= LOWEST * heights[n]:
            others = [other for other in pieces if other is not piece]
            found[n][i] = list(_looks(piece, ink, box, others, heights[n]))
    return found


def _places(doubted: Sequence[Sequence[bool]]) -> list[Place]:
    return [(n, i) for n, line in enumerate(doubted) for i, doubtful in enumerate(line) if doubtful]


def _at(lines: Sequence[Line], place: Place) -> Piece:
    return lines[place[0]].pieces[place[1]]


def _around(piece: Piece, height: float) -> tuple[slice, slice]:
    """The rows and columns of `piece` and of what is around it."""
    reach = round(AROUND * max(height, piece.height))
    rows = slice(max(0, piece.top - reach), piece.bottom + reach)
    return rows, slice(max(0, piece.left - reach), piece.right + reach)


def _looks(piece: Piece, ink: Ink, box: tuple[slice, slice], others: Sequence[Piece], height: float) -> Iterator[Piece]:
    """`piece` as it is by each threshold, where that is something else; `others` is what stands around."""
    whole, (top, left) = ink.untouched[box], (box[0].start, box[1].start)
    inside, free = np.zeros(whole.shape, bool), np.ones(whole.shape, bool)
    _paste(inside, piece, top, left, True)
    for other in others:
        _paste(free, other, top, left, False)
    dark = float(np.quantile(whole[inside], 0.9))
    least = GRAINS * ink.noise * STEPS
    bare = (ink.amount[box] * STEPS).astype(np.uint8)
    for seen in (whole > max(least, DARKER * dark), (bare > max(least, FAINTER * dark)) | inside):
        found = _grown(seen & free, inside, top, left)
        if found is not None and _is_another(found, piece, height):
            yield found


def _paste(canvas: Mask, piece: Piece, top: int, left: int, value: bool) -> None:
    """Set `canvas`, whose corner is at `left`, `top`, to `value` where `piece` has ink."""
    rows = slice(max(0, piece.top - top), max(0, piece.bottom - top))
    columns = slice(max(0, piece.left - left), max(0, piece.right - left))
    here = canvas[rows, columns]
    if here.size:
        down, aside = max(0, top - piece.top), max(0, left - piece.left)
        here[piece.mask[down : down + here.shape[0], aside : aside + here.shape[1]]] = value


def _grown(seen: Mask, inside: Mask, top: int, left: int) -> Piece | None:
    """All of `seen` that hangs together with what of it is `inside`."""
    count, labels = cv2.connectedComponents(seen.astype(np.uint8))
    belongs = np.bincount(labels[inside], minlength=count) > 0
    belongs[0] = False
    return cut_out(belongs[labels], left, top)


def _is_another(found: Piece, piece: Piece, height: float) -> bool:
    tall = max(height, piece.height)
    if not LOWEST * tall <= found.height <= HIGHEST * tall or found.width > max(WIDEST * tall, piece.width):
        return False
    both = np.zeros((max(found.bottom, piece.bottom), max(found.right, piece.right)), np.uint8)
    for one in (found, piece):
        both[one.top : one.bottom, one.left : one.right] += one.mask
    return int((both == 1).sum()) > DIFFERENT * int((both > 0).sum())


def halves(lines: Sequence[Line], doubted: Sequence[Sequence[bool]], height: float | None) -> list[Pair]:
    """Pairs of doubted pieces of two lines, as (line, number), the upper first, that may be one digit.

    Args:
        height: of the digits that are read; None where none is.
    """
    places = _places(doubted)
    if len(places) > MOST:
        return []
    return [
        (upper, lower)
        for upper, lower in itertools.permutations(places, 2)
        if upper[0] != lower[0] and _may_be_halves(_at(lines, upper), _at(lines, lower), height)
    ]


def broken(lines: Sequence[Line], labels: Sequence[Sequence[str]]) -> list[Pair]:
    """The two pieces of `lines`, as (line, number), the upper first, where they are all there is: two 1s, one right
    above the other, which are one with a gap.
    """
    places = _places([[True] * len(line) for line in labels])
    if [label for line in labels for label in line] != ["1", "1"] or places[0][0] == places[1][0]:
        return []
    first, second = sorted(places, key=lambda place: _at(lines, place).top)
    upper, lower = _at(lines, first), _at(lines, second)
    over = min(upper.right, lower.right) - max(upper.left, lower.left)
    near = 0 <= lower.top - upper.bottom <= BROKEN * (lower.bottom - upper.top)
    return [(first, second)] if near and 2 * over >= min(upper.width, lower.width) else []


def _may_be_halves(upper: Piece, lower: Piece, height: float | None) -> bool:
    tall, over = lower.bottom - upper.top, min(upper.right, lower.right) - max(upper.left, lower.left)
    wide = max(upper.right, lower.right) - min(upper.left, lower.left)
    near = lower.top - upper.bottom <= APART * tall and over >= OVER * min(upper.width, lower.width)
    fits = wide <= WIDEST * tall and (height is None or LOWEST * height <= tall <= TALLER * height)
    below = upper.top < lower.top and upper.bottom < lower.bottom
    # Both closed, as boxes are, they look like an 8.
    return below and near and fits and not (upper.holes and lower.holes)


def whole(lines: Sequence[Line], pair: Pair) -> Piece:
    """Two pieces as one."""
    return together(_at(lines, place) for place in pair)


def joined(lines: Sequence[Line], pairs: Sequence[Pair]) -> list[Line]:
    """`lines` with both pieces of each pair as one, which stands where the upper one did, and the lower one nowhere.

    Args:
        pairs: of which no two have a piece in common.
    """
    wholes, lower = {pair[0]: whole(lines, pair) for pair in pairs}, {pair[1] for pair in pairs}
    result = []
    for n, line in enumerate(lines):
        pieces = tuple(wholes.get((n, i), piece) for i, piece in enumerate(line.pieces))
        gone = [i for i in range(len(pieces)) if (n, i) in lower]
        result.append(dataclasses.replace(line, pieces=pieces).without(gone))
    return result
