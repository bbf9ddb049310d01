"""Pieces of ink for tests of reading: MNIST's digits cut to their box, beside one another and touching, on a sheet."""

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.decision import NONE
from fivebyfive.pictures.sheet import Character, Line, Piece, Sheet, Way

Pixels = npt.NDArray[np.uint8]
HEIGHT, GAP = 60, 40


def ink(image: Pixels) -> Piece:
    large = cv2.resize(image, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC) > 110
    rows, columns = np.nonzero(large)
    cut = large[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(np.uint8)
    wide = max(1, round(cut.shape[1] * HEIGHT / cut.shape[0]))
    return Piece(np.asarray(cv2.resize(cut, (wide, HEIGHT), interpolation=cv2.INTER_AREA)) > 0, 0, 0)


def in_line(pieces: list[Piece], gap: int = GAP) -> Line:
    left, placed = 0, []
    for piece in pieces:
        placed.append(Piece(piece.mask, left, 0))
        left += piece.width + gap
    return Line(tuple(placed))


def touching(first: Piece, second: Piece) -> Piece:
    """Both as one shape: moved together until their ink meets, and two pixels more."""
    right = np.where(first.mask.any(axis=1), first.width - first.mask[:, ::-1].argmax(axis=1), -1000)
    start = np.where(second.mask.any(axis=1), second.mask.argmax(axis=1), 1000)
    at = int((right - start).max()) - 2
    mask = np.zeros((HEIGHT, max(first.width, at + second.width)), bool)
    mask[:, : first.width] |= first.mask
    mask[:, at : at + second.width] |= second.mask
    return Piece(mask, 0, 0)


def sheet_of(*lines: Line) -> Sheet:
    return Sheet(np.zeros((9, 9, 1), np.uint8), Way(), None, lines, (), lambda box: box)


def texts(lines: tuple[tuple[Character, ...], ...]) -> list[str]:
    return ["".join(c.label for c in line if c.label != NONE) for line in lines]
