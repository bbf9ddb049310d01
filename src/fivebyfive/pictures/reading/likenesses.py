"""What only looks like a digit: a scribble, a net, a frame, a face, a pattern, a shadow along the picture's side."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.shaping import Mask
from fivebyfive.pictures.sheet import Character, Piece

MESHES = 6
"""No 1 encloses more regions, where the pen did not write too."""
HOLES, LARGE = 3, 0.005
"""No digit encloses more regions that are so large beside its box: an 8 has two."""
SQUARE, STRAIGHT = 0.7, 0.92
"""A frame is so wide for its height at least, which no display's 0 is, and fills so much of the box around it."""
ALONG = 0.25
"""What lies along one side of its picture for this share of its own height goes on beyond it."""
MEETINGS = 9
"""No digit meets its picture's edge in more places: of 100 close-ups the ones that do so most often do in 5."""


def is_drawn(character: Character) -> bool:
    """Whether a digit is one only from afar, as a scribble, a table or a cloth may be; or an 8 or a 0 is a frame, or a
    ring around things, as a face is.
    """
    piece = character.piece
    if piece.holes > HOLES and (piece.holes > MESHES if character.label == "1" else _large_holes(piece) > HOLES):
        return True
    if character.label not in ("0", "8"):
        return False
    contours, _ = cv2.findContours(piece.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outer = max(contours, key=cv2.contourArea)
    if _within(outer, piece.mask) > 1:
        return True
    sides = cv2.minAreaRect(outer)[1]
    square = min(sides) > SQUARE * max(sides)
    return bool(square and cv2.contourArea(outer) > STRAIGHT * sides[0] * sides[1])


def _within(outer: npt.NDArray[np.integer[Any] | np.floating[Any]], mask: Mask) -> int:
    """How many things that are no specks stand apart inside of the outline of the largest."""
    _, labels, stats, middles = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    largest = labels[tuple(outer[0, 0, ::-1])]
    things = (stats[:, cv2.CC_STAT_AREA] >= LARGE * mask.size) & (np.arange(len(stats)) != largest)
    return sum(cv2.pointPolygonTest(outer, middle, False) > 0 for middle in middles[1:][things[1:]].tolist())


def _large_holes(piece: Piece) -> int:
    """How many regions it encloses that are no specks."""
    outside = np.pad(~piece.mask, 1, constant_values=True).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=4)
    areas = np.delete(stats[:, cv2.CC_STAT_AREA], [0, int(labels[0, 0])])
    return int((areas >= LARGE * piece.mask.size).sum())


def goes_on(character: Character, ink: Mask) -> bool:
    """Whether it goes on beyond the edge of the picture in the middle of `ink`: a 1 that lies along the left or the
    right side, and not along both; or what meets the edge in many places.
    """
    piece, (height, width) = character.piece, ink.shape
    margin = round(max(height, width) / 6) + 2
    sides = piece.mask[:, : max(0, margin - piece.left)], piece.mask[:, max(0, width - margin - piece.left) :]
    along = [int(np.count_nonzero(side.any(axis=1))) for side in sides]
    if character.label == "1":
        return max(along) >= ALONG * piece.height and not min(along)
    return character.label.isdigit() and _meetings(piece, ink.shape, margin) > MEETINGS


def _meetings(piece: Piece, size: tuple[int, ...], margin: int) -> int:
    """In how many places it meets a side of the picture that lies so far inside of `size`."""
    whole = np.zeros(size, np.int8)
    whole[piece.top : piece.bottom, piece.left : piece.right] = piece.mask
    own = whole[margin : size[0] - margin, margin : size[1] - margin]
    edges = (own[0], own[-1], own[:, 0], own[:, -1]) if own.size else ()
    return sum(int((np.diff(edge, prepend=0) == 1).sum()) for edge in edges)
