"""Straight lines in a picture of ink, level within 12 degrees: where each runs, and how thick it is.

Thick lines are thin ones in a smaller picture, and ragged ones are whole there.
"""

import numpy as np

from fivebyfive.pictures.rules.line import Inked, Line
from fivebyfive.pictures.rules.tracing import BENT, thin_lines

PIECE, WHOLE = 0.4, 0.87
"""Where a line is found again in a smaller picture, what was found before is a piece of it with less than this share of
its length; if as thick, with less than that."""
NARROWEST, SMALLEST = 32, 48
"""The sides of the smallest picture that lines are looked for in: in a smaller one strokes of digits look like them."""


def level_lines(ink: Inked) -> list[Line]:
    """The level lines in `ink` of any thickness up to a twelfth of its longer side."""
    lines = _merged(thin_lines(ink))
    small, scale = ink.half, 2.0
    while min(small.sharp.shape) >= NARROWEST and max(small.sharp.shape) >= SMALLEST:
        for line in _merged(thin_lines(small)):
            larger = line.enlarged(scale).cut(ink.sharp.shape[1])
            known = _like(larger, lines)
            across = len(known) > 1 and line.first == 0 and line.last == small.sharp.shape[1] - 1
            if (line.thick >= 3 or across) and all(_better(larger, lines[i]) for i in known):
                lines = [other for i, other in enumerate(lines) if i not in known] + [larger]
        small, scale = small.half, 2 * scale
    return lines


def _merged(lines: list[Line]) -> list[Line]:
    """Lines that overlap and are the same as one."""
    result: list[Line] = []
    for line in sorted(lines, key=lambda line: line.first):
        whole = line
        for i in reversed(_like(line, result, 1)):
            whole = _together(result.pop(i), whole)
        result.append(whole)
    return result


def _together(a: Line, b: Line) -> Line:
    """The longer of two lines, with what the other has beyond its ends."""
    longer, other = (a, b) if len(a.rows) >= len(b.rows) else (b, a)
    columns = np.arange(min(a.first, b.first), max(a.last, b.last) + 1)
    inside = (columns >= longer.first) & (columns <= longer.last)
    return Line(int(columns[0]), np.where(inside, longer.at(columns), other.at(columns)), longer.thick)


def _like(line: Line, lines: list[Line], least: int = 0) -> list[int]:
    """The numbers of those of `lines` that are the same as `line`, or the same for at least so many columns."""
    if not lines:
        return []
    first, last = (np.array([getattr(other, name) for other in lines]) for name in ("first", "last"))
    start = np.array([other.rows[0] for other in lines])
    slope = np.array([other.slope for other in lines])
    # As straight lines, halfway in the columns that both have: those that are far away need no closer look.
    x = (np.maximum(first, line.first) + np.minimum(last, line.last)) / 2
    apart = np.abs(start + slope * (x - first) - line.rows[0] - line.slope * (x - line.first))
    near = apart <= 2 * line.thick + 6 + BENT * (last - first + len(line.rows))
    near &= np.minimum(last, line.last) >= np.maximum(first, line.first)
    return [int(i) for i in np.flatnonzero(near) if _same(line, lines[i], least)]


def _better(larger: Line, known: Line) -> bool:
    """Whether a line of a smaller picture is the whole of a ragged one; two close ones are one there, and thicker."""
    share = len(known.rows) / len(larger.rows)
    return share < PIECE or (share < WHOLE and larger.thick <= 1.6 * known.thick)


def _same(a: Line, b: Line, least: int) -> bool:
    first, last = max(a.first, b.first), min(a.last, b.last)
    if last - first < (least or 0.5 * min(len(a.rows), len(b.rows))):
        return False
    columns = np.linspace(first, last, 5)
    near = max(a.thick, b.thick) if least == 0 else 1.5
    return bool(np.abs(a.at(columns) - b.at(columns)).max() <= near)
