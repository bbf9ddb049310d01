"""Digits and marks written beside each other, and laid on paper: what all kinds of sheets are made with."""

from dataclasses import dataclass

import cv2
import numpy as np

from handwritten.ink import Mnist, pen_digit
from handwritten.sheet import Floats, Rng

PENS = {
    "black": (25, 25, 28), "blue": (30, 50, 150), "red": (190, 35, 40), "green": (20, 105, 60),
    "pencil": (105, 105, 108), "brown": (95, 60, 35), "marker": (15, 15, 15), "violet": (95, 40, 130),
}  # fmt: skip


@dataclass(frozen=True)
class Hand:
    """Who writes: with MNIST's digits, with pen strokes or with both, and how broad the pen is beside a digit."""

    mnist: Mnist
    source: str
    thick: float

    def digit(self, digit: int, height: int, rng: Rng) -> Floats:
        """`digit` as ink, cut to its box."""
        source = str(rng.choice(["mnist", "pen"])) if self.source == "mixed" else self.source
        if source == "mnist":
            return cut(self.mnist.digit(digit, height, rng)[0])
        return cut(pen_digit(digit, height, rng, self.thick * float(rng.uniform(0.9, 1.1)))[0])


def a_hand(mnist: Mnist, rng: Rng, traits: dict[str, str]) -> Hand:
    """Somebody."""
    source = str(rng.choice(["mnist", "pen", "mixed"], p=[0.55, 0.3, 0.15]))
    traits["source"] = source
    return Hand(mnist, source, float(np.exp(rng.uniform(np.log(0.04), np.log(0.14)))))


def cut(ink: Floats) -> Floats:
    """`ink` without what is empty around it."""
    rows, columns = np.nonzero(ink > 0.25)
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def mark(name: str, tall: float, thick: float, rng: Rng) -> tuple[Floats, float]:
    """One of ``. , - / :`` beside digits `tall` high: (ink, how far its top is above the line that digits stand on)."""
    stroke = max(1.5, tall * max(0.05, thick) * rng.uniform(0.9, 1.3))
    side = int(1.6 * tall)
    ink, base = np.zeros((side, side), np.uint8), 1.25 * tall
    middle = side / 2

    def line(x: float, y: float, to_x: float, to_y: float, width: float = stroke) -> None:
        ends = [(round((middle + a * tall) * 16), round((base + b * tall) * 16)) for a, b in ((x, y), (to_x, to_y))]
        cv2.line(ink, ends[0], ends[1], 255, max(1, round(width)), cv2.LINE_AA, 4)

    def dot(y: float) -> None:
        line(0, y, rng.uniform(-0.02, 0.02), y + rng.uniform(0, 0.03), stroke * rng.uniform(1, 1.5))

    if name == ".":
        dot(-0.06)
    elif name == ":":
        dot(rng.uniform(-0.15, -0.06))
        dot(rng.uniform(-0.7, -0.5))
    elif name == ",":
        line(0.02, -0.06, rng.uniform(-0.1, -0.02), rng.uniform(0.1, 0.2))
    elif name == "-":
        half, tilt = rng.uniform(0.11, 0.22), rng.uniform(-0.04, 0.04)
        line(-half, -0.45 - tilt, half, -0.45 + tilt)
    else:
        lean = rng.uniform(0.1, 0.24)
        line(lean, -1.05, -lean, 0.12)
    top = int(np.nonzero(ink.max(1))[0][0])
    return cut(np.asarray(ink / 255, np.float32)), base - top


@dataclass(frozen=True)
class Placed:
    """Ink whose left upper corner is at (x, y) of something larger."""

    ink: Floats
    x: float
    y: float


def together(pieces: list[Placed]) -> Floats:
    """All pieces as one ink, cut to its box."""
    left, top = (min(p.x for p in pieces), min(p.y for p in pieces))
    right = max(p.x + p.ink.shape[1] for p in pieces)
    bottom = max(p.y + p.ink.shape[0] for p in pieces)
    whole = np.zeros((int(bottom - top) + 2, int(right - left) + 2), np.float32)
    for p in pieces:
        y, x = int(p.y - top), int(p.x - left)
        place = whole[y : y + p.ink.shape[0], x : x + p.ink.shape[1]]
        np.maximum(place, p.ink, out=place)
    return whole


def a_line(text: str, tall: float, hand: Hand, rng: Rng, gap: float = 0.0, sizes: list[float] | None = None) -> Floats:
    """`text` of digits and marks, as somebody writes it: ink of one line, cut to its box.

    `gap` is what is left between digits, as a share of their height, 0 for any; `sizes` says how large each letter is
    beside `tall`.
    """
    gap = gap or rng.uniform(0.1, 0.4)
    x, drift, pieces = 0.0, rng.uniform(-0.02, 0.02), []
    for i, letter in enumerate(text):
        size = tall * (sizes[i] if sizes else rng.uniform(0.88, 1.08))
        if letter == " ":
            x += tall * rng.uniform(0.7, 1.1)
            continue
        if letter.isdigit():
            ink = hand.digit(int(letter), max(4, round(size)), rng)
            rise = float(ink.shape[0])
        else:
            ink, rise = mark(letter, tall, hand.thick if hand.source == "pen" else rng.uniform(0.07, 0.12), rng)
        y = tall * rng.uniform(-0.04, 0.04) + drift * x - rise
        pieces.append(Placed(ink, x, y))
        x += ink.shape[1] + tall * gap * rng.uniform(0.7, 1.3)
    return together(pieces)


def digits(count: int, rng: Rng) -> str:
    """Any `count` digits."""
    return "".join(str(d) for d in rng.integers(0, 10, count))


def a_pen(rng: Rng, traits: dict[str, str]) -> Floats:
    """A colour of ink, red, green and blue."""
    pen = str(rng.choice(list(PENS)))
    traits["pen"] = pen
    return np.array(PENS[pen], np.float32)


def lay(sheet: Floats, ink: Floats, x: float, y: float, colour: Floats) -> None:
    """Write `ink` on `sheet` with its left upper corner at (x, y); what would be outside is cut off."""
    left, top = int(x), int(y)
    ink = ink[max(0, -top) :, max(0, -left) :]
    place = sheet[max(0, top) : max(0, top + ink.shape[0]), max(0, left) : max(0, left + ink.shape[1])]
    place += ink[: place.shape[0], : place.shape[1], None] * (colour - place)


def log_uniform(low: float, high: float, rng: Rng) -> float:
    """Between `low` and `high`, each size as likely as its double."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def at_most(picture_or_sheet: Floats, longest: int) -> Floats:
    """Made smaller where its longer side is above `longest`."""
    scale = longest / max(picture_or_sheet.shape[:2])
    if scale >= 1:
        return picture_or_sheet
    return np.asarray(cv2.resize(picture_or_sheet, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
