"""Handwriting as people send it: pictures of digits made to measure `5x5 predict` on, and the measurement.

Ink is a digit of MNIST, enlarged smoothly, or pen strokes drawn by this file; it is laid, with many pens, slants, sizes
and colours, on plain, ruled and squared paper, and then seen through shadow, perspective, blur, noise and JPEG.

Two sets never meet. ``tuning`` is made of MNIST's *training* digits and is what preparation was tuned on; ``honest`` is
made of its *test* digits with other seeds, and is only ever measured.

    python benchmarks/handwriting.py                         # the honest set: 2,400 pictures and 300 of nothing
    python benchmarks/handwriting.py --set tuning --scale 0.2
    python benchmarks/handwriting.py --save DIR --scale 0.01   # look at them
"""

import argparse
import itertools
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Rng = np.random.Generator

SEEDS = {"tuning": 1_000_000, "honest": 2_000_000}


@dataclass(frozen=True)
class Sheet:
    """A picture and what is written on it.

    Attributes:
        picture: uint8 [h, w, 3], red, green and blue.
        text: the digits, row by row from the top, each row from the left; "" for a picture of nothing.
        traits: what it was made with, to see what a failure depends on.
    """

    picture: Pixels
    text: str
    traits: dict[str, str] = field(default_factory=dict)


# --- ink ------------------------------------------------------------------------------------------------------------

Points = list[tuple[float, float]]

# Strokes in a box of width 0.6 and height 1 (y down), as points that a smooth curve passes through; "|" in a style's
# name means corners stay sharp.
STYLES: dict[int, dict[str, list[Points]]] = {
    0: {
        "closed": [[(0.3, 0.0), (0.06, 0.2), (0.0, 0.5), (0.08, 0.82), (0.3, 1.0), (0.52, 0.82), (0.6, 0.5),
                    (0.53, 0.18), (0.3, 0.0)]],
        "overshot": [[(0.36, 0.05), (0.1, 0.15), (0.0, 0.52), (0.1, 0.87), (0.32, 1.0), (0.54, 0.8), (0.6, 0.45),
                      (0.48, 0.1), (0.27, 0.01), (0.16, 0.06)]],
    },
    1: {
        "|bar": [[(0.3, 0.0), (0.3, 1.0)]],
        "|flag": [[(0.1, 0.26), (0.34, 0.0), (0.34, 1.0)]],
        "|flag and base": [[(0.1, 0.24), (0.32, 0.0), (0.32, 1.0)], [(0.08, 1.0), (0.56, 1.0)]],
    },
    2: {
        "plain": [[(0.03, 0.24), (0.13, 0.05), (0.33, 0.0), (0.53, 0.1), (0.56, 0.32), (0.4, 0.6), (0.18, 0.84),
                   (0.02, 0.99)], [(0.02, 0.99), (0.3, 0.985), (0.6, 0.98)]],
        "looped": [[(0.04, 0.2), (0.18, 0.02), (0.42, 0.02), (0.54, 0.22), (0.44, 0.52), (0.2, 0.86), (0.05, 0.96),
                    (0.03, 0.84), (0.15, 0.8), (0.3, 0.92), (0.46, 1.0), (0.6, 0.92)]],
    },
    3: {
        "round": [[(0.04, 0.14), (0.2, 0.01), (0.42, 0.02), (0.54, 0.18), (0.46, 0.38), (0.24, 0.47)],
                  [(0.24, 0.47), (0.48, 0.54), (0.6, 0.74), (0.5, 0.94), (0.26, 1.0), (0.04, 0.9)]],
        "|flat": [[(0.05, 0.02), (0.55, 0.02), (0.26, 0.4), (0.47, 0.46), (0.57, 0.6), (0.57, 0.8), (0.43, 0.96),
                   (0.2, 1.0), (0.02, 0.92)]],
    },
    4: {
        "|open": [[(0.08, 0.0), (0.03, 0.56), (0.6, 0.56)], [(0.46, 0.12), (0.44, 1.0)]],
        "|closed": [[(0.42, 1.0), (0.44, 0.0), (0.0, 0.66), (0.6, 0.66)]],
    },
    5: {
        "two strokes": [[(0.1, 0.02), (0.06, 0.42), (0.24, 0.38), (0.46, 0.44), (0.58, 0.66), (0.5, 0.9), (0.26, 1.0),
                         (0.02, 0.92)], [(0.1, 0.02), (0.34, 0.025), (0.56, 0.0)]],
        "one stroke": [[(0.56, 0.0), (0.34, 0.02), (0.13, 0.03)], [(0.13, 0.03), (0.09, 0.22), (0.06, 0.43),
                       (0.28, 0.36), (0.5, 0.45), (0.58, 0.68), (0.48, 0.92), (0.24, 1.0), (0.02, 0.9)]],
    },
    6: {
        "curved": [[(0.5, 0.02), (0.24, 0.14), (0.05, 0.45), (0.02, 0.74), (0.14, 0.96), (0.36, 1.0), (0.55, 0.88),
                    (0.56, 0.68), (0.4, 0.55), (0.2, 0.6), (0.05, 0.76)]],
        "straight": [[(0.32, 0.0), (0.14, 0.32), (0.03, 0.68), (0.12, 0.93), (0.32, 1.0), (0.52, 0.9), (0.57, 0.72),
                      (0.42, 0.57), (0.22, 0.6), (0.06, 0.72)]],
    },
    7: {
        "|plain": [[(0.02, 0.03), (0.58, 0.02), (0.24, 1.0)]],
        "|crossed": [[(0.02, 0.03), (0.58, 0.02), (0.24, 1.0)], [(0.16, 0.52), (0.56, 0.5)]],
        "|serif": [[(0.03, 0.16), (0.04, 0.02), (0.58, 0.02), (0.4, 0.4), (0.28, 1.0)]],
    },
    8: {
        "figure": [[(0.5, 0.12), (0.3, 0.0), (0.1, 0.1), (0.1, 0.32), (0.3, 0.48), (0.5, 0.64), (0.54, 0.86),
                    (0.3, 1.0), (0.05, 0.87), (0.09, 0.65), (0.3, 0.47), (0.47, 0.32), (0.52, 0.14)]],
        "two rings": [[(0.3, 0.0), (0.12, 0.1), (0.11, 0.34), (0.3, 0.46), (0.49, 0.34), (0.48, 0.1), (0.3, 0.0)],
                      [(0.3, 0.46), (0.06, 0.6), (0.05, 0.88), (0.3, 1.0), (0.55, 0.88), (0.54, 0.6), (0.3, 0.46)]],
    },
    9: {
        "straight": [[(0.54, 0.14), (0.36, 0.0), (0.12, 0.05), (0.03, 0.26), (0.16, 0.46), (0.38, 0.44), (0.53, 0.2)],
                     [(0.55, 0.08), (0.52, 0.5), (0.48, 1.0)]],
        "curved": [[(0.53, 0.2), (0.36, 0.01), (0.12, 0.06), (0.03, 0.28), (0.18, 0.48), (0.4, 0.42), (0.53, 0.2)],
                   [(0.54, 0.14), (0.58, 0.45), (0.48, 0.84), (0.26, 1.0), (0.06, 0.9)]],
    },
}  # fmt: skip


def _curve(points: npt.NDArray[np.float64], sharp: bool) -> npt.NDArray[np.float64]:
    """A dense line through `points` [n, 2]: Catmull-Rom, or straight pieces."""
    if sharp or len(points) < 3:
        steps = np.linspace(0, len(points) - 1, 40 * len(points))
        return np.stack([np.interp(steps, range(len(points)), points[:, i]) for i in (0, 1)], axis=1)
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, 40, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*pieces, points[-1:]])


def pen_digit(digit: int, height: int, rng: Rng) -> tuple[Floats, str]:
    """`digit` drawn as pen strokes, `height` pixels high: (how much ink each pixel has, 0 to 1; its style)."""
    style = str(rng.choice(list(STYLES[digit])))
    thickness = max(1.3, height * float(np.exp(rng.uniform(np.log(0.025), np.log(0.17)))))
    aspect = rng.uniform(0.8, 1.2)
    slant = np.tan(np.radians(rng.uniform(-8, 22)))
    turn = np.radians(rng.uniform(-7, 7))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array(
        [[aspect, -slant], [0, 1]]
    )
    lines = []
    for stroke in STYLES[digit][style]:
        points = np.array(stroke) + rng.normal(0, 0.018, (len(stroke), 2))
        lines.append(_curve(points, style.startswith("|")) @ matrix.T)
    # Strokes that meet in the design still meet after every point moved a little.
    for before, after in itertools.pairwise(lines):
        if np.linalg.norm(before[-1] - after[0]) < 0.12:
            after += (before[-1] - after[0]) * np.linspace(1, 0, len(after))[:, None]
    gap = ""
    if rng.random() < 0.12 and digit != 1:
        lines, gap = _with_gap(lines, thickness / height, rng), " with gap"
    low = np.min([line.min(0) for line in lines], axis=0)
    high = np.max([line.max(0) for line in lines], axis=0)
    scale = (height - thickness) / max(high[1] - low[1], 1e-6)
    pad = thickness / 2 + 2
    size = np.ceil((high - low) * scale + 2 * pad).astype(int)
    ink = np.zeros((size[1], size[0]), np.uint8)
    pressure = rng.uniform(0, 0.25)
    phase = rng.uniform(0, 6)
    for line in lines:
        at = (line - low) * scale + pad
        for i, (start, end) in enumerate(itertools.pairwise(at)):
            width = thickness * (1 + pressure * np.sin(phase + i / 25))
            cv2.line(ink, _fixed(start), _fixed(end), 255, max(1, round(width)), cv2.LINE_AA, shift=4)
    return np.asarray(ink / 255, np.float32), style + gap


def _fixed(point: npt.NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0]) * 16), round(float(point[1]) * 16)


def _with_gap(lines: list[npt.NDArray[np.float64]], thickness: float, rng: Rng) -> list[npt.NDArray[np.float64]]:
    """The pen lifted for a moment in the middle of the longest stroke; the gap is short beside the digit."""
    longest = max(range(len(lines)), key=lambda i: len(lines[i]))
    line = lines[longest]
    at = int(len(line) * rng.uniform(0.3, 0.7))
    reach = thickness * 0.55 + rng.uniform(0.015, 0.035)
    away = np.linalg.norm(line - line[at], axis=1) > reach
    before, after = line[:at][away[:at]], line[at:][away[at:]]
    return [*lines[:longest], *[part for part in (before, after) if len(part) > 1], *lines[longest + 1 :]]


class Mnist:
    """MNIST's digits as ink of any size: ``train`` for tuning, ``test`` for the honest set."""

    def __init__(self, part: str) -> None:
        from fivebyfive.datasets import load

        images = getattr(load("mnist"), part)
        self.pixels, self.labels = images.pixels[:, :, :, 0], images.labels

    def digit(self, digit: int, height: int, rng: Rng) -> tuple[Floats, str]:
        """One of its digits, enlarged smoothly into ink `height` pixels high."""
        index = int(rng.choice(np.flatnonzero(self.labels == digit)))
        rows, columns = np.nonzero(self.pixels[index] > 60)
        cut = self.pixels[index][rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        small = np.pad(cut, 2).astype(np.float32) / 255
        fine = cv2.resize(small, None, fx=16, fy=16, interpolation=cv2.INTER_CUBIC)
        fine = cv2.GaussianBlur(fine, (0, 0), 5)
        pen = rng.uniform(-0.1, 0.1)
        fine = np.clip((fine - 0.37 + pen) * 8 + 0.5, 0, 1)
        scale = height / (cut.shape[0] * 16)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        ink = cv2.resize(fine, None, fx=scale, fy=scale, interpolation=way)
        return np.clip(ink, 0, 1).astype(np.float32), f"mnist {index}"


# --- paper ----------------------------------------------------------------------------------------------------------

PENS = {
    "black": (25, 25, 28), "blue": (30, 50, 150), "red": (190, 35, 40), "green": (20, 105, 60),
    "pencil": (105, 105, 108), "brown": (95, 60, 35), "marker": (15, 15, 15), "violet": (95, 40, 130),
}  # fmt: skip
PAPERS = {
    "white": (250, 250, 250), "cream": (243, 236, 216), "grey": (205, 205, 203), "yellow": (248, 235, 150),
    "kraft": (203, 172, 132), "blueish": (222, 232, 242), "board": (236, 240, 240),
}  # fmt: skip
RULES = {"blue": (0.55, 0.75, 0.95), "grey": (0.75, 0.75, 0.75), "red": (0.95, 0.7, 0.7)}


def _paper(height: int, width: int, digit: int, rng: Rng, traits: dict[str, str]) -> Floats:
    """An empty sheet, [height, width, 3] from 0 to 255; lines are spaced to suit digits `digit` pixels high."""
    colour = str(rng.choice(list(PAPERS)))
    ruling = str(rng.choice(["plain", "ruled", "squared"], p=[0.4, 0.3, 0.3]))
    traits |= {"paper": colour, "ruling": ruling}
    sheet = np.empty((height, width, 3), np.float32)
    sheet[:] = np.array(PAPERS[colour]) * rng.uniform(0.92, 1.0)
    if rng.random() < 0.5:
        grain = rng.normal(0, 1, (height // 3 + 2, width // 3 + 2)).astype(np.float32)
        sheet += rng.uniform(0.5, 3.0) * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)[:, :, None]
    if ruling != "plain":
        _rule(sheet, ruling, digit, rng)
    return sheet


def _rule(sheet: Floats, ruling: str, digit: int, rng: Rng) -> None:
    height, width = sheet.shape[:2]
    spacing = max(7.0, digit * (rng.uniform(0.7, 1.7) if ruling == "ruled" else rng.uniform(0.22, 0.9)))
    thick = max(1.0, spacing * rng.uniform(0.015, 0.05))
    tint = np.array(RULES[str(rng.choice(list(RULES)))]) ** rng.uniform(0.5, 1.5)
    lines = np.zeros((height, width), np.uint8)
    for y in np.arange(rng.uniform(0, spacing), height, spacing):
        cv2.line(lines, (-16, round(y * 16)), (width * 16, round(y * 16)), 255, round(thick), cv2.LINE_AA, 4)
    if ruling == "squared":
        for x in np.arange(rng.uniform(0, spacing), width, spacing):
            cv2.line(lines, (round(x * 16), -16), (round(x * 16), height * 16), 255, round(thick), cv2.LINE_AA, 4)
    amount = (lines.astype(np.float32) / 255)[:, :, None]
    sheet *= 1 - amount * (1 - tint.astype(np.float32))


# --- the camera -----------------------------------------------------------------------------------------------------


def _shadow(sheet: Floats, rng: Rng, traits: dict[str, str]) -> None:
    height, width = sheet.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    kind = str(rng.choice(["none", "slope", "edge", "corner"], p=[0.35, 0.3, 0.25, 0.1]))
    traits["shadow"] = kind
    if kind == "slope":
        light = 1 - rng.uniform(0.1, 0.5) * (along + 0.5)
    elif kind == "edge":
        light = 1 - rng.uniform(0.15, 0.5) / (1 + np.exp(-(along - rng.uniform(-0.3, 0.3)) / rng.uniform(0.01, 0.08)))
    elif kind == "corner":
        away = np.hypot(x / width - rng.uniform(0, 1), y / height - rng.uniform(0, 1))
        light = 1 - rng.uniform(0.2, 0.5) * np.clip(away, 0, 1)
    else:
        return
    sheet *= np.clip(light, 0.15, 1)[:, :, None].astype(np.float32)


def _camera(sheet: Floats, digit: int, rng: Rng, traits: dict[str, str]) -> Pixels:
    """`sheet` as it arrives: bent by perspective, lit, blurred, noisy, inverted perhaps, through JPEG."""
    height, width = sheet.shape[:2]
    if rng.random() < 0.5:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        # Outwards, so that nothing has to be invented at the edges.
        reach = np.minimum((0.05 * width, 0.05 * height), 0.2 * digit)
        moved = corners + np.sign(corners - (width / 2, height / 2)) * rng.uniform(0, 1, (4, 2)) * reach
        matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
        sheet = cv2.warpPerspective(sheet, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        traits["perspective"] = "yes"
    _shadow(sheet, rng, traits)
    if rng.random() < 0.6:
        sheet = cv2.GaussianBlur(sheet, (0, 0), max(0.3, digit * rng.uniform(0.002, 0.018))).astype(np.float32)
    if rng.random() < 0.7:
        sheet = sheet + rng.normal(0, rng.uniform(1, 9), sheet.shape).astype(np.float32)
    picture = np.clip(np.rint(sheet), 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        picture = 255 - picture
        traits["inverted"] = "yes"
    if rng.random() < 0.7:
        quality = int(rng.integers(35, 96))
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        traits["jpeg"] = "low" if quality < 60 else "high"
    return picture


# --- sheets ---------------------------------------------------------------------------------------------------------


def _ink(digit: int, height: int, mnist: Mnist, rng: Rng, source: str) -> tuple[Floats, str]:
    return mnist.digit(digit, height, rng) if source == "mnist" else pen_digit(digit, height, rng)


def _lay(sheet: Floats, ink: Floats, x: int, y: int, colour: Floats) -> None:
    height, width = ink.shape
    place = sheet[y : y + height, x : x + width]
    place += ink[: place.shape[0], : place.shape[1], None] * (colour - place)


def _pen(rng: Rng, traits: dict[str, str]) -> Floats:
    pen = str(rng.choice(list(PENS)))
    traits["pen"] = pen
    return np.array(PENS[pen], np.float32)


def single(mnist: Mnist, rng: Rng) -> Sheet:
    """One digit anywhere on a sheet of 100 to 2,000 pixels."""
    side = float(np.exp(rng.uniform(np.log(100), np.log(2000))))
    height, width = (int(np.clip(side * rng.uniform(0.7, 1), 100, 2000)) for _ in range(2))
    tall = int(min(height, width) * rng.uniform(0.28, 0.85))
    source, digit = str(rng.choice(["mnist", "pen"])), int(rng.integers(10))
    ink, style = _ink(digit, tall, mnist, rng, source)
    if ink.shape[1] > width - 4 or ink.shape[0] > height - 4:
        scale = min((width - 4) / ink.shape[1], (height - 4) / ink.shape[0])
        ink = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    traits = {"kind": "single", "source": source, "style": style, "size": _size_word(tall)}
    sheet = _paper(height, width, tall, rng, traits)
    margin = [max(3, int(0.06 * n)) for n in (width, height)]
    x, y = (_between(m, n - k - m, rng) for m, n, k in zip(margin, (width, height), ink.shape[::-1], strict=True))
    _lay(sheet, ink, x, y, _pen(rng, traits))
    return Sheet(_camera(sheet, tall, rng, traits), str(digit), traits)


def several(mnist: Mnist, rng: Rng) -> Sheet:
    """Two to eight digits in each of one to three rows."""
    tall = int(np.exp(rng.uniform(np.log(28), np.log(220))))
    source = str(rng.choice(["mnist", "pen", "mixed"]))
    traits = {"kind": "several", "source": source, "size": _size_word(tall)}
    rows, text = [], ""
    for _ in range(int(rng.integers(1, 4))):
        row = []
        for _ in range(int(rng.integers(2, 9))):
            digit = int(rng.integers(10))
            text += str(digit)
            kind = str(rng.choice(["mnist", "pen"])) if source == "mixed" else source
            row.append(_ink(digit, int(tall * rng.uniform(0.82, 1.12)), mnist, rng, kind)[0])
        rows.append(row)
    gap, leading = rng.uniform(0.16, 0.6), rng.uniform(1.45, 2.2)
    width = int(
        max(sum(i.shape[1] for i in r) + tall * (gap + 0.1) * len(r) for r in rows) + tall * rng.uniform(0.8, 2)
    )
    height = int(tall * (leading * len(rows) + rng.uniform(0.5, 1.2)))
    height, width = max(height, 100), max(width, 100)
    sheet = _paper(height, width, tall, rng, traits)
    colour = _pen(rng, traits)
    top = tall * rng.uniform(0.25, 0.5)
    for n, row in enumerate(rows):
        x = tall * rng.uniform(0.3, 0.5)
        for ink in row:
            y = top + n * tall * leading + (tall * 1.1 - ink.shape[0]) * 0.5 + rng.uniform(-0.06, 0.06) * tall
            _lay(sheet, ink, int(x), max(2, int(y)), colour)
            x += ink.shape[1] + tall * gap * rng.uniform(0.7, 1.3)
    picture = _camera(sheet, tall, rng, traits)
    longest = max(picture.shape[:2])
    if longest > 2000:
        picture = cv2.resize(picture, None, fx=2000 / longest, fy=2000 / longest, interpolation=cv2.INTER_AREA).astype(
            np.uint8
        )
    return Sheet(picture, text, traits)


def nothing(mnist: Mnist, rng: Rng) -> Sheet:  # noqa: ARG001
    """Blank pages, textures and scenes: nothing that could be read."""
    height, width = (int(n) for n in np.exp(rng.uniform(np.log(100), np.log(1600), 2)))
    kinds: dict[str, Callable[[int, int, Rng, dict[str, str]], Floats]] = {
        "blank": lambda h, w, r, t: _paper(h, w, int(min(h, w) * r.uniform(0.1, 0.6)), r, t),
        "texture": _texture,
        "scene": _scene,
    }
    kind = str(rng.choice(list(kinds)))
    traits = {"kind": "nothing", "source": kind}
    sheet = kinds[kind](height, width, rng, traits)
    return Sheet(_camera(sheet, int(min(height, width) * 0.3), rng, traits), "", traits)


def _texture(height: int, width: int, rng: Rng, traits: dict[str, str]) -> Floats:
    """Wood, cloth, noise or gravel."""
    name = str(rng.choice(["wood", "cloth", "noise", "gravel"]))
    traits["texture"] = name
    fine = float(np.exp(rng.uniform(np.log(2), np.log(min(height, width) / 12))))
    if name == "cloth":
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        pattern = np.sin(x / fine) * np.sin(y / fine) + 0.3 * rng.normal(0, 1, (height, width))
    else:
        stretch = rng.uniform(6, 20) if name == "wood" else 1.0
        cells = (max(2, int(height / fine)), max(2, int(width / fine / stretch)))
        pattern = cv2.resize(rng.normal(0, 1, cells), (width, height), interpolation=cv2.INTER_CUBIC)
        if name == "gravel":
            pattern = np.sign(pattern) + 0.3 * pattern
    colour = rng.uniform(60, 230, 3)
    return np.asarray(colour + rng.uniform(4, 40) * pattern[:, :, None], np.float32)


def _scene(height: int, width: int, rng: Rng, traits: dict[str, str]) -> Floats:  # noqa: ARG001
    """Soft shapes of many colours, as a photo that is out of focus."""
    sheet = np.empty((height, width, 3), np.float32)
    sheet[:] = rng.uniform(40, 230, 3)
    for _ in range(int(rng.integers(4, 16))):
        colour = tuple(float(c) for c in rng.uniform(20, 250, 3))
        at = (int(rng.integers(width)), int(rng.integers(height)))
        if rng.random() < 0.5:
            cv2.circle(sheet, at, int(min(height, width) * rng.uniform(0.08, 0.5)), colour, -1, cv2.LINE_AA)
        else:
            end = (int(rng.integers(width)), int(rng.integers(height)))
            cv2.rectangle(sheet, at, end, colour, -1)
    return cv2.GaussianBlur(sheet, (0, 0), min(height, width) * rng.uniform(0.004, 0.06)).astype(np.float32)


def _between(low: int, high: int, rng: Rng) -> int:
    return int(rng.integers(low, high + 1)) if high > low else max(0, (low + high) // 2)


def _size_word(tall: int) -> str:
    return "small" if tall < 48 else "large" if tall > 400 else "medium"


MAKERS: dict[str, Callable[[Mnist, Rng], Sheet]] = {"single": single, "several": several, "nothing": nothing}


def sheets(which: str, kind: str, count: int, first: int = 0) -> Iterator[Sheet]:
    """`count` sheets of one kind ("single", "several", "nothing") of the "tuning" or the "honest" set."""
    mnist = Mnist("train" if which == "tuning" else "test")
    for index in range(first, first + count):
        yield MAKERS[kind](mnist, np.random.default_rng([SEEDS[which], list(MAKERS).index(kind), index]))


# --- the measurement ------------------------------------------------------------------------------------------------

COUNTS = {"single": 1600, "several": 800, "nothing": 300}


@dataclass(frozen=True)
class Outcome:
    """What came of one sheet: what was written, what was read, the surest answer, and how long preparing it took."""

    text: str
    read: str
    surest: float
    traits: dict[str, str]
    seconds: float

    @property
    def mistakes(self) -> int:
        """Digits that are wrong, missing or too many."""
        return distance(self.read, self.text)


def distance(a: str, b: str) -> int:
    """Levenshtein's: the fewest letters to change, add or remove."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def outcomes(which: str, kind: str, first: int, count: int, model: str | None) -> list[Outcome]:
    """Make `count` sheets and read each."""
    from fivebyfive.pictures.decoding import Picture
    from fivebyfive.prediction import open_engine, read

    cv2.setNumThreads(1)
    engine, results = open_engine(model), []
    for sheet in sheets(which, kind, count, first):
        height, width = sheet.picture.shape[:2]
        started = time.perf_counter()
        reading = read(Picture(sheet.picture, width, height), engine)
        seconds = time.perf_counter() - started
        surest = max((a.probability for a in reading.digits), default=0.0)
        results.append(Outcome(sheet.text, reading.text.replace("\n", ""), surest, sheet.traits, seconds))
    return results


def measure(which: str, scale: float, model: str | None) -> dict[str, object]:
    """Read a set, on all cores: shares of digits that are right, and of pictures of nothing that are taken for so."""
    found: dict[str, list[Outcome]] = {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for kind, count in COUNTS.items():
            many, size = max(1, round(count * scale)), 20
            jobs = [pool.submit(outcomes, which, kind, i, min(size, many - i), model) for i in range(0, many, size)]
            found[kind] = [outcome for job in jobs for outcome in job.result()]
    single, several, nothing_ = (found[kind] for kind in COUNTS)
    digits = sum(len(o.text) for o in several)
    return {
        "set": which,
        "pictures": len(single) + len(several),
        "single digits right": sum(o.read == o.text for o in single) / len(single),
        "digits of several right": 1 - sum(o.mistakes for o in several) / digits,
        "nothing: no sure answer": sum(o.surest < 0.8 for o in nothing_) / len(nothing_),
        "median seconds a picture": float(np.median([o.seconds for o in single + several])),
        "single, by trait": by_trait(single),
        "several, by trait": by_trait(several),
    }


def by_trait(results: list[Outcome]) -> dict[str, str]:
    """How many of the digits made with each trait are wrong, the worst first."""
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for outcome in results:
        for trait, value in outcome.traits.items():
            if trait != "style":
                wrong[f"{trait} {value}"] += outcome.mistakes
                total[f"{trait} {value}"] += len(outcome.text)
    worst = sorted(total, key=lambda t: -wrong[t] / total[t])[:12]
    return {t: f"{wrong[t]} of {total[t]}" for t in worst}


TUNED_ON = 300
"""So many of scikit-learn's digits, the first ones, were looked at when tiny pictures' preparation was chosen."""


def scikit_learn(model: str | None) -> dict[str, float]:
    """Accuracy on scikit-learn's 1,797 digits of 8×8 pixels, through the same preparation; and without the first."""
    from sklearn.datasets import load_digits

    from fivebyfive.pictures.decoding import Picture
    from fivebyfive.prediction import open_engine, read

    engine, data, right = open_engine(model), load_digits(), []
    for image, label in zip(data.images, data.target, strict=True):
        pixels = np.rint(image * (255 / 16)).astype(np.uint8)[:, :, None]
        right.append(read(Picture(pixels, 8, 8), engine).text == str(label))
    return {
        "scikit-learn digits right": float(np.mean(right)),
        "scikit-learn, not tuned on": float(np.mean(right[TUNED_ON:])),
    }


def measure_all(which: str = "honest", scale: float = 1.0, model: str | None = None) -> dict[str, object]:
    """A set, and scikit-learn's digits."""
    return measure(which, scale, model) | scikit_learn(model)


def main() -> None:
    """Measure, or save the pictures to be looked at."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--set", choices=list(SEEDS), default="honest")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the set")
    parser.add_argument("--model", help="as for 5x5 predict")
    parser.add_argument("--save", type=Path, help="only write the pictures, into this folder")
    options = parser.parse_args()
    if options.save is None:
        json.dump(measure_all(options.set, options.scale, options.model), sys.stdout, indent=2)
        print()
        return
    options.save.mkdir(parents=True, exist_ok=True)
    for kind, count in COUNTS.items():
        for i, sheet in enumerate(sheets(options.set, kind, max(1, round(count * options.scale)))):
            path = options.save / f"{kind}-{i:04}-{sheet.text}.png"
            cv2.imwrite(str(path), np.ascontiguousarray(sheet.picture[:, :, ::-1]))


if __name__ == "__main__":
    main()
