"""Comb fields of forms: short equal teeth, all as far apart, that stand on a rule, with a digit between two of them."""

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.lines.parts import median
from fivebyfive.pictures.rules.line import Bytes, Line

LOWEST, TOOTH = 0.2, 0.75
"""A tooth is at least and at most so high, beside the writing: a row of ones is higher."""
ALIKE, REGULAR = 0.3, 0.12
"""Teeth are as high as the usual one, give or take this share; and whole numbers of steps apart, give or take that."""
FEWEST, MOST = 3, 100
REACH = 4
"""Pixels between a tooth's foot and the rule's edge, at most."""
SEEN, NEARLY_ALL = 0.7, 0.7
"""Where a digit hides a tooth, this share of its place is ink; and so many of the places between a field's ends
have their tooth."""
ABOVE = 1.5
"""Where no rule is above the teeth, the field is so high, beside the writing."""


def bases(level: list[Line], upright: list[Line], tall: float) -> list[Line]:
    """Those of the level lines that a comb can stand on: no other is so close above that no tooth is between, and
    hardly an upright one, as of squares, goes through.
    """
    free = [line for line in level if not _is_close_below(line, level, LOWEST * tall)]
    return [line for line in free if sum(_goes_through(other, line, tall) for other in upright) < FEWEST]


def _goes_through(other: Line, line: Line, tall: float) -> bool:
    """Whether an upright line goes on above and below a level one for half of the writing's height."""
    x = float(other.rows.mean())
    y = float(line.at(x))
    return line.first <= x <= line.last and other.first < y - tall / 2 and other.last > y + tall / 2


def _is_close_below(line: Line, level: list[Line], reach: float) -> bool:
    middle = (line.first + line.last) / 2
    row = float(line.at(middle))
    over = (other for other in level if other.first <= middle <= other.last)
    return any(REACH < row - float(other.at(middle)) < reach for other in over)


def teeth(base: Line, mask: Bytes, tall: float) -> list[Line]:
    """The teeth on the level line `base` in `mask`, uint8 [h, w], as upright lines; an empty list for no comb."""
    feet, strip = _strip(base, mask, tall)
    found = _standing(strip, base.thick, tall)
    if len(found) < FEWEST - 1 or len(found) > MOST:
        return []
    usual = median(found[:, 1])
    alike = found[np.abs(found[:, 1] - usual) <= ALIKE * usual + 1]
    ends = np.array([REACH, strip.shape[1] - 1 - REACH], np.float64)
    places = _places(alike[:, 0], ends)
    seen = [x for x in places if _is_seen(strip, x, usual, base.thick)]
    between = [x for x in places if ends[0] + REACH < x < ends[1] - REACH]
    if len(set(seen) & set(between)) < NEARLY_ALL * len(between):
        return []
    return [_tooth(int(feet[round(x)]), base.first - REACH + x, usual, median(alike[:, 2])) for x in seen]


def _strip(base: Line, mask: Bytes, tall: float) -> tuple[npt.NDArray[np.intp], Bytes]:
    """The row just above the line in each column, and what is above it, from there upwards, [n, w]."""
    columns = np.arange(base.first - REACH, base.last + REACH + 1)
    feet = np.floor(base.at(columns) - base.thick / 2).astype(np.intp) - 1
    rows = feet - np.arange(round(TOOTH * tall) + REACH)[:, None]
    inside = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
    at = mask[np.clip(rows, 0, mask.shape[0] - 1), np.clip(columns, 0, mask.shape[1] - 1)]
    return feet, np.where(inside, at, 0).astype(np.uint8)


def _standing(strip: Bytes, thick: float, tall: float) -> npt.NDArray[np.float64]:
    """What stands on the line, slim, upright and not as high as a digit: place, height and thickness, [n, 3]."""
    _, _, stats, middles = cv2.connectedComponentsWithStats(strip)
    stats, x = stats[1:], middles[1:, 0]
    high, wide = stats[:, 1] + stats[:, 3], stats[:, 4] / np.maximum(1, stats[:, 3])
    fits = (stats[:, 1] < REACH) & (high >= LOWEST * tall) & (high < len(strip))
    fits &= (wide <= 1.6 * thick + 1) & (stats[:, 2] <= wide + 0.25 * high + 2) & (high >= 2 * wide)
    return np.stack([x, high, wide], axis=1)[fits].astype(np.float64)


def _places(found: npt.NDArray[np.float64], ends: npt.NDArray[np.float64]) -> list[float]:
    """Where teeth are, from one end of the line to the other; none if these are not regularly apart.

    Two teeth, as in a field with a frame, must part the whole line in equal parts.
    """
    x = np.sort(found if len(found) >= FEWEST else np.concatenate([ends, found]))
    if len(found) < FEWEST - 1:
        return []
    steps = np.unique(np.outer(np.diff(x), [1, 1 / 2, 1 / 3]))[::-1, None]
    steps = steps[steps[:, 0] >= 2 * REACH]
    numbers = np.rint((x - x[0]) / steps)
    # Of each step, the straight line through numbers and places.
    number, place = numbers.mean(axis=1, keepdims=True), x.mean()
    slopes = ((numbers - number) * (x - place)).sum(axis=1, keepdims=True)
    slopes /= np.maximum(((numbers - number) ** 2).sum(axis=1, keepdims=True), 1e-9)
    off = np.abs(place + slopes * (numbers - number) - x).max(axis=1)
    fits = np.flatnonzero((np.diff(numbers) > 0).all(axis=1) & (off <= REGULAR * steps[:, 0]))
    if not len(fits):
        return []
    slope = float(slopes[fits[0], 0])
    first = float(place - slope * number[fits[0], 0])
    low, high = -round((first - ends[0]) / slope), round((ends[1] - first) / slope)
    at = first + slope * np.arange(low, high + 1)
    return [float(v) for v in at if ends[0] - REACH <= v <= ends[1] + REACH]


def _is_seen(strip: Bytes, x: float, high: float, thick: float) -> bool:
    reach = max(1, round(thick / 2))
    part = strip[: max(1, round(high)), max(0, round(x) - reach) : round(x) + reach + 1]
    return bool(part.max(axis=1).mean() >= SEEN) if part.size else False


def _tooth(foot: int, x: float, high: float, thick: float) -> Line:
    """An upright line, as in the turned picture."""
    first = max(0, foot - round(high))
    return Line(first, np.full(max(1, foot - first + 2), x), thick)


def field(base: Line, comb: list[Line], level: list[Line], tall: float) -> tuple[list[Line], list[Line]]:
    """The lines that part a field: its upper one, if no level line is there, and its teeth, up to it."""
    middle = (base.first + base.last) / 2
    height = float(base.at(middle))
    above = [line for line in level if 0 < height - float(line.at(middle)) <= 3 * tall]
    above = [line for line in above if line.first <= middle <= line.last and height - line.at(middle) > tall / 2]
    added = [] if above else [Line(base.first, base.rows - ABOVE * tall, base.thick)]
    upper = max([*above, *added], key=lambda line: float(line.at(middle)))
    ends = [Line(0, np.full(int(base.last) + 1, x), base.thick) for x in (float(base.first), float(base.last))]
    parted = []
    for line in [*comb, *ends]:
        x = float(line.rows[-1])
        first, last = int(upper.at(x)), int(base.at(x))
        if last > max(0, first):
            parted.append(Line(max(0, first), line.at(np.arange(max(0, first), last + 1)), line.thick))
    return added, parted
