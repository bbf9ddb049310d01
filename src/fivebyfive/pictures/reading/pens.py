"""What is left of a rule, or lies in a shadow's edge, may look like a 1 or a mark: beside coloured digits it has none
of their colour.

A colour is the share of each channel in all light, less that of the paper around, so that a shadow changes little.
Where the digits' own can hardly be told from the paper's, as a pencil's, this says nothing.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.preparation import is_mark
from fivebyfive.pictures.sheet import Character, Piece, Sheet

Colour = npt.NDArray[np.float64]

COLOURED = 0.2
"""How far a digit's colour is from the paper's, at least, where it is told by it: black ink on cream has 0.1."""
OWN = 0.4
"""Of the digits' colour, what a mark of the same pen has at least, though a camera blurs small ones: most have 0.9."""
SURE = 0.8
"""How probable a digit is that says which colour the pen has."""
ENOUGH = 16
"""So many digits say it."""


def strangers(characters: Iterable[Character], sheet: Sheet) -> set[Piece]:
    """The ones and marks that do not have the colour of the other digits."""
    every = [c for c in characters if c.probabilities is not None]
    told = [c.piece for c in every if c.label.isdigit() and c.label != "1" and _probability(c) >= SURE]
    asked = [c.piece for c in every if c.label == "1" or is_mark(c.label)]
    if not told or not asked or sheet.ink is None or sheet.ink.paper.shape[2] == 1:
        return set()
    pen = np.median([_colour(piece, sheet) for piece in told[:ENOUGH]], axis=0)
    if np.linalg.norm(pen) < COLOURED:
        return set()
    return {piece for piece in asked if _colour(piece, sheet) @ pen < OWN * (pen @ pen)}


def _probability(character: Character) -> float:
    return 0.0 if character.probabilities is None else float(character.probabilities.max())


def _colour(piece: Piece, sheet: Sheet) -> Colour:
    """Of the darker half of its ink, [C]."""
    ink = sheet.ink
    assert ink is not None
    rows, columns = np.nonzero(piece.mask)
    amount = ink.amount[rows + piece.top, columns + piece.left]
    dark = amount >= np.median(amount)
    down, across = (
        ((n[dark] + first) / ink.scale).astype(int) for n, first in ((rows, piece.top), (columns, piece.left))
    )
    height, width = sheet.picture.shape[:2]
    written = sheet.picture[np.minimum(down, height - 1), np.minimum(across, width - 1)].mean(axis=0, dtype=float)
    small = ink.paper.shape[0] / ink.amount.shape[0]
    middle = (int(n / 2 * small) for n in (piece.top + piece.bottom, piece.left + piece.right))
    paper = ink.paper[tuple(min(n, most - 1) for n, most in zip(middle, ink.paper.shape[:2], strict=True))].astype(
        float
    )
    return _shares(written) - _shares(255 - paper if ink.light else paper)


def _shares(light: Colour) -> Colour:
    return light / max(float(light.sum()), 1.0)
