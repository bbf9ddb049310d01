"""Digits as displays show them: seven segments, and a matrix of five by seven dots."""

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.datasets.written.masks import MARGIN, TALL, Mask, Points, Rng, Warp, cut, sheet, warped

SEGMENTS = {
    "0": ("abcdef",),
    "1": ("bc", "bc", "ef"),
    "2": ("abdeg",),
    "3": ("abcdg",),
    "4": ("bcfg",),
    "5": ("acdfg",),
    "6": ("acdefg", "acdefg", "cdefg"),
    "7": ("abc", "abc", "abcf"),
    "8": ("abcdefg",),
    "9": ("abcdfg", "abcdfg", "abcfg"),
}
"""Which segments are lit, in each way that is in use: a above, b and c right, d below, e and f left, g between."""
PLACES = {
    "a": (0, 0, 1, 0),
    "b": (1, 0, 1, 1),
    "c": (1, 1, 1, 2),
    "d": (0, 2, 1, 2),
    "e": (0, 1, 0, 2),
    "f": (0, 0, 0, 1),
    "g": (0, 1, 1, 1),
}
"""Where a segment begins and ends, x, y, x, y, in a display of 1 by 2."""
DOTS = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00010 00100 01000 11111",
    "3": "11111 00010 00100 00010 00001 10001 01110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "00110 01000 10000 11110 10001 10001 01110",
    "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "9": "01110 10001 10001 01111 00001 00010 01100",
}
SEEN = Warp(bend=0.1, turn=3.0, slant=0.12, aspect=0.1)
"""How displays lie in a picture: hardly bent, often leaning."""


def digit(name: str, rng: Rng) -> Mask:
    """The digit `name` on a display of seven segments, or, one time in four, of dots."""
    return (_dots if rng.random() < 0.25 else _segments)(name, rng)


def _segments(name: str, rng: Rng) -> Mask:
    ways = SEGMENTS[name]
    lit = ways[int(rng.integers(len(ways)))]
    tall = TALL - 8
    wide = tall * rng.uniform(0.4, 0.75)
    thick = wide * rng.uniform(0.12, 0.32)
    gap = thick * (rng.uniform(0.0, 0.35) if rng.random() < 0.75 else -0.5)
    point = rng.choice([0.0, 0.5, 0.5])
    drawn = sheet(TALL + 2 * MARGIN)
    corner, size = np.array([MARGIN, MARGIN], float), np.array([wide - thick, (tall - thick) / 2])
    for segment in lit:
        x0, y0, x1, y1 = PLACES[segment]
        start, end = corner + size * (x0, y0), corner + size * (x1, y1)
        cv2.fillPoly(drawn, [_segment(start, end, thick, gap, point)], 1)
    lean = rng.uniform(0, 0.2) if rng.random() < 0.5 else 0.0
    matrix = np.array([[1, -lean, lean * TALL], [0, 1, 0]], np.float32)
    leaning = cv2.warpAffine(drawn, matrix, drawn.shape[::-1], flags=cv2.INTER_NEAREST)
    return warped(cut(np.asarray(leaning) > 0), SEEN, rng)


def _segment(start: Points, end: Points, thick: float, gap: float, point: float) -> npt.NDArray[np.int32]:
    """The corners of a segment from `start` to `end`, `gap` away from both: with ends pointed, or blunt where 0."""
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]]) * thick / 2
    start, end = start + along * gap, end - along * gap
    inner = along * thick * point
    corners = [start, start + inner + across, end - inner + across, end, end - inner - across, start + inner - across]
    return np.rint(corners).astype(np.int32)


def _dots(name: str, rng: Rng) -> Mask:
    pitch = TALL / 7
    half = pitch * rng.uniform(0.38, 0.62)
    square = rng.random() < 0.4
    drawn = sheet(TALL + 2 * MARGIN)
    for row, line in enumerate(DOTS[name].split()):
        for column, lit in enumerate(line):
            x, y = MARGIN + (column + 0.5) * pitch, MARGIN + (row + 0.5) * pitch
            if lit == "1" and square:
                cv2.rectangle(drawn, (round(x - half), round(y - half)), (round(x + half), round(y + half)), 1, -1)
            elif lit == "1":
                cv2.circle(drawn, (round(x), round(y)), round(half), 1, -1)
    return warped(cut(drawn > 0), SEEN, rng)
