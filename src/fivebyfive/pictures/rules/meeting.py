"""Level and upright lines, and where they meet."""

from dataclasses import dataclass

import numpy as np

from fivebyfive.pictures.rules.line import Floats, Line, Mask

TOUCH = 4
"""Pixels between a line's end and the edge of one that it meets, at most."""
SHORT = 0.12
"""Rules end before others by at most this share of their length, where a shadow lies or a digit stands on them."""


@dataclass(frozen=True)
class Net:
    """Level and upright lines, and where they meet.

    Attributes:
        level, upright: the lines; upright ones as in the turned picture.
        x, y: [n, m], where each level line would meet each upright one.
        meets: bool [n, m], whether they do.
        size: height and width of the picture.
    """

    level: list[Line]
    upright: list[Line]
    x: Floats
    y: Floats
    meets: Mask
    size: tuple[int, int]

    @property
    def lines(self) -> list[Line]:
        return [*self.level, *self.upright]


def net_of(level: list[Line], upright: list[Line], size: tuple[int, int]) -> Net:
    x = np.tile([float(line.rows.mean()) for line in upright], (len(level), 1)).reshape(len(level), len(upright))
    y = np.zeros(x.shape)
    for _ in range(2):
        y = np.array([line.at(x[i]) for i, line in enumerate(level)]).reshape(x.shape)
        x = np.array([line.at(y[:, j]) for j, line in enumerate(upright)]).reshape(x.shape[::-1]).T
    level_ends, upright_ends = ends_of(level)[:, :, None], ends_of(upright)[:, None]
    thick = [np.array([line.thick for line in lines]) for lines in (level, upright)]
    touch = np.maximum(thick[0][:, None], thick[1]) / 2 + TOUCH
    corner = np.minimum(corner_of(level)[:, None], corner_of(upright))
    past = [np.maximum(ends[0] - at, at - ends[1]) for ends, at in ((level_ends, x), (upright_ends, y))]
    short = [np.abs(ends - at).min(axis=0) for ends, at in ((level_ends, x), (upright_ends, y))]
    meets = (np.maximum(*past) <= touch) | (np.maximum(*short) <= corner)
    return Net(level, upright, x, y, meets, size)


def ends_of(lines: list[Line]) -> Floats:
    """The first and last columns of lines, [2, n]."""
    return np.array([[line.first for line in lines], [line.last for line in lines]], np.float64)


def corner_of(lines: list[Line]) -> Floats:
    """How far from their ends two lines may meet: corners may be round."""
    return np.array([max(2 * line.thick + 2, 0.1 * len(line.rows)) for line in lines])


def lengths(net: Net) -> Floats:
    return np.array([float(len(line.rows)) for line in net.lines])


def joined(net: Net, which: Mask) -> Net:
    """The lines made longer where they meet others a little beyond their ends."""
    n = len(net.level)
    both = which[:n, None] & which[n:]
    across, down = (both & (net.meets | short) for short in _short(net))
    level = [_reaching(line, net.x[i][across[i]]) for i, line in enumerate(net.level)]
    upright = [_reaching(line, net.y[:, j][down[:, j]]) for j, line in enumerate(net.upright)]
    return Net(level, upright, net.x, net.y, net.meets, net.size)


def _short(net: Net) -> tuple[Mask, Mask]:
    """Whether level lines end a little before upright ones that they would cross, and these before those."""
    ends = ends_of(net.level)[:, :, None], ends_of(net.upright)[:, None]
    past = [np.maximum(first - at, at - last) for (first, last), at in zip(ends, (net.x, net.y), strict=True)]
    near = [SHORT * (last - first + 1) for first, last in ends]
    return (past[0] <= near[0]) & (past[1] <= TOUCH), (past[1] <= near[1]) & (past[0] <= TOUCH)


def _reaching(line: Line, columns: Floats) -> Line:
    first = min(line.first, int(np.floor(columns.min(initial=line.first))))
    last = max(line.last, int(np.ceil(columns.max(initial=line.last))))
    return Line(first, line.at(np.arange(first, last + 1)), line.thick)
