"""The digits of a display are made of bars: what is usual beside them is not a bar's size but a digit's.

Seven bars make an 8: three lie, four stand, all about as long; a lying one has a standing one's end at its own.
"""

import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.lines.parts import Floats, Parts, median

Mask = npt.NDArray[np.bool_]

LONG = 1.8
"""A bar is so many times as long as it is thick, in its box, which a slanted one fills less."""
SHARE = 0.35
"""So much of the ink is in bars; others may touch one another at their ends."""
ALIKE = 1.7
"""The middle lengths of lying and standing bars differ by no more than this factor."""
NEAR = 0.3
"""A lying bar's end and that of a standing one are so near, in bars' lengths, sideways as well as up or down."""
BARS = 2.15
"""A digit is so many bars high."""


def usual(parts: Parts, around: Floats) -> Floats:
    """`around`, the usual size around each part, [n]; where they are a display's bars, the height of its digits."""
    large = parts.sizes >= 0.3 * around
    lying = np.flatnonzero(large & (parts.width >= LONG * parts.height))
    standing = np.flatnonzero(large & (parts.height >= LONG * parts.width))
    if len(lying) == 0 or len(standing) == 0:
        return around
    bars = np.concatenate([lying, standing])
    if parts.area[bars].sum() < SHARE * parts.area[large].sum():
        return around
    wide, high = median(parts.width[lying]), median(parts.height[standing])
    if max(wide, high) > ALIKE * min(wide, high):
        return around
    cornered = _cornered(parts.at(lying), parts.at(standing), NEAR * high)
    if cornered.mean() < 0.6:
        return around
    return np.maximum(around, BARS * high)


def _cornered(lying: Parts, standing: Parts, near: float) -> Mask:
    """Which lying bars have an end near that of a standing one, [n]."""
    order = np.argsort(standing.left)
    lefts = standing.left[order].astype(float)
    result = np.zeros(len(lying.left), bool)
    for number in range(len(result)):
        first, last = np.searchsorted(
            lefts, [lying.left[number] - near - _widest(standing), lying.right[number] + near]
        )
        beside = standing.at(order[first:last])
        middle = (lying.top[number] + lying.bottom[number]) / 2
        ends = np.minimum(np.abs(beside.top - middle), np.abs(beside.bottom - middle)) < near
        left = (np.abs(beside.right - lying.left[number]) < near) | (np.abs(beside.left - lying.right[number]) < near)
        result[number] = bool((ends & left).any())
    return result


def _widest(parts: Parts) -> int:
    return int(parts.width.max())
