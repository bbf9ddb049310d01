"""Digits and letters drawn as a pen draws them: strokes through a few points, in the manners of many countries.

Each manner is a line of strokes, divided by "|"; a stroke is points "x,y" in hundredths of the character's box, y
downwards. The pen goes smoothly through them, and turns sharply at one with "!".
"""

import functools
import itertools

import cv2
import numpy as np

from fivebyfive.datasets.written.masks import HAND, MARGIN, TALL, Mask, Points, Rng, cut, warped

DIGITS: dict[str, tuple[str, ...]] = {
    "0": (
        "50,0 15,12 0,50 15,88 50,100 85,88 100,50 85,12 50,0",
        "70,8 40,0 8,22 0,60 20,95 55,100 90,75 95,35 75,8 50,3 35,12",
        "60,5 20,10 0,55 25,97 70,93 98,50 80,12 70,0",
        "50,0 15,12 0,50 15,88 50,100 85,88 100,50 85,12 50,0 | 5,95 95,5",
    ),
    "1": (
        "50,0 50,100",
        "55,0 48,50 50,100",
        "15,28 55,0! 55,100",
        "0,52 60,0! 60,100",
        "0,50 35,30 60,0! 58,100",
        "20,25 50,0! 50,100 | 10,100 90,100",
        "5,45 50,0! 50,100 | 0,100 100,97",
    ),
    "2": (
        "5,25 25,3 65,0 90,25 75,55 5,100! 100,100",
        "5,25 30,0 75,5 85,35 55,70 15,100 0,88 20,75 50,90 100,98",
        "5,10 50,0 90,20 60,60 0,100! 95,95",
        "5,30 40,0 85,25 50,70 5,98 40,88 70,100 100,85",
        "0,8 85,5! 5,100! 100,100",
    ),
    "3": (
        "5,12 45,0 85,20 45,46! 90,72 50,100 0,85",
        "5,0 90,0! 40,40! 85,60 75,95 0,95",
        "5,10 60,0 80,25 45,45 30,50 50,48 95,75 50,100 0,88",
        "10,5 80,5 45,42 40,50 85,65 80,95 30,100 0,88",
    ),
    "4": (
        "15,0 0,60! 95,60 | 75,20 75,100",
        "80,100 80,0! 0,65! 100,65",
        "25,0 5,55! 90,55 | 65,0 55,100",
        "5,0 5,50! 85,50 | 85,0 80,100",
        "5,5 10,45 45,55 82,40 | 85,0 80,100",
        "60,0 0,70! 100,70 | 65,40 60,100",
    ),
    "5": (
        "90,0 15,0! 10,45! 55,38 95,65 55,100 0,90",
        "20,0 15,45! 60,40 95,70 50,100 0,90 | 20,0 95,0",
        "90,5 40,0 10,20 30,45 80,55 90,85 50,100 5,92",
        "20,5 15,45! 60,40 90,70 50,100 0,88 | 32,2 100,-3",
    ),
    "6": (
        "75,0 25,30 0,70 30,100 80,95 95,70 60,50 10,65",
        "60,0 5,65 25,100 75,100 90,75 60,55 10,70",
        "85,10 50,0 10,40 5,80 45,100 90,80 70,50 20,60 8,75",
        "45,0 10,50 5,85 40,100 75,85 60,65 12,75",
    ),
    "7": (
        "0,0 100,0! 35,100",
        "0,0 100,0! 35,100 | 22,52 88,47",
        "0,20 2,0! 100,0! 40,100",
        "0,20 2,0! 100,0! 40,100 | 25,52 90,48",
        "0,5 50,8 100,0! 55,50 40,100",
        "0,15 10,0 50,8 100,0! 50,50 35,100 | 20,50 80,50",
        "0,32 0,0! 100,0! 92,50 85,100",
    ),
    "8": (
        "80,12 45,0 10,20 45,45 90,70 60,100 10,85 25,60 70,35 85,15 75,5",
        "50,0 15,10 15,35 50,45 85,35 85,10 50,0 | 50,45 5,60 5,90 50,100 95,90 95,60 50,45",
        "85,10 50,0 15,20 50,48 90,75 50,100 5,80 45,50 90,15",
        "50,50 15,30 20,5 50,0 82,10 80,32 50,50 8,75 20,98 60,100 92,85 80,62 50,50",
    ),
    "9": (
        "90,20 50,0 5,20 20,50 70,45 90,15! 85,60 70,100",
        "90,25 50,0 5,25 40,52 90,25! 90,100",
        "85,25 50,0 5,25 40,52 85,30 95,10 88,65 55,100 10,92",
        "88,20 50,0 5,25 35,50 80,35 88,10! 90,70 60,100 20,90",
        "85,10 45,0 8,25 40,50 85,25 88,8! 35,100",
        "55,8 25,0 5,18 25,40 55,22! 75,55 95,78 75,98 5,97",
        "80,15 45,0 10,12 15,38 55,42 85,18! 92,65 75,97 5,97",
    ),
}
LETTERS: dict[str, tuple[str, ...]] = {
    "A": ("0,100 50,0! 100,100 | 20,60 80,60",),
    "C": ("95,15 55,0 5,30 5,70 55,100 95,85",),
    "E": ("95,0 5,0! 5,100! 95,100 | 5,50 75,50", "90,10 45,0 10,20 50,45! 0,72 45,100 95,88"),
    "F": ("95,0 5,0! 5,100 | 5,48 75,48",),
    "H": ("5,0 5,100 | 90,0 90,100 | 5,50 90,50",),
    "K": ("5,0 5,100 | 85,0 8,55! 90,100",),
    "L": ("10,0 10,100! 90,100",),
    "M": ("0,100 10,0! 50,70! 90,0! 100,100",),
    "N": ("0,100 5,0! 90,100! 95,0",),
    "P": ("8,100 8,0! 70,0 90,25 60,50 8,52",),
    "R": ("8,100 8,0! 70,0 85,25 55,48 8,50! 95,100",),
    "T": ("0,0 100,0 | 50,0 50,100",),
    "U": ("0,0 5,70 50,100 90,70 95,0",),
    "V": ("0,0 50,100! 100,0",),
    "W": ("0,0 25,100! 50,25! 75,100! 100,0",),
    "X": ("0,0 100,100 | 95,0 0,100",),
    "a": ("85,15 45,0 5,45 35,95 80,60 85,15! 88,85 100,100",),
    "d": ("85,60 45,38 5,70 40,100 85,70 | 85,0 88,100",),
    "e": ("5,55 90,45 60,0 10,35 20,90 95,85",),
    "f": ("90,8 60,0 40,30 40,100 | 5,45 85,45",),
    "h": ("5,0 8,100! 20,60 60,45 85,65 88,100",),
    "k": ("5,0 5,100 | 70,35 8,68! 85,100",),
    "m": ("0,20 3,100! 20,25 45,25 48,100! 65,25 92,25 97,100",),
    "n": ("5,10 8,100! 30,20 75,15 90,100",),
    "r": ("10,5 12,100! 25,35 60,5 95,15",),
    "t": ("45,0 45,80 65,100 95,90 | 5,30 85,28",),
    "v": ("0,0 45,100! 95,0",),
    "w": ("0,0 20,95 48,30! 70,95 100,0",),
    "x": ("0,0 100,100 | 95,0 0,100",),
    "?": ("5,20 45,0 90,22 50,55 48,75 | 48,97 50,100",),
    "+": ("50,0 50,100 | 0,50 100,50",),
    "=": ("0,20 100,20 | 0,75 100,75",),
    "*": ("50,0 50,100 | 5,25 95,75 | 5,75 95,25",),
    "%": ("95,0 5,100 | 20,0 5,15 20,30 35,15 20,0 | 80,70 65,85 80,100 95,85 80,70",),
    "#": ("35,0 25,100 | 75,0 65,100 | 0,30 100,30 | 0,70 100,70",),
    "&": ("95,100 20,25 45,0 65,20 10,70 40,100 95,55",),
    "<": ("95,0 5,50! 95,100",),
}
BARE = 2
"""So many of the manners of a one, the first ones, are a stroke alone."""


@functools.cache
def _strokes(manner: str) -> tuple[tuple[Points, frozenset[int]], ...]:
    """Each stroke's points [N, 2] in a box of 1, and which of them are sharp."""
    result = []
    for stroke in manner.split("|"):
        words = stroke.split()
        points = np.array([[float(n) / 100 for n in word.rstrip("!").split(",")] for word in words])
        result.append((points, frozenset(i for i, word in enumerate(words) if word.endswith("!"))))
    return tuple(result)


def digit(name: str, rng: Rng) -> Mask:
    """The digit `name`, in one of its manners."""
    manner = int(rng.integers(len(DIGITS[name])))
    wide = rng.uniform(0.45, 0.95)
    if name == "1":
        wide = rng.uniform(0.05, 0.2) if manner < BARE else rng.uniform(0.3, 0.7)
    return drawn(DIGITS[name][manner], wide, rng)


def letter(rng: Rng) -> Mask:
    """Any letter or sign that is not much like a digit."""
    name = list(LETTERS)[int(rng.integers(len(LETTERS)))]
    manners = LETTERS[name]
    return drawn(manners[int(rng.integers(len(manners)))], rng.uniform(0.5, 1.2), rng)


def drawn(manner: str, wide: float, rng: Rng) -> Mask:
    """One manner, `wide` times as wide as high, with a pen and a hand by chance."""
    shaken = rng.uniform(0.005, 0.04)
    pen = int(rng.integers(4, 15))
    box = np.array([wide, 1.0]) * TALL / max(wide, 1.0)
    height, width = (int(n) + 2 * MARGIN for n in box[::-1])
    sheet = np.zeros((height, width), np.uint8)
    for points, sharp in _strokes(manner):
        moved = points + rng.normal(0, shaken, points.shape)
        cv2.polylines(sheet, [np.rint(_smooth(moved, sharp) * box + MARGIN).astype(np.int32)], False, 1, pen)
    return warped(cut(sheet > 0), HAND, rng)


def _smooth(points: Points, sharp: frozenset[int]) -> Points:
    """A line [M, 2] through all the points: Catmull and Rom's spline between the sharp ones."""
    ends = [0, *sorted(sharp), len(points) - 1]
    return np.concatenate([_spline(points[a : b + 1]) for a, b in itertools.pairwise(ends) if b > a])


def _spline(points: Points, steps: int = 8) -> Points:
    before = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps)[:, None]
    p0, p1, p2, p3 = (before[i : i + len(points) - 1, None] for i in range(4))
    curve = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return np.asarray(curve.reshape(-1, 2))
