"""The lines of ruled and squared paper: straight, thin, and right across the picture, unlike anything written on it.

Source: R. Duda and P. Hart, Use of the Hough Transformation to Detect Lines and Curves in Pictures, CACM 15 (1972).
"""

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

THICKEST = 0.075
"""Of the picture's longer side."""
TILT = np.radians(12)
FIT = 0.006
"""How far beside a line found its true course is looked for, of the picture's longer side."""
EDGE = 0.06
"""So near to the picture's edges, as a share of its side, a line must still be seen."""
HOUGH_SIDE = 700
"""Lines are looked for in a picture with this longer side."""


@dataclass(frozen=True)
class Ruling:
    """Ruled lines.

    Attributes:
        removable: bool [h, w], what belongs to a line and to nothing written over it.
        level: float32 [h, w], how much ink the line itself has there; 0 off the lines.
    """

    removable: Mask
    level: Floats


@dataclass(frozen=True)
class _Sampled:
    """Some columns of a picture, by number, and what is thin in them, [h, n]."""

    columns: npt.NDArray[np.int_]
    thin: Mask

    @functools.cached_property
    def middles(self) -> npt.NDArray[np.float64]:
        """The middle row of the run downwards that each pixel is part of, [h, n]: lines may be wider than any reach."""
        return _middles(self.thin)


def find(amount: Floats, threshold: float) -> Ruling:
    """The ruled lines in `amount` [h, w], ink from 0 to 1.

    They are level or upright within 12 degrees and cross the whole picture; ink is what lies above `threshold`.
    """
    level = _level_lines(amount, threshold)
    turned = _level_lines(np.ascontiguousarray(amount.T), threshold)
    upright = Ruling(turned.removable.T, turned.level.T)
    if not level.level.any() or not upright.level.any():
        return Ruling(level.removable | upright.removable, np.maximum(level.level, upright.level))
    # Where two lines meet, ink spreads a little beyond both.
    here, there = (cv2.dilate(np.ascontiguousarray(r.level), np.ones((5, 5), np.uint8)) for r in (level, upright))
    crossing = (here > 0) & (there > 0) & (amount < 1.2 * (here + there - here * there) + 0.05)
    return Ruling(level.removable | upright.removable | crossing, np.maximum(level.level, upright.level))


def _level_lines(amount: Floats, threshold: float) -> Ruling:
    height, width = amount.shape
    thickest = max(4, round(THICKEST * max(height, width)))
    mask = amount > threshold
    thin = _short_runs_down(mask, thickest)
    columns = np.arange(0, width, max(1, width // 200))
    sampled = _Sampled(columns, thin[:, columns])
    found = Ruling(np.zeros(amount.shape, bool), np.zeros(amount.shape, np.float32))
    near = cv2.dilate(mask.astype(np.uint8), np.ones((2 * max(4, round(FIT * max(height, width))) + 1, 1), np.uint8))
    sample = np.linspace(0, width - 1, 160).astype(int)
    tried = np.zeros((0, len(sample)))
    for rows in _candidates(thin):
        if tried.size and np.abs(tried - rows[sample]).max(axis=1).min() <= 3:
            continue
        tried = np.vstack([tried, rows[sample]])
        on = (rows >= 1) & (rows < height - 1)
        here = sample[on[sample]]
        if len(here) < 0.6 * len(sample):
            continue
        seen = near[rows[here], here] > 0
        if seen.mean() < 0.7 or not _reaches_the_edges(seen):
            continue
        if (found.level[rows[here], here] > 0).mean() < 0.5:
            _take(found, amount, mask, thin, _fitted(sampled, rows, width, max(4, round(FIT * max(height, width)))), on)
    return found


def _short_runs_down(mask: Mask, longest: int) -> Mask:
    """The part of `mask` whose runs, taken downwards, have at most `longest` pixels."""
    plain = mask.astype(np.uint8)
    long = cv2.morphologyEx(plain, cv2.MORPH_OPEN, np.ones((longest + 1, 1), np.uint8))
    return (plain > long).astype(bool)


def _candidates(thin: Mask) -> list[npt.NDArray[np.int_]]:
    """The rows, column by column, of the straight lines that most of `thin` lies on, best first."""
    height, width = thin.shape
    scale = min(1.0, HOUGH_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = (cv2.resize(thin.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 40).astype(np.uint8)
    votes = max(30, int(0.3 * size[0]))
    lines = cv2.HoughLines(small, 1, np.pi / 360, votes, min_theta=np.pi / 2 - TILT, max_theta=np.pi / 2 + TILT)
    if lines is None:
        return []
    columns = np.arange(width)
    return [
        np.rint((rho / scale - columns * np.cos(theta)) / np.sin(theta)).astype(int) for rho, theta in lines[:300, 0]
    ]


def _take(found: Ruling, amount: Floats, mask: Mask, thin: Mask, rows: npt.NDArray[np.int_], on: Mask) -> None:
    """Add the line through `rows` to `found`, if there is one."""
    height, width = amount.shape
    columns = np.arange(width)
    reach = max(4, round(THICKEST * max(height, width))) // 2 + 3
    at = np.clip(rows + np.arange(-reach, reach + 1)[:, None], 0, height - 1)
    middle = slice(reach - 1, reach + 2)
    slim, inked = thin[at[middle], columns], mask[at[middle], columns]
    written = np.asarray((inked & ~slim).any(axis=0))
    bare = on & ~written
    seen = np.asarray(slim.any(axis=0))
    if bare.sum() < 0.3 * on.sum() or seen[bare].mean() < 0.75 or not _reaches_the_edges((seen | written)[on]):
        return
    some = np.flatnonzero(bare)[:: max(1, width // 200)]
    profile = np.median(amount[at[:, some], some], axis=1)
    level = float(profile[middle].max())
    low, high = _around(profile > 0.15 * level, reach - 1 + int(profile[middle].argmax()))
    # What is written along the line is darker than it, and what crosses it goes on above and below.
    beside = amount[at[[max(0, low - 1), min(high, len(at) - 1)]], columns] > max(0.5 * level, 0.06)
    at = at[low:high]
    values, slim = amount[at, columns], thin[at, columns]
    found.removable[at, columns] |= slim & on & ~beside.any(axis=0) & (values < 1.6 * level + 0.05)
    found.level[at, columns] = np.where(on, level, 0)


def _reaches_the_edges(seen: Mask) -> bool:
    """Whether a line goes on to both ends, which the long stroke of a digit does not."""
    end = max(2, round(EDGE * len(seen)))
    return bool(seen[:end].mean() >= 0.5 and seen[-end:].mean() >= 0.5)


def _around(inside: Mask, start: int) -> tuple[int, int]:
    """The run of `inside` that holds `start`, and one more on either side."""
    outside = np.flatnonzero(~inside)
    before, after = outside[outside < start], outside[outside > start]
    return int(before.max()) if before.size else 0, int(after.min()) + 1 if after.size else inside.size


def _fitted(sampled: _Sampled, rows: npt.NDArray[np.int_], width: int, reach: int) -> npt.NDArray[np.int_]:
    """`rows` moved onto the middle of the ink found within `reach`: a smooth curve, for no lens is perfect."""
    columns, height = sampled.columns, len(sampled.thin)
    offsets = np.arange(-reach, reach + 1)[:, None]
    for degree in (1, 2):
        at = np.clip(rows[columns] + offsets, 0, height - 1), np.arange(len(columns))
        here = sampled.thin[at]
        count = here.sum(axis=0)
        seen = count > 0
        if seen.sum() < 0.2 * len(columns):
            return rows
        middle = (here * (sampled.middles[at] - rows[columns])).sum(axis=0)[seen] / count[seen]
        x = columns[seen] / width - 0.5
        fit = np.polyfit(x, middle, degree)
        close = np.abs(np.polyval(fit, x) - middle) <= reach / 2
        if close.sum() > degree + 1:
            fit = np.polyfit(x[close], middle[close], degree)
        rows = np.rint(rows + np.polyval(fit, np.arange(width) / width - 0.5)).astype(int)
    return rows


def _middles(thin: Mask) -> npt.NDArray[np.float64]:
    rows = np.arange(len(thin))[:, None]
    first = np.maximum.accumulate(np.where(thin, 0, rows + 1), axis=0)
    last = np.minimum.accumulate(np.where(thin, len(thin) - 1, rows - 1)[::-1], axis=0)[::-1]
    return np.asarray((first + last) / 2)
