"""The rules of a page: straight, thin and longer than anything written. They are taken out, and make cells.

Found in a smaller picture (`straight`), told from the strokes of digits (`network`), they are followed in the picture
itself, and what is written over them stays: it is darker than they are, or goes on beside them.
"""

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.rules import cells, glance, network
from fivebyfive.pictures.rules.cells import Cell
from fivebyfive.pictures.rules.line import Bytes, Inked, Line
from fivebyfive.pictures.rules.straight import level_lines
from fivebyfive.pictures.rules.tracing import THIN, going_on

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LOOKED_AT = 1024
"""Lines are looked for in a picture with this longer side."""
SHARP, EDGE = 7, 0.4
"""Lines are cut at this share of the most ink within so many pixels, as thick as they are, however blurred."""
EDGES, LONE = 3, 4
"""A line that ends so many pixels from the picture's edge goes on to it; so many are few."""
THICKEST = 1 / 12
"""Of the picture's longer side: what is thicker is a stroke."""
SAMPLES = 400
"""So many of its columns tell how dark a rule is."""
FEW = 8
"""Where a rule is bare in less of these, all of them tell."""
ENOUGH = 4096
"""So many pixels of ink tell how dark it is."""
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
    anything = small > threshold
    found = Ruling(np.zeros(size, bool), np.zeros(size, np.float32))
    if glance.is_one_character(anything.view(np.uint8)):
        return found
    ink = _inked(small, anything)
    turned = ink.turned
    level, upright = _measured(_lines(ink), small, ink.sharp), _measured(_lines(turned), small.T, turned.sharp)
    if not level and not upright:
        return found
    rules = network.rules(ink.sharp, level, upright, _darkest(small[anything]))
    if not rules.level and not rules.upright:
        return found
    _remove(found, amount, _whole(rules, ink), scale, threshold)
    share = np.count_nonzero(found.removable) / max(1, int(np.count_nonzero(amount > threshold)))
    return Ruling(found.removable, found.level, cells.of(rules, scale, size), min(1.0, share))


def _lines(ink: Inked) -> list[Line]:
    """The level lines; where there are few, no others tell that one goes on from edge to edge behind a digit."""
    found = level_lines(ink)
    return [_across(line, ink) for line in found] if len(found) <= LONE else found


def _across(line: Line, ink: Inked) -> Line:
    """`line` from one edge of the picture to the other, if it begins at either and is there beyond what crosses it."""
    far = ink.any.shape[1] - 1 - EDGES
    whole = going_on(line, ink.any) if line.first <= EDGES or line.last >= far else line
    return whole if whole.first <= EDGES and whole.last >= far else line


def _whole(rules: network.Rules, ink: Inked) -> network.Rules:
    """Each rule with what it is beyond a digit that stands across it near its end."""
    upright = ink.turned
    return dataclasses.replace(
        rules,
        level=[going_on(line, ink.any) for line in rules.level],
        upright=[going_on(line, upright.any) for line in rules.upright],
    )


def _smaller(amount: Floats) -> tuple[Floats, float]:
    """`amount` with at most so many pixels a side as lines are looked for in, and how much larger it was."""
    scale = max(amount.shape) / LOOKED_AT
    if scale <= 1:
        return np.ascontiguousarray(amount), 1.0
    size = (max(1, round(amount.shape[1] / scale)), max(1, round(amount.shape[0] / scale)))
    small = np.asarray(cv2.resize(amount, size, interpolation=cv2.INTER_AREA), np.float32)
    return small.reshape(size[::-1]), scale


def _inked(amount: Floats, anything: Mask) -> Inked:
    peak = cv2.dilate(amount, np.ones((SHARP, SHARP), np.uint8))
    return Inked(anything.astype(np.uint8), (anything & (amount > EDGE * peak)).astype(np.uint8))


def _darkest(inked: Floats) -> float:
    """How dark the darkest tenth of some ink is, [n]; there is some, where there are lines."""
    return float(np.quantile(inked[:: 1 + len(inked) // ENOUGH], 0.9))


def _measured(lines: list[Line], amount: Floats, sharp: Bytes) -> list[Line]:
    """Those that are no thicker than rules, with their darkness: the most ink within a pixel of their middle."""
    thickest = THICKEST * max(amount.shape)
    fitted = [_fitted(line, sharp) if line.thick > THIN else line for line in lines]
    return [dataclasses.replace(line, dark=_darkness(line, amount)) for line in fitted if line.thick <= thickest]


def _darkness(line: Line, amount: Floats) -> float:
    rows = np.rint(line.rows).astype(np.intp) + np.arange(-1, 2)[:, None]
    at = amount[np.clip(rows, 0, len(amount) - 1), np.arange(line.first, line.last + 1)]
    return float(np.median(at.max(axis=0)))


def _fitted(line: Line, sharp: Bytes) -> Line:
    """A line that was found in a smaller picture, where it is known to some pixels: as thick as it usually is in this
    one, and in the middle of that.
    """
    reach = int(line.thick)
    columns = np.arange(line.first, line.last + 1)[:: max(1, len(line.rows) // SAMPLES)]
    rows = np.rint(line.at(columns)).astype(np.intp) + np.arange(-reach, reach + 1)[:, None]
    seen = (rows >= 0) & (rows < len(sharp)) & (sharp[np.clip(rows, 0, len(sharp) - 1), columns] > 0)
    up, down = (np.where(half.all(axis=0), len(half), half.argmin(axis=0)) for half in (seen[reach::-1], seen[reach:]))
    thick, off = float(np.median(up + down)) - 1, float(np.median(down - up)) / 2
    return dataclasses.replace(line, thick=thick, rows=line.rows + off) if thick > 0 else line


def _remove(found: Ruling, amount: Floats, rules: network.Rules, scale: float, threshold: float) -> None:
    flat = _Flat(np.ascontiguousarray(amount).ravel(), found.removable.ravel(), found.level.ravel())
    height, width = amount.shape
    across = np.zeros(amount.size, np.float32)
    for line in rules.level:
        band = _band(flat.amount, line.enlarged(scale), _Steps(height, width, width, 1), threshold)
        if band is not None:
            band.mark(flat)
            at = band.spread()
            across[at] = np.maximum(across[at], np.float32(band.level))
    for line in rules.upright:
        band = _band(flat.amount, line.enlarged(scale), _Steps(width, height, 1, width), threshold)
        if band is not None:
            band.mark(flat)
            band.cross(flat, across)


@dataclass(frozen=True)
class _Flat:
    """The ink of a picture and what is found in it, pixel by pixel: those of `Ruling`."""

    amount: Floats
    removable: Mask
    level: Floats


@dataclass(frozen=True)
class _Steps:
    """How many pixels a picture has down and across a line, and how many of the flat picture's lie between two."""

    deep: int
    wide: int
    down: int
    along: int


@dataclass(frozen=True)
class _Band:
    """The pixels of a rule and just around it.

    Attributes:
        at: [k, n], where they are in the flat picture; `inside`, whether they are; `values`, how much ink is there.
        low, high: which of the k belong to the rule; `level`, its own ink; `most`, [k], how much of it each has at
            most.
    """

    at: npt.NDArray[np.intp]
    inside: Mask
    values: Floats
    low: int
    high: int
    level: float
    most: Floats

    def mark(self, flat: _Flat) -> None:
        """Add it to what is found."""
        # What is written along the rule is darker than it, and what crosses it goes on above and below.
        beside = self._beside().any(axis=0)
        part = slice(self.low, self.high)
        bare = self.inside[part] & ~beside & (self.values[part] < 1.6 * self.most[part, None] + 0.05)
        flat.removable[self.at[part][bare]] = True
        at = self.at[part][self.inside[part]]
        flat.level[at] = np.maximum(flat.level[at], np.float32(self.level))

    def cross(self, flat: _Flat, across: Floats) -> None:
        """Add where it meets the rules of the other direction, which have that much ink."""
        part = slice(self.low, self.high)
        met: Mask = np.asarray((across[self.at[part]] > 0) & self.inside[part], bool).max(axis=0)
        at = self.spread(~self._is_within_a_stroke(met))
        there = across[at]
        at, there = at[there > 0], there[there > 0]
        flat.removable[at[flat.amount[at] < 1.2 * (self.level + there - self.level * there) + 0.05]] = True

    def _beside(self) -> Mask:
        """Whether there is ink just above it, and just below, [2, n]."""
        return np.asarray(self.values[[self.low - 1, self.high]] > max(0.5 * self.level, 0.06))

    def _is_within_a_stroke(self, met: Mask) -> Mask:
        """Whether a column, where it is `met` by other rules, is among ink on all four sides between both, [n]."""
        columns, last = np.arange(len(met)), len(met) - 1
        before = np.maximum.accumulate(np.where(met, 0, columns))
        after = np.minimum.accumulate(np.where(met, last, columns)[::-1])[::-1]
        corners = self._beside().all(axis=0) & ~met
        return np.asarray(met & corners[before] & corners[after])

    def spread(self, columns: Mask | slice = slice(None)) -> npt.NDArray[np.intp]:
        """Where its ink may be, and a little beyond, in these of its columns."""
        part = slice(max(0, self.low - SPREAD), self.high + SPREAD)
        return self.at[part, columns][self.inside[part, columns]]


def _band(amount: Floats, line: Line, steps: _Steps, threshold: float) -> _Band | None:
    """The band along `line`; None where there is no ink in its middle."""
    reach = round(0.8 * line.thick) + 4
    offsets = np.arange(-reach, reach + 1)[:, None]
    # Beyond its ends: corners are where two lines end.
    columns = np.arange(max(0, line.first - reach), min(steps.wide, line.last + reach + 1))
    some = columns[:: max(1, len(columns) // SAMPLES)]
    course, profile = line.at(some), np.zeros(len(offsets), np.float32)
    for _ in range(2):
        _, _, values = _along(amount, some, course, offsets, steps)
        middle = (values[reach - 1 : reach + 2] > threshold).any(axis=0)
        bare = np.flatnonzero((values[[0, 1, -2, -1]] < threshold).all(axis=0) & middle)
        profile = np.median(values[:, bare] if len(bare) >= FEW else values, axis=1)
        if len(bare) >= FEW:
            off = (values[:, bare] * offsets).sum(axis=0) / values[:, bare].sum(axis=0)
            course = cv2.blur(np.interp(some, some[bare], np.rint(course[bare]) + off)[None], (9, 1))[0]
    level = float(profile[reach - 1 : reach + 2].max())
    if level <= 0.5 * threshold:
        return None
    low, high = _around(profile > 0.15 * level, reach - 1 + int(profile[reach - 1 : reach + 2].argmax()))
    at, inside, values = _along(amount, columns, np.interp(columns, some, course), offsets, steps)
    # Its course is known to a pixel.
    most = np.maximum.reduce([profile, np.roll(profile, 1), np.roll(profile, -1)])
    return _Band(at, inside, values, max(1, low), min(high, len(offsets) - 1), level, most)


def _along(
    amount: Floats,
    columns: npt.NDArray[np.intp],
    course: npt.NDArray[np.float64],
    offsets: npt.NDArray[np.intp],
    steps: _Steps,
) -> tuple[npt.NDArray[np.intp], Mask, Floats]:
    """The pixels around a course, [k, n]: where in the flat picture, whether inside, and how much ink."""
    rows = np.rint(course).astype(np.intp) + offsets
    inside = (rows >= 0) & (rows < steps.deep)
    at = np.clip(rows, 0, steps.deep - 1) * steps.down + columns * steps.along
    return at, inside, np.where(inside, amount[at], np.float32(0))


def _around(inside: Mask, start: int) -> tuple[int, int]:
    """The run of `inside` that holds `start`, and one more on either side."""
    outside = np.flatnonzero(~inside)
    before, after = outside[outside < start], outside[outside > start]
    return int(before.max()) if before.size else 0, int(after.min()) + 1 if after.size else inside.size
