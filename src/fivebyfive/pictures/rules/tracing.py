"""Thin straight lines in a picture of ink, level within 12 degrees, followed column by column.

What is thin and goes on beside itself for long may belong to a line. Where a line is bare it is as thick as usual and
solid; where a digit touches it, it is not, so its course is told by the bare columns alone.
"""

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np

from fivebyfive.pictures.rules.line import Bytes, Floats, Inked, Line, Mask, Numbers

STEEPEST = float(np.tan(np.radians(12)))
THIN = 7
"""Pixels that a line is thick at most before it is looked for in a picture of half the size."""
RUN = 10
"""Pixels that what may belong to a line goes on beside itself at least."""
SHORTEST = 16
"""Pixels that a piece of a line is long at least."""
MOST = 150
"""The longest pieces that are looked at; on squared paper there are some hundred."""
FURTHER = 24
"""Pixels beyond the ends of its pieces that a line is followed at most."""
SLENDER = 5
"""Lines are at least so many times as long as they are thick: the bars of a display or of a printed 1 are not."""
BARE, SEEN = 0.3, 0.75
"""Shares of a line that are bare at least, and inked at least."""
AT_EDGE = 0.05
"""So near to the picture's edge, as a share of its side, there may be another line that crosses it."""
BEYOND, HIDDEN = 0.75, 0.25
"""Beyond what crosses it near its end, a line goes on for this share of its length at most; each pixel of it that is
hidden takes this share of one that is bare, so that it goes on beyond a stroke that it runs along."""
BENT = 0.04
"""A line's middle lies beside its ends by at most this share of its length: no lens is perfect."""


@dataclass(frozen=True)
class _Profiles:
    """Pieces of lines, column by column: how many pixels each has there, and the sum of their rows and its squares."""

    count: Floats
    total: Floats
    squares: Floats

    def together(self, owners: Numbers) -> "_Profiles":
        """Those with the same owner as one."""
        result = []
        for values in (self.count, self.total, self.squares):
            merged = np.zeros((owners.max() + 1, values.shape[1]))
            np.add.at(merged, owners, values)
            result.append(merged)
        return _Profiles(*result)


@dataclass(frozen=True)
class _Courses:
    """What profiles say of the lines: [n] each, or [n, w].

    Attributes:
        first, last: the columns they begin and end in; `thick`, their usual thickness.
        middle, bare: [n, w], the middle row where there is ink, and whether nothing but the line is there.
        slope, row: of the straight line through what is bare: its row in the column halfway.
    """

    first: Numbers
    last: Numbers
    thick: Floats
    middle: Floats
    bare: Mask
    slope: Floats
    row: Floats

    def at(self, columns: Floats) -> Floats:
        """Rows [n, m] of the straight lines in `columns` [n, m]."""
        return np.asarray(self.row[:, None] + self.slope[:, None] * (columns - ((self.first + self.last) / 2)[:, None]))


def thin_lines(ink: Inked) -> list[Line]:
    """The level lines in `ink` that are at most THIN pixels thick."""
    profiles = _pieces(ink.sharp)
    if profiles is None:
        return []
    thin = _usual(profiles.count) <= THIN
    if not thin.any():
        return []
    profiles = _Profiles(profiles.count[thin], profiles.total[thin], profiles.squares[thin])
    courses = _courses(profiles)
    owners = _linked(courses, ink.any)
    if owners.max() + 1 < len(owners):
        courses = _courses(profiles.together(owners))
    long = courses.last - courses.first + 1 >= np.maximum(SHORTEST, SLENDER * courses.thick)
    slim = (courses.thick <= THIN) & (np.abs(courses.slope) <= 1.1 * STEEPEST)
    lines = (_followed(courses, int(i), ink.any) for i in np.flatnonzero(long & slim))
    return [line for line in lines if line is not None]


def _pieces(mask: Bytes) -> _Profiles | None:
    """The longest pieces that may belong to lines; None for none."""
    left, top, width, height = cv2.boundingRect(mask)
    if width < SHORTEST:
        return None
    across = mask.shape[1]
    # Only where there is ink, and as much around it as it is thickened.
    left, top = max(0, left - RUN) & ~1, max(0, top - RUN) & ~1
    mask = mask[top : top + height + 2 * RUN, left : left + width + 2 * RUN]
    thick = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((THIN + 2, 1), np.uint8)), np.uint8)
    thin = mask - thick
    # A hairline that climbs by 12 degrees steps up after five pixels: lines are thickened while their length is seen.
    wide = cv2.morphologyEx(cv2.dilate(thin, np.ones((2, 1), np.uint8)), cv2.MORPH_CLOSE, np.ones((1, 5), np.uint8))
    long = np.asarray(cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((1, RUN), np.uint8)), np.uint8)
    if not long.any():
        return None
    count, labels, stats, _ = cv2.connectedComponentsWithStats(long)
    widths = stats[:, cv2.CC_STAT_WIDTH].copy()
    widths[0] = 0
    chosen = np.argsort(widths)[::-1][:MOST]
    chosen = chosen[widths[chosen] >= SHORTEST]
    if chosen.size == 0:
        return None
    number = np.zeros(count, np.intp)
    number[chosen] = np.arange(1, len(chosen) + 1)
    at = np.flatnonzero(thin & long)
    owner = number[labels.ravel()[at]] - 1
    at, owner = at[owner >= 0], owner[owner >= 0]
    row, column = np.divmod(at, mask.shape[1])
    row, column = row + top, column + left
    key, shape = owner * across + column, (len(chosen), across)
    sums = (np.bincount(key, weights, minlength=shape[0] * shape[1]) for weights in (None, row, row * row))
    return _Profiles(*(np.asarray(s, np.float64).reshape(shape) for s in sums))


def _courses(profiles: _Profiles) -> _Courses:
    count = profiles.count
    inked = count > 0
    width = count.shape[1]
    first, last = inked.argmax(axis=1), width - 1 - inked[:, ::-1].argmax(axis=1)
    thick = _usual(count)
    there = np.maximum(count, 1)
    middle = profiles.total / there
    # The rows of a solid piece of c pixels have the variance (c² - 1) / 12.
    solid = profiles.squares / there - middle**2 <= (count**2 - 1) / 12 + 0.5
    bare = inked & solid & (np.abs(count - thick[:, None]) <= np.maximum(1.0, 0.35 * thick)[:, None])
    x = np.arange(width) - ((first + last) / 2)[:, None]
    slope, row = _straight(bare, x, middle)
    near = np.abs(row[:, None] + slope[:, None] * x - middle) <= 1.5 + 0.3 * BENT * (last - first)[:, None]
    slope, row = _straight(bare & near, x, middle)
    return _Courses(first, last, thick, middle, bare, slope, row)


def _usual(count: Floats) -> Floats:
    """The thickness that two fifths of each row's columns have at most, [n]; more than THIN where it is too much."""
    steps = np.arange(1, THIN + 1)
    below = np.stack([((count > 0) & (count <= step)).sum(axis=1) for step in steps], axis=1)
    enough = below >= 0.4 * (count > 0).sum(axis=1)[:, None]
    return np.where(enough.any(axis=1), steps[enough.argmax(axis=1)], THIN + 1).astype(np.float64)


def _straight(use: Mask, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Slope and height at x = 0 of the straight line through those points [n, w] of each row that are of `use`."""
    n = np.maximum(use.sum(axis=1), 1)
    x_mean, y_mean = (x * use).sum(axis=1) / n, (y * use).sum(axis=1) / n
    away = (x - x_mean[:, None]) * use
    slope = (away * y).sum(axis=1) / np.maximum((away * away).sum(axis=1), 1e-9)
    return slope, y_mean - slope * x_mean


def _linked(courses: _Courses, mask: Bytes) -> Numbers:
    """For each piece, the number of its line: pieces go on in one another across a digit or a small gap."""
    n = len(courses.first)
    gap = (courses.first - courses.last[:, None]).astype(np.float64)
    length = courses.last - courses.first
    # [i, j]: the row of line j in the last, or the first, column of i.
    at_last, at_first = (
        courses.at(np.tile(ends.astype(np.float64), (n, 1))).T for ends in (courses.last, courses.first)
    )
    off = np.maximum(np.abs(at_last - at_last.diagonal()[:, None]), np.abs(at_first - at_first.diagonal()[:, None]).T)
    thick = np.maximum(courses.thick[:, None], courses.thick)
    both = length[:, None] + length
    near = gap <= np.minimum(0.5 * both, np.maximum(0.12 * max(mask.shape), 0.4 * np.minimum(length[:, None], length)))
    # From one edge of the picture to the other, whatever stands on it.
    edge = RUN + AT_EDGE * mask.shape[1]
    near |= (courses.first < edge)[:, None] & (courses.last >= mask.shape[1] - edge) & (gap <= both)
    fits = (gap > -RUN) & near
    fits &= (off <= 1.5 + 0.5 * thick) & (thick <= 2.5 * np.minimum(courses.thick[:, None], courses.thick))
    np.fill_diagonal(fits, False)
    after = np.full(n, -1)
    taken = np.zeros(n, bool)
    for i, j in sorted(zip(*np.nonzero(fits), strict=True), key=lambda pair: float(gap[pair])):
        if (
            after[i] < 0
            and not taken[j]
            and (gap[i, j] <= min(6, 0.05 * (length[i] + length[j])) or _inked(courses, int(i), int(j), mask))
        ):
            after[i], taken[j] = j, True
    owners = np.full(n, -1)
    for number, start in enumerate(np.flatnonzero(~taken)):
        while start >= 0:
            owners[start], start = number, after[start]
    owners[owners < 0] = owners.max() + 1
    return owners


def _inked(courses: _Courses, i: int, j: int, mask: Bytes) -> bool:
    """Whether there is ink between the pieces `i` and `j`, as where a digit stands on the line."""
    columns = np.arange(courses.last[i] + 1, courses.first[j])
    if columns.size == 0:
        return True
    ends = [
        float(courses.at(np.full((len(courses.row), 1), x, np.float64))[k, 0])
        for k, x in ((i, columns[0]), (j, columns[-1]))
    ]
    rows = np.linspace(ends[0], ends[1], len(columns))
    return bool(_near(mask, columns, rows, 1).mean() >= 0.7)


def _near(mask: Bytes, columns: Numbers, rows: Floats, reach: int) -> Mask:
    """Whether there is ink within `reach` rows of a line, column by column."""
    at = np.rint(rows).astype(int) + np.arange(-reach, reach + 1)[:, None]
    inside = (at >= 0) & (at < len(mask))
    return np.asarray(((mask[np.clip(at, 0, len(mask) - 1), columns] > 0) & inside).any(axis=0))


def going_on(line: Line, mask: Bytes) -> Line:
    """A line with what it is beyond a digit that crosses it near an end: as thin there as it is, if not as dark."""
    reach, far = int(line.thick) // 2 + 1, round(BEYOND * len(line.rows))
    more = []
    for columns in (np.arange(line.first - 1, line.first - 1 - far, -1), np.arange(line.last + 1, line.last + 1 + far)):
        columns = columns[(columns >= 0) & (columns < mask.shape[1])]
        rows = line.at(columns)
        seen = _near(mask, columns, rows, reach)
        unseen = np.convolve(np.append(~seen, [True] * 3), np.ones(3), mode="valid") >= 3
        bare = seen & ~_near(mask, columns, rows - 2 * reach - 1, 0) & ~_near(mask, columns, rows + 2 * reach + 1, 0)
        gain = np.concatenate([[0.0], np.cumsum(np.where(bare, 1.0, -HIDDEN))[: int(unseen.argmax())]])
        more.append(int(gain.argmax()) if gain.max() >= RUN else 0)
    columns = np.arange(line.first - more[0], line.last + more[1] + 1)
    return dataclasses.replace(line, first=int(columns[0]), rows=line.at(columns))


def _followed(courses: _Courses, i: int, mask: Bytes) -> Line | None:
    """The line's true course, if it is one: bare in enough of its columns, seen in nearly all, hardly bent."""
    first, last = int(courses.first[i]), int(courses.last[i])
    columns = np.arange(first, last + 1)
    length = len(columns)
    bare = np.flatnonzero(courses.bare[i, first : last + 1])
    if len(bare) < max(6, BARE * length):
        return None
    x, middle = (columns[bare] - (first + last) / 2) / length, courses.middle[i, columns[bare]]
    close = np.abs(courses.row[i] + courses.slope[i] * length * x - middle) <= 1.5 + BENT * length
    if close.sum() < max(6, BARE * length):
        return None
    close = np.abs(np.polyval(np.polyfit(x[close], middle[close], 3), x) - middle) <= 1.5
    if close.sum() < max(6, BARE * length):
        return None
    # Between the columns that tell, straight on; a digit's own edge may lie just beside.
    telling = columns[bare][close]
    rows = np.interp(columns, telling, middle[close])
    rows = _smooth(rows, max(1, min(9, length // 8)))
    line = _extended(Line(first, rows, float(courses.thick[i])), mask)
    columns, rows = line.first + np.arange(len(line.rows)), line.rows
    seen = _near(mask, columns, rows, int(line.thick) // 2 + 1)
    part = _densest(seen)
    first, rows, seen, told = line.first + part.start, rows[part], seen[part], np.isin(columns[part], telling)
    length = len(rows)
    if length < max(SHORTEST, SLENDER * courses.thick[i]) or seen.mean() < SEEN:
        return None
    thirds = [float(third.mean()) for third in np.array_split(told, 3)]
    if first < RUN and first + length > mask.shape[1] - RUN:
        thirds.pop(1)  # from one edge of the picture to the other, whatever stands in the middle
    if min(thirds) < 0.5 * BARE or told.mean() < BARE:
        return None
    if np.abs(rows - np.linspace(rows[0], rows[-1], length)).max() > max(1.5, BENT * length):
        return None
    return Line(first, rows, float(courses.thick[i])) if abs(rows[-1] - rows[0]) <= STEEPEST * length + 1 else None


def _extended(line: Line, mask: Bytes) -> Line:
    """A line with what goes on beyond its ends: between a crossing and the picture's edge there is little of it."""
    before = np.arange(line.first - 1, max(-1, line.first - 1 - FURTHER), -1)
    after = np.arange(line.last + 1, min(mask.shape[1], line.last + 1 + FURTHER))
    more = []
    for columns in (before, after):
        seen = _near(mask, columns, line.at(columns), int(line.thick) // 2 + 1)
        unseen = np.convolve(np.append(~seen, [True] * 3), np.ones(3), mode="valid") >= 3
        more.append(int(unseen.argmax()))
    columns = np.arange(line.first - more[0], line.last + more[1] + 1)
    return Line(int(columns[0]), line.at(columns), line.thick)


def _densest(seen: Mask) -> slice:
    """The part of a line that gains most by what is seen and loses most by what is not: its ends may be specks."""
    gain = np.concatenate([[0.0], np.cumsum(seen - 0.5)])
    lowest = np.minimum.accumulate(gain)
    end = int((gain - lowest).argmax())
    return slice(int(gain[: end + 1].argmin()), end)


def _smooth(rows: Floats, reach: int) -> Floats:
    """The mean within `reach` columns; the ends are bent as the rest is straight."""
    padded = np.concatenate([2 * rows[0] - rows[reach:0:-1], rows, 2 * rows[-1] - rows[-2 : -reach - 2 : -1]])
    return np.convolve(padded, np.ones(2 * reach + 1) / (2 * reach + 1), mode="valid")
