"""Lines that go to the picture's edge: which cross it, which are rules for that alone, which a pen's all the same."""

import numpy as np

from fivebyfive.pictures.rules.line import Floats, Mask
from fivebyfive.pictures.rules.meeting import Net, lengths

SLENDER = 10
"""A rule by itself is at least so many times as long as it is thick."""
BORDER = 0.03
"""So near to the picture's edge, as a share of its side, a line that crosses it ends."""
ACROSS = 0.6
"""A line that crosses the picture does so for this share of its side: it may leave through a corner."""
FAINT, AS_DARK = 0.55, 0.85
"""Beside the darkest ink: so dark at most is a rule that is none of its strokes, and so dark at least is a stroke."""
PEN = (3.5, 1.5)
"""A pen's stroke is so many times as thick and as dark as a rule at least, to be told from one that is hidden by it."""


def at_border(net: Net) -> tuple[Mask, Mask]:
    """Whether the lines begin, and end, at the picture's edge."""
    ends = []
    for side in (0, -1):
        at = []
        for lines, (deep, wide) in ((net.level, net.size), (net.upright, net.size[::-1])):
            for line in lines:
                near = BORDER * wide + max(2.0, line.thick / 2)
                along = line.first < near if side == 0 else line.last > wide - near - 1
                out = line.rows[side] < 3 or line.rows[side] > deep - 4
                at.append(bool(along or out))
        ends.append(np.array(at, bool))
    return ends[0], ends[1]


def crossing(net: Net) -> Mask:
    """Whether the lines go from one edge of the picture to the other."""
    begins, ends = at_border(net)
    return np.asarray(begins & ends & (lengths(net) >= ACROSS * sides(net)))


def sides(net: Net) -> Floats:
    """How long the picture is along each line."""
    return np.array([net.size[1]] * len(net.level) + [net.size[0]] * len(net.upright), np.float64)


def faint(net: Net, probable: Mask, darkest: float) -> Mask:
    """Lines from the picture's edge nearly to the other one, and far fainter than the darkest ink, as no stroke of a
    digit is that fills its picture.
    """
    begins, ends = at_border(net)
    fine = np.array([line.dark < FAINT * darkest and len(line.rows) >= SLENDER * line.thick for line in net.lines])
    return np.asarray(probable & fine & (begins | ends) & (lengths(net) >= ACROSS * sides(net)))


def along_the_edge(net: Net, darkest: float) -> Mask:
    """The only line that crosses the picture, if it lies along its edge and is as dark as the darkest ink: the bar of a
    7, or the foot of a 2, whose picture is cut closely.
    """
    lone = crossing(net)
    if lone.sum() != 1:
        return np.zeros(len(net.lines), bool)
    deep = np.where(np.arange(len(net.lines)) < len(net.level), net.size[0], net.size[1])
    middle, thick, dark = np.array([(line.rows.mean(), line.thick, line.dark) for line in net.lines]).T
    near = np.minimum(middle, deep - 1 - middle) <= thick
    return np.asarray(lone & near & (dark >= AS_DARK * darkest))


def is_a_pens(net: Net, crossing: Mask) -> Mask:
    """Lines beside which others that cross the picture are far thinner and fainter: a digit's stem may hide a rule, and
    go on in it to both edges.
    """
    values = np.array([(line.thick, line.dark) for line in net.lines])
    least = values[crossing].min(axis=0, initial=np.inf)
    return np.asarray((values > np.multiply(PEN, least)).all(axis=1))
