"""Lines drawn around digits: a circle, an oval, a frame by hand. What is inside is written, the line is not."""

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.lines.parts import Parts

Labels = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]

INSIDE = 0.35
"""What is inside is at least so high, beside the line around it: the dot or the dash in a zero is lower."""
AROUND, DIRECTIONS = 0.85, 36
"""In so many of these directions the line is seen from what it is around, though it may have a gap."""
THIN = 0.35
"""Of its box, what such a line fills at most."""
MOST = 40
"""So many of the largest shapes are looked at: a page has no more circles than that, or none is read as one."""


def rings(parts: Parts, labels: Labels, numbers: Numbers) -> Numbers:
    """Those of `numbers`, components of `labels` [h, w] that may be written, that are lines around others."""
    boxes = parts.at(numbers)
    slim = np.flatnonzero(boxes.area < THIN * boxes.width * boxes.height)
    found = []
    for i in slim[np.argsort(-boxes.sizes[slim], kind="stable")][:MOST].tolist():
        inside = (boxes.left > boxes.left[i]) & (boxes.right < boxes.right[i])
        inside &= (boxes.top > boxes.top[i]) & (boxes.bottom < boxes.bottom[i])
        inside &= boxes.height > INSIDE * min(boxes.width[i], boxes.height[i])
        if inside.any() and _is_around(parts, labels, int(numbers[i]), boxes.at(np.flatnonzero(inside))):
            found.append(int(numbers[i]))
    return np.array(found, np.int64)


def _is_around(parts: Parts, labels: Labels, number: int, inside: Parts) -> bool:
    left, top, right, bottom = parts.box(number)
    ink = (labels[top:bottom, left:right] == number).astype(np.uint8)
    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.concatenate(contours)[:, 0] + np.array([left, top])
    x, y = (inside.left + inside.right) / 2, (inside.top + inside.bottom) / 2
    angles = np.arctan2(points[:, 1] - y[:, None], points[:, 0] - x[:, None])
    seen = ((angles + np.pi) * (DIRECTIONS / (2 * np.pi))).astype(int) % DIRECTIONS
    return any(len(np.unique(row)) >= AROUND * DIRECTIONS for row in seen)
