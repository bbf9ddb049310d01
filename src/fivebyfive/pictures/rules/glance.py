"""A glance at a small picture: one character that stands clear of its edge has no rules, and none need be looked for.

A rule goes to the edge, lies apart from what is written, is far longer than it is high, or has part in a frame,
which is drawn along two sides of its box at least.
"""

import cv2
import numpy as np

from fivebyfive.pictures.rules.line import Bytes

CELL, INKED = 8, 0.1
"""Squares of so many pixels are looked at, and are ink where this share of them is: a hairline is an eighth, and grain
hardly ever so much.
"""
LONG = 1.5
"""So wide for its height is no single character."""
DRAWN = 0.9
"""A side of a frame is drawn for this share of its length."""


def is_one_character(mask: Bytes) -> bool:
    """Whether all ink of `mask`, uint8 [h, w], is plainly one character's, clear of the picture's edge."""
    size = (mask.shape[1] // CELL, mask.shape[0] // CELL)
    if min(size) < 3:
        return False
    shares = np.asarray(cv2.resize(mask * np.uint8(255), size, interpolation=cv2.INTER_AREA))
    ink = (shares > 255 * INKED).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(ink)
    clear = left > 0 and top > 0 and left + width < size[0] and top + height < size[1]
    if not clear or width > LONG * height or cv2.connectedComponents(ink)[0] != 2:
        return False
    box = ink[top : top + height, left : left + width]
    sides = (box[:2].any(axis=0), box[-2:].any(axis=0), box[:, :2].any(axis=1), box[:, -2:].any(axis=1))
    return sum(bool(side.mean() >= DRAWN) for side in sides) < 2
