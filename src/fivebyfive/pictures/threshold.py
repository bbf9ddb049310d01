"""Which pixels are ink, given how much of its paper's light each lacks: a threshold for each stroke, or one for all."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

FAINTEST, FAINTER = 0.09, 0.025
"""Ink takes at least this share of the paper's light away; where all there is is faint, as pencil is, this."""

GRAINS = 3.5
"""So many times the paper's grain is ink."""

STEPS = 200
"""Bare paper in the byte that tells how much of the paper's light is there; what is a little lighter fits in too."""


def inked(missing: Pixels, noise: float, plain: bool) -> Mask:
    """Where there is ink, [h, w]: each stroke down to about half of its own darkness, above the paper's noise."""
    least = min(max(FAINTER, GRAINS * noise), 1.0) * STEPS
    counts = counts_of(missing)
    dark = _level(counts, least, 0.8)
    floor = max(least, min(FAINTEST * STEPS, 0.5 * dark))
    if plain:
        return missing > _parting(counts, floor)
    floor = max(floor, 0.2 * _level(counts, floor, 0.8))
    faint = (missing > floor).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(faint)
    here = slice(top, top + height), slice(left, left + width)
    mask = np.zeros(missing.shape, bool)
    if width:
        mask[here] = _halfway(missing[here], faint[here])
    return mask


def _halfway(missing: Pixels, faint: Pixels) -> Mask:
    """What of each stroke of `faint` is darker than about half of its own darkness."""
    count, labels = cv2.connectedComponents(faint)
    at = np.flatnonzero(faint)
    stroke, value = labels.ravel()[at], missing.ravel()[at]
    mask = np.zeros(missing.size, bool)
    mask[at] = value > 0.45 * _darkness(stroke - 1, value, count - 1)[stroke - 1]
    return mask.reshape(missing.shape)


def _darkness(stroke: npt.NDArray[Any], value: npt.NDArray[Any], count: int) -> Numbers:
    """Of each of so many strokes, what nine tenths of its pixels are no darker than.

    Args:
        stroke, value: [n], of each pixel, whose it is, and how dark it is as a byte.
    """
    # Sorted by stroke and then by value, as one number: by counting, where that takes no more room than the pixels do.
    both = stroke * 256 + value
    rank = (np.bincount(stroke, minlength=count) * 9) // 10
    if count * 256 <= both.size:
        below = np.cumsum(np.bincount(both, minlength=count * 256).reshape(count, 256), axis=1)
        return np.asarray((below <= rank[:, None]).sum(axis=1))
    ends = np.cumsum(np.bincount(stroke, minlength=count))
    return np.asarray(np.sort(both)[np.concatenate([[0], ends[:-1]]) + rank] % 256)


def counts_of(values: Pixels, own: Mask | None = None) -> Numbers:
    """How often each byte is there, or where `own` is, [256]."""
    among = None if own is None else own.view(np.uint8)
    return cv2.calcHist([values], [0], among, [256], [0, 256]).ravel().astype(np.int64)


def _level(counts: Numbers, least: float, share: float) -> float:
    """Of what lies above `least`, the value that this share lies below, or 0; `counts` [256] says how often each is."""
    first = int(least) + 1
    above = np.cumsum(counts[first:])
    return float(first + np.searchsorted(above, share * above[-1])) if above[-1] else 0.0


def _parting(counts: Numbers, least: float) -> float:
    """The value that parts what lies above `least` into two best: N. Otsu, A Threshold Selection Method, 1979."""
    first = int(least) + 1
    some, values = counts[first:].astype(np.float64), np.arange(first, 256)
    below, mass = np.cumsum(some), np.cumsum(some * values)
    total = max(below[-1], 1.0)
    between = (mass[-1] * below / total - mass) ** 2 / np.maximum(below * (total - below), 1.0)
    return float(values[between.argmax()])
