"""Comb fields of forms: short equal teeth, all as far apart, that stand on a rule, with a digit between two of them."""

import numpy as np

from fivebyfive.pictures.line import Line
from fivebyfive.pictures.parts import median

TOOTH = 0.75
"""A tooth is at most so high, beside the writing: a row of ones is not."""
ALIKE = 0.3
"""Teeth are as high as the usual one, and whole numbers of the usual distance apart, give or take this share."""
FEWEST = 3
REACH = 4
"""Pixels between a tooth's foot and the rule's edge, at most."""
ABOVE = 1.5
"""Where no rule is above the teeth, the field is so high, beside the writing."""


def teeth(base: Line, upright: list[Line], tall: float) -> list[int]:
    """Which of the upright lines, by number, are teeth on the level line `base`; an empty list for no comb."""
    feet = [(i, float(line.rows[-1]), float(base.at(line.rows[-1]))) for i, line in enumerate(upright)]
    standing = [
        (x, i)
        for i, x, y in feet
        if base.first - REACH <= x <= base.last + REACH
        and abs(upright[i].last - y) <= base.thick / 2 + REACH
        and len(upright[i].rows) <= TOOTH * tall
        and upright[i].thick <= 1.6 * base.thick + 1
    ]
    if len(standing) < FEWEST:
        return []
    usual = median([len(upright[i].rows) for _, i in standing])
    alike = sorted((x, i) for x, i in standing if abs(len(upright[i].rows) - usual) <= ALIKE * usual)
    if len(alike) < FEWEST:
        return []
    apart = np.diff([x for x, _ in alike])
    steps = apart / max(1.0, median(apart))
    regular = (np.abs(steps - np.rint(steps)) <= ALIKE) & (np.rint(steps) >= 1)
    return [i for _, i in alike] if regular.mean() > 0.7 else []


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
