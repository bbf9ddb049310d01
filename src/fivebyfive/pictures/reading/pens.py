"""What is left of a rule, or lies in a shadow's edge, may look like a 1 or a mark: it is fainter than digits in a
coloured pen, and has none of their colour. Either alone says nothing: a camera blurs the colour of a thin stroke.

A colour is how unequally ink takes light away from the channels: faint or dark, and in shadow too, a pen's is the same.
Where the digits take nearly as much of each, as a pencil does, this says nothing.

One stroke alone is a pen's where it is of one colour, and no paper between things.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from fivebyfive.decision import SURE
from fivebyfive.pictures.ink import Ink, Pixels
from fivebyfive.pictures.preparation import is_mark
from fivebyfive.pictures.sheet import Character, Piece, Sheet

Light = npt.NDArray[np.float64]

COLOURED = 0.08
"""How far the channels' shares of what the digits take away are from a third each, at least."""
OWN = 0.33
"""Of the digits' colour, what a mark of the same pen has at least: most have 0.9."""
FAINT = 0.6
"""What is no fainter than this, beside the digits, may be of any colour."""
ENOUGH = 16
"""So many sure digits say which colour the pen has."""
SPARSE = 8
"""Every so many-th pixel tells the picture's usual shade."""
OTHER = 0.25
"""Red less green, or blue less both, of all the light there is: a stroke's own changes by less. Of the 1s of 150 such
pictures as the reader is measured on, the most is 0.19."""


def strangers(characters: Iterable[Character], sheet: Sheet) -> set[Piece]:
    """The ones and marks that are fainter than the other digits, and have not their colour."""
    every = [c for c in characters if c.probabilities is not None]
    told = [c.piece for c in every if c.label.isdigit() and c.label != "1" and _probability(c) >= SURE]
    asked = [c.piece for c in every if c.label == "1" or is_mark(c.label)]
    if not told or not asked or sheet.ink is None or sheet.ink.paper.shape[2] == 1:
        return set()
    taken = [_taken(piece, sheet) for piece in told[:ENOUGH]]
    pen = np.median([_colour(each) for each in taken], axis=0)
    if np.linalg.norm(pen) < COLOURED:
        return set()
    faint = FAINT * np.median([each.mean() for each in taken])
    light = {piece: _taken(piece, sheet) for piece in asked}
    return {piece for piece, one in light.items() if one.mean() < faint and _colour(one) @ pen < OWN * (pen @ pen)}


def is_of_one(piece: Piece, sheet: Sheet) -> bool:
    """Whether the colour of its ink is the same throughout, but for the outermost tenths."""
    if sheet.ink is None or sheet.picture.shape[2] == 1:
        return True
    red, green, blue = (_inked(piece, sheet, sheet.ink) / 255).T
    hues = np.stack([red - green, blue - (red + green) / 2])
    first, last = np.percentile(hues, [10, 90], axis=1)
    return bool((last - first).max() < OTHER)


def is_gap(piece: Piece, sheet: Sheet) -> bool:
    """Whether it is lighter than what is around it, and most of the picture is too: paper seen between things."""
    if sheet.ink is None or not sheet.ink.light:
        return False
    inked, around = (
        float(shade.mean()) for shade in (_inked(piece, sheet, sheet.ink), 255 - _paper_at(piece, sheet.ink))
    )
    return bool(np.median(sheet.picture[::SPARSE, ::SPARSE]) > (inked + around) / 2)


def _probability(character: Character) -> float:
    return 0.0 if character.probabilities is None else float(character.probabilities.max())


def _colour(taken: Light) -> Light:
    """How far each channel's share of what is taken away is from the others', [C]."""
    return taken / max(float(taken.sum()), 1e-3) - 1 / len(taken)


def _taken(piece: Piece, sheet: Sheet) -> Light:
    """The share of the paper's light in each channel that the darker half of its ink takes away, [C]."""
    ink = sheet.ink
    assert ink is not None
    inked = _inked(piece, sheet, ink).mean(axis=0, dtype=float)
    left = (255 - inked if ink.light else inked) / np.maximum(_paper_at(piece, ink), 1)
    return np.asarray(np.maximum(1 - left, 0), np.float64)


def _paper_at(piece: Piece, ink: Ink) -> Light:
    """The paper in the middle of its box, [C]; of light ink turned, as it is there."""
    small = ink.paper.shape[0] / ink.amount.shape[0]
    middle = (int(n / 2 * small) for n in (piece.top + piece.bottom, piece.left + piece.right))
    return np.asarray(ink.paper[tuple(min(n, m - 1) for n, m in zip(middle, ink.paper.shape[:2], strict=True))])


def _inked(piece: Piece, sheet: Sheet, ink: Ink) -> Pixels:
    """The pixels of the picture where its ink is darkest, its darker half, [n, C]."""
    rows, columns = np.nonzero(piece.mask)
    amount = ink.amount[rows + piece.top, columns + piece.left]
    dark = amount >= np.median(amount)
    down, across = (
        ((n[dark] + first) / ink.scale).astype(int) for n, first in ((rows, piece.top), (columns, piece.left))
    )
    height, width = sheet.picture.shape[:2]
    return np.asarray(sheet.picture[np.minimum(down, height - 1), np.minimum(across, width - 1)])
