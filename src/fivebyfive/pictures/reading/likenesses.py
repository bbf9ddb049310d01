"""What only looks like a digit: a scribble, a net, a frame, a face, an arrow, a pattern, a shadow along one side."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.reading.marks import pen_of
from fivebyfive.pictures.shaping import Mask
from fivebyfive.pictures.sheet import Character, Piece

HOLES, LARGE = 3, 0.005
"""No digit encloses more regions that are so large beside its box: an 8 has two."""
MESHES, SPECKS = 6, 0.0005
"""No 1 encloses more regions, and larger ones than specks, beside its box: where the pen did not write too."""
SQUARE, STRAIGHT = 0.7, 0.92
"""A frame is so wide for its height at least, which no display's 0 is, and fills so much of the box around it."""
SLICES, HEAD = 20, (1, 2)
"""A stroke is cut into so many, and an arrow's head is as wide as it gets in the second or third from its end, ..."""
BARBS, BACK, SHAFT = 1.6, 0.4, 1.2
"""... so wide on both sides of the axis, in pens, and by so much wider than at its tip; its shaft is no wider."""
EVEN, MOSTLY = (0.55, 1.6), 0.6
"""As wide as the pen is a stroke between these, in pens; and how many of its slices are, at least."""
ENOUGH = 4_000
"""So many of its pixels tell how wide it is."""
THICK = 0.3
"""Of a 1's length, the widest that its pen is: of 100 in pictures and close-ups, 0.28."""
THIN = 0.02
"""What is drawn as finely as this, beside its longer side, is no display's."""
ALONG = 0.25
"""What lies along one side of its picture for this share of its own height goes on beyond it."""
MEETINGS = 9
"""No digit meets its picture's edge in more places: of 100 close-ups the ones that do so most often do in 5."""


def is_drawn(character: Character) -> bool:
    """Whether a digit is one only from afar, as a scribble, a table or a cloth may be; or a 1 is an arrow; or an 8 or a
    0 is a frame, or a ring around things, as a face is.
    """
    piece = character.piece
    most, size = (MESHES, SPECKS) if character.label == "1" else (HOLES, LARGE)
    if piece.holes > most and _holes(piece, size) > most:
        return True
    if character.label == "1":
        return _is_arrow(piece.mask)
    if character.label not in ("0", "8"):
        return False
    contours, _ = cv2.findContours(piece.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outer = max(contours, key=cv2.contourArea)
    if _within(outer, piece.mask) > 1:
        return True
    sides = cv2.minAreaRect(outer)[1]
    no_display = min(sides) > SQUARE * max(sides) or pen_of([piece.mask]) < THIN * max(sides)
    return bool(no_display and cv2.contourArea(outer) > STRAIGHT * sides[0] * sides[1])


def _is_arrow(mask: Mask) -> bool:
    """Whether a long stroke has heads at one end or both: barbs on both sides that go back from its tip. A 1 that has a
    foot has a flag too, and that on one side.
    """
    sides = _sides(mask) / pen_of([mask])
    ends = [sides[:, : SLICES // 2], sides[:, : SLICES // 2 - 1 : -1]]
    heads = [_is_head(end) for end in ends]
    bare = [bool((end <= SHAFT).all()) for end in ends]
    return all(heads) or (heads[0] and bare[1]) or (heads[1] and bare[0])


def is_even(mask: Mask) -> bool:
    """Whether a stroke is mostly as wide as its pen, as a 1 is but for its flag and its foot, and much longer; things
    seldom are.
    """
    if 2 * cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5).max() > THICK * max(mask.shape):
        return False
    wide = _sides(mask).sum(axis=0) / pen_of([mask])
    return bool(((wide > EVEN[0]) & (wide < EVEN[1])).mean() >= MOSTLY)


def _is_head(end: npt.NDArray[np.float64]) -> bool:
    """Whether the slices of one end, from its tip, are those of a head on a shaft."""
    barbs = [end[:, n] for n in HEAD if (end[:, n] > end[:, 0] + BACK).all()]
    return any(bool((barb > BARBS).all()) for barb in barbs) and bool((np.median(end[:, 5:], axis=1) <= SHAFT).all())


def _sides(mask: Mask) -> npt.NDArray[np.float64]:
    """How far ink reaches to either side of its longer axis, in pixels, in each slice across it: [2, SLICES]."""
    points = np.argwhere(mask).astype(np.float64)
    points = points[:: 1 + len(points) // ENOUGH]
    points -= points.mean(axis=0)
    along, aside = (points @ np.linalg.eigh(points.T @ points)[1][:, ::-1]).T
    slices = np.minimum(((along - along.min()) / max(np.ptp(along), 1.0) * SLICES).astype(np.intp), SLICES - 1)
    sides = np.zeros((2, SLICES))
    np.maximum.at(sides[0], slices, aside)
    np.maximum.at(sides[1], slices, -aside)
    return sides


def _within(outer: npt.NDArray[np.integer[Any] | np.floating[Any]], mask: Mask) -> int:
    """How many things that are no specks stand apart inside of the outline of the largest."""
    _, labels, stats, middles = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    largest = labels[tuple(outer[0, 0, ::-1])]
    things = (stats[:, cv2.CC_STAT_AREA] >= LARGE * mask.size) & (np.arange(len(stats)) != largest)
    return sum(cv2.pointPolygonTest(outer, middle, False) > 0 for middle in middles[1:][things[1:]].tolist())


def _holes(piece: Piece, size: float) -> int:
    """How many regions it encloses that are at least so large beside its box."""
    outside = np.pad(~piece.mask, 1, constant_values=True).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=4)
    areas = np.delete(stats[:, cv2.CC_STAT_AREA], [0, int(labels[0, 0])])
    return int((areas >= size * piece.mask.size).sum())


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
