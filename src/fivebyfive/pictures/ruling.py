"""The rules of a page: straight, thin and longer than anything written. They are taken out, and make cells.

Found in a smaller picture (`straight`), told from the strokes of digits (`network`), they are followed in the picture
itself, and what is written over them stays: it is darker than they are, or goes on beside them.
"""

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures import cells, network
from fivebyfive.pictures.cells import Cell
from fivebyfive.pictures.straight import Inked, Line, level_lines

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LOOKED_AT = 1024
"""Lines are looked for in a picture with this longer side."""
SHARP, EDGE = 7, 0.4
"""Lines are cut at this share of the most ink within so many pixels, as thick as they are, however blurred."""
SAMPLES = 400
"""So many of its columns tell how dark a rule is."""
SPREAD = 2
"""Where two rules meet, ink spreads so many pixels beyond both."""


@dataclass(frozen=True)
class Ruling:
    """Rules.

    Attributes:
        removable: bool [h, w], what belongs to a rule and to nothing written over it.
        level: float32 [h, w], how much ink the rule itself has there; 0 off the rules.
        cells: what the rules make: the cells of tables and forms; a frame is one.
        share: the share of all ink that is removable: where it is nearly all, look at the picture with its rules too.
    """

    removable: Mask
    level: Floats
    cells: tuple[Cell, ...] = ()
    share: float = 0.0


def find(amount: Floats, threshold: float) -> Ruling:
    """The rules in `amount` [h, w], ink from 0 to 1; ink is what lies above `threshold`.

    They are level or upright within 12 degrees, and may be bent a little, as on photographed pages.
    """
    size = (amount.shape[0], amount.shape[1])
    small, scale = _smaller(amount)
    ink = _inked(small, threshold)
    level = [_measured(line, small) for line in level_lines(ink)]
    upright = [_measured(line, small.T) for line in level_lines(ink.turned)]
    found = Ruling(np.zeros(size, bool), np.zeros(size, np.float32))
    if not level and not upright:
        return found
    rules = network.rules(ink.sharp, level, upright)
    if not rules.level and not rules.upright:
        return found
    _remove(found, amount, rules, scale, threshold)
    share = np.count_nonzero(found.removable) / max(1, np.count_nonzero(amount > threshold))
    return Ruling(found.removable, found.level, cells.of(rules, scale, size), min(1.0, share))


def _smaller(amount: Floats) -> tuple[Floats, float]:
    """`amount` with at most so many pixels a side as lines are looked for in, and how much larger it was."""
    scale = max(amount.shape) / LOOKED_AT
    if scale <= 1:
        return np.ascontiguousarray(amount), 1.0
    size = (max(1, round(amount.shape[1] / scale)), max(1, round(amount.shape[0] / scale)))
    small = np.asarray(cv2.resize(amount, size, interpolation=cv2.INTER_AREA), np.float32)
    return small.reshape(size[::-1]), scale


def _inked(amount: Floats, threshold: float) -> Inked:
    anything = amount > threshold
    peak = cv2.dilate(amount, np.ones((SHARP, SHARP), np.uint8))
    return Inked(anything.astype(np.uint8), (anything & (amount > EDGE * peak)).astype(np.uint8))


def _measured(line: Line, amount: Floats) -> Line:
    """With its darkness: the most ink within a pixel of its middle."""
    rows = np.rint(line.rows).astype(np.intp) + np.arange(-1, 2)[:, None]
    at = amount[np.clip(rows, 0, len(amount) - 1), np.arange(line.first, line.last + 1)]
    dark = float(np.median(at.max(axis=0)))
    return dataclasses.replace(line, dark=dark)


def _remove(found: Ruling, amount: Floats, rules: network.Rules, scale: float, threshold: float) -> None:
    levels = np.zeros(amount.shape, np.float32)
    for line in rules.level:
        band = _band(amount, line.enlarged(scale), threshold)
        if band is not None:
            band.mark(found, amount, levels)
    if not rules.upright:
        return
    turned = Ruling(found.removable.T, found.level.T)
    for line in rules.upright:
        band = _band(amount.T, line.enlarged(scale), threshold)
        if band is not None:
            band.mark(turned, amount.T, None)
            band.cross(turned, amount.T, levels.T)


@dataclass(frozen=True)
class _Band:
    """The pixels of a rule and just around it.

    Attributes:
        rows, columns: [k, n], where they are; `values`, how much ink is there.
        low, high: which of the k belong to the rule; `level`, its own ink.
    """

    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    values: Floats
    low: int
    high: int
    level: float

    def mark(self, found: Ruling, amount: Floats, levels: Floats | None) -> None:
        """Add it to `found`, and with what it spreads to, to `levels`."""
        # What is written along the rule is darker than it, and what crosses it goes on above and below.
        beside = self.values[[self.low - 1, self.high]] > max(0.5 * self.level, 0.06)
        part = slice(self.low, self.high)
        at, values = (self.rows[part], self.columns[part]), self.values[part]
        inside = (at[0] >= 0) & (at[0] < len(amount))
        where = np.nonzero(inside & ~beside.any(axis=0) & (values < 1.6 * self.level + 0.05))
        found.removable[at[0][where], at[1][where]] = True
        where = np.nonzero(inside)
        at = at[0][where], at[1][where]
        found.level[at] = np.maximum(found.level[at], np.float32(self.level))
        if levels is not None:
            at = self._spread(amount)
            levels[at] = np.maximum(levels[at], np.float32(self.level))

    def cross(self, found: Ruling, amount: Floats, levels: Floats) -> None:
        """Add where it meets the rules of the other direction, which have these `levels`."""
        at = self._spread(amount)
        there = levels[at]
        at, there = (at[0][there > 0], at[1][there > 0]), there[there > 0]
        bare = amount[at] < 1.2 * (self.level + there - self.level * there) + 0.05
        found.removable[at[0][bare], at[1][bare]] = True

    def _spread(self, amount: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        part = slice(max(0, self.low - SPREAD), self.high + SPREAD)
        inside = (self.rows[part] >= 0) & (self.rows[part] < len(amount))
        return self.rows[part][inside], self.columns[part][inside]


def _band(amount: Floats, line: Line, threshold: float) -> _Band | None:
    """The band along a level `line`; None where there is no ink in its middle."""
    height, width = amount.shape
    reach = round(0.8 * line.thick) + 4
    # Beyond its ends: corners are where two lines end.
    columns = np.arange(max(0, line.first - reach), min(width, line.last + reach + 1))
    offsets = np.arange(-reach, reach + 1)[:, None]
    course = line.at(columns)
    for _ in range(2):
        rows = np.rint(course).astype(np.intp) + offsets
        values = np.where((rows >= 0) & (rows < height), amount[np.clip(rows, 0, height - 1), columns], np.float32(0))
        bare = (values[[0, 1, -2, -1]] < threshold).all(axis=0) & (values[reach - 1 : reach + 2] > threshold).any(
            axis=0
        )
        if bare.sum() < 8:
            break
        weight = values[:, bare].sum(axis=0)
        middle = np.rint(course[bare]) + (values[:, bare] * offsets).sum(axis=0) / weight
        course = cv2.blur(np.interp(columns, columns[bare], middle)[None], (15, 1))[0]
    if bare.sum() < 8:
        bare = np.ones(len(columns), bool)
    some = np.flatnonzero(bare)[:: max(1, int(bare.sum()) // SAMPLES)]
    profile = np.median(values[:, some], axis=1)
    level = float(profile[reach - 1 : reach + 2].max())
    if level <= 0.5 * threshold:
        return None
    low, high = _around(profile > 0.15 * level, reach - 1 + int(profile[reach - 1 : reach + 2].argmax()))
    return _Band(rows, np.broadcast_to(columns, rows.shape), values, max(1, low), min(high, len(rows) - 1), level)


def _around(inside: Mask, start: int) -> tuple[int, int]:
    """The run of `inside` that holds `start`, and one more on either side."""
    outside = np.flatnonzero(~inside)
    before, after = outside[outside < start], outside[outside > start]
    return int(before.max()) if before.size else 0, int(after.min()) + 1 if after.size else inside.size
