"""Marks: full stop, comma, dash, slash and colon, drawn and printed.

Only their shape is taught. A full stop is a blot that was made larger, so what it is depends on where it stands, which
is not for a reader of single shapes to say.
"""

import cv2
import numpy as np

from fivebyfive.datasets.written.fonts import Font, printed
from fivebyfive.datasets.written.masks import HAND, MARGIN, TALL, Mask, Rng, cut, sheet, warped

PRINTED = 0.3
"""The share of marks that are printed."""
SLASH = (14, 28, 56)
"""Degrees from upright: the least, the usual and the most. Many ones lean as much: a slash that does is hardly told
from them by its shape, and the reader shall not be surer of it than it can be."""
SIDE = TALL + 2 * MARGIN


def mark(name: str, fonts: tuple[Font, ...], rng: Rng) -> Mask:
    """The mark `name`, one of `decision.MARKS`."""
    if rng.random() < PRINTED and name != "/":
        return printed(name, fonts, rng)
    return warped(cut(DRAWN[name](rng) > 0), HAND, rng)


def _stop(rng: Rng) -> Mask:
    """A disc, or a small irregular blot."""
    drawn = sheet(SIDE)
    centre, size = np.array([SIDE / 2, SIDE / 2]), rng.uniform(20, 34)
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    reach = size * rng.uniform(0.8, 1.1, 12)[:, None]
    flat = np.array([1.0, rng.uniform(0.65, 1.5)])
    points = centre + reach * flat * np.stack([np.cos(angles), np.sin(angles)], 1)
    cv2.fillPoly(drawn, [cv2.convexHull(np.rint(points).astype(np.int32))], 1)
    return drawn > 0


def _comma(rng: Rng) -> Mask:
    """A short stroke down to the left, thick beside its length: straight, or bent, with a head or without."""
    if rng.random() < 0.45:
        return _straight_comma(rng)
    drawn = sheet(SIDE)
    top = np.array([SIDE / 2 + 12, MARGIN + 15.0])
    length, lean = rng.uniform(40, 60), np.radians(rng.uniform(0, 40))
    end = top + length * np.array([-np.sin(lean), np.cos(lean)])
    middle = (top + end) / 2 + np.array([rng.uniform(4, 14), rng.uniform(-4, 4)])
    t = np.linspace(0, 1, 24)[:, None]
    curve = (1 - t) ** 2 * top + 2 * t * (1 - t) * middle + t**2 * end
    width, tail = rng.uniform(7, 13), rng.uniform(0.15, 0.7)
    for share, point in zip(t[:, 0], curve, strict=True):
        cv2.circle(drawn, (round(point[0]), round(point[1])), round(width * (1 - (1 - tail) * share)), 1, -1)
    if rng.random() < 0.5:
        cv2.circle(drawn, (round(top[0]), round(top[1])), round(width * rng.uniform(1.0, 1.6)), 1, -1)
    return drawn > 0


def _straight_comma(rng: Rng) -> Mask:
    """What a quick pen leaves: as a slash, but so short that the pen's width shows."""
    drawn = sheet(SIDE)
    lean, half, width = np.radians(rng.uniform(18, 60)), rng.uniform(12, 28), rng.uniform(7, 13)
    along, tail = np.array([-np.sin(lean), np.cos(lean)]), rng.uniform(0.5, 1.0)
    for share in np.linspace(0, 1, 24):
        x, y = SIDE / 2 + (2 * share - 1) * half * along
        cv2.circle(drawn, (round(x), round(y)), round(width * (1 - (1 - tail) * share)), 1, -1)
    return drawn > 0


def _dash(rng: Rng) -> Mask:
    return _stroke(rng.uniform(78, 102), rng.uniform(6, 28), rng.uniform(-6, 6), rng, shortest=20)


def _slash(rng: Rng) -> Mask:
    return _stroke(rng.triangular(*SLASH), rng.uniform(4, 10), rng.uniform(-3, 3), rng)


def _stroke(degrees: float, width: float, bow: float, rng: Rng, shortest: float = 30) -> Mask:
    """A nearly straight stroke, so many degrees from upright to the right, `bow` pixels off the straight; half of it
    is `shortest` pixels at least.
    """
    drawn = sheet(SIDE)
    angle, half = np.radians(degrees), rng.uniform(shortest, 42)
    along, across = np.array([np.sin(angle), -np.cos(angle)]), np.array([np.cos(angle), np.sin(angle)])
    t = np.linspace(-1, 1, 12)[:, None]
    points = SIDE / 2 + t * half * along + (1 - t**2) * bow * across
    cv2.polylines(drawn, [np.rint(points).astype(np.int32)], False, 1, round(width))
    return drawn > 0


def _colon(rng: Rng) -> Mask:
    """Two dots, or two short strokes, above one another."""
    drawn = sheet(SIDE)
    apart, size, lean = rng.uniform(22, 34), rng.uniform(5, 11), rng.uniform(-0.15, 0.3)
    short = rng.uniform(3, 9) if rng.random() < 0.4 else 0.0
    for side in (-1, 1):
        x, y = SIDE / 2 - side * apart * lean + rng.normal(0, 2), SIDE / 2 + side * apart + rng.normal(0, 2)
        stroke = short * np.array([rng.uniform(-0.5, 0.5), 1.0])
        ends = [(round(x + d * stroke[0]), round(y + d * stroke[1])) for d in (-1, 1)]
        cv2.line(drawn, ends[0], ends[1], 1, round(2 * size))
    return drawn > 0


DRAWN = {".": _stop, ",": _comma, "-": _dash, "/": _slash, ":": _colon}
