"""Tables without a frame are shut: where their rules end together, a line goes through these ends."""

import numpy as np

from fivebyfive.pictures.rules.line import Line

LONG = 2.0
"""A table's rules are at least so long, beside the writing's height."""
BEYOND = 0.4
"""Rules go on beyond the last that they cross by at least so much, in the same."""
TOGETHER = 0.5
"""Ends lie on one straight line, give or take so much, in the same."""
BORDER = 3
"""Pixels from the picture's edge where what ends is only cut off."""


def closers(
    level: list[Line], upright: list[Line], tall: float, size: tuple[int, int]
) -> tuple[list[Line], list[Line]]:
    """The level and the upright lines that shut in an open table of these rules, in a picture of this size [h, w]."""
    level, upright = ([line for line in lines if len(line.rows) >= LONG * tall] for lines in (level, upright))
    if not level or not upright:
        return [], []
    return _through_ends(upright, level, tall, size[0]), _through_ends(level, upright, tall, size[1])


def _through_ends(lines: list[Line], others: list[Line], tall: float, side: int) -> list[Line]:
    """Lines in the direction of `others`, through the ends of `lines`, which cross these; `side`, of the picture."""
    crossed = [line for line in lines if all(_cross(line, other) for other in others)]
    if len(crossed) < max(1, 0.7 * len(lines)):
        return []
    first, last = min(line.first for line in others), max(line.last for line in others)
    slope = float(np.mean([line.slope for line in others]))
    thick = float(np.median([line.thick for line in others]))
    found = []
    for way in (-1, 1):
        ends = np.array([line.first if way < 0 else line.last for line in crossed], np.float64)
        at = np.array([line.at(end) for line, end in zip(crossed, ends, strict=True)], np.float64)
        start = ends - slope * (at - first)
        middle = float(np.median(start))
        outermost = max(way * float(other.at((first + last) / 2)) for other in others)
        beyond = way * (middle + slope * (last - first) / 2) - outermost
        together = np.abs(start - middle).max() <= TOGETHER * tall
        if together and beyond >= BEYOND * tall and BORDER < middle < side - BORDER:
            found.append(Line(first, np.asarray(middle + slope * np.arange(last - first + 1), np.float64), thick))
    return found


def _cross(line: Line, other: Line) -> bool:
    """Whether a line and one of the other direction cross."""
    x = float(other.at(line.rows.mean()))
    y = float(line.at(x))
    return line.first - line.thick <= x <= line.last + line.thick and other.first <= y <= other.last
