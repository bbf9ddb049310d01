"""Faint pencil, and dark ink over a highlighter."""

import cv2
import numpy as np

from handwritten.camera import Camera, photographed
from handwritten.ink import Mnist
from handwritten.paper import PLAIN, empty_sheet
from handwritten.sheet import Floats, Rng, Sheet
from handwritten.writing import a_hand, a_line, a_pen, digits, lay, log_uniform

MARKERS = {"yellow": (250, 238, 60), "pink": (255, 150, 195), "green": (150, 245, 120), "orange": (255, 190, 90),
           "blue": (130, 205, 250)}  # fmt: skip


def pencil(mnist: Mnist, rng: Rng) -> Sheet:
    """One to five digits, hardly darker than the paper, and rough as graphite is."""
    traits = {"kind": "pencil"}
    text, tall = digits(int(rng.integers(1, 6)), rng), log_uniform(50, 220, rng)
    ink = a_line(text, tall, a_hand(mnist, rng, traits), rng)
    sheet, at = _sheet(ink, tall, rng, traits, 1.2)
    deep = rng.uniform(0.06, 0.22)
    traits["depth"] = "below a tenth" if deep < 0.1 else "above"
    rough = rng.uniform(0.1, 0.5)
    grain = cv2.GaussianBlur(rng.uniform(0, 1, ink.shape).astype(np.float32), (0, 0), 0.7)
    grain = np.clip(0.5 + (grain - grain.mean()) * 2.5, 0, 1)
    lay(sheet, ink * deep * (1 - rough * grain), *at, np.array((20, 20, 24), np.float32))
    return Sheet(photographed(sheet, int(tall), rng, traits, Camera(3.5, 0.01, 0.0)), text, traits)


def highlighter(mnist: Mnist, rng: Rng) -> Sheet:
    """One to six digits in dark ink, over which somebody drew a broad bright marker, wholly or in part."""
    traits = {"kind": "highlighter"}
    text, tall = digits(int(rng.integers(1, 7)), rng), log_uniform(36, 180, rng)
    ink = a_line(text, tall, a_hand(mnist, rng, traits), rng)
    sheet, at = _sheet(ink, tall, rng, traits, 1.5)
    colour = str(rng.choice(list(MARKERS)))
    traits["marker"] = colour
    lay(sheet, ink, *at, a_pen(rng, traits))
    band = _band(sheet.shape[:2], (at[0], at[1], ink.shape[1], ink.shape[0]), tall, rng, traits)
    tint = np.array(MARKERS[colour], np.float32) / 255
    sheet *= 1 - band[:, :, None] * (1 - tint)
    return Sheet(photographed(sheet, int(tall), rng, traits, Camera(6.0, 0.014, 0.0)), text, traits)


def _sheet(
    ink: Floats, tall: float, rng: Rng, traits: dict[str, str], most: float
) -> tuple[Floats, tuple[float, float]]:
    """A sheet with room for `ink`, and where to write it: x and y."""
    left, right, top, bottom = (float(n) for n in rng.uniform(0.25, most, 4) * tall)
    size = (int(ink.shape[0] + top + bottom), int(ink.shape[1] + left + right))
    return empty_sheet(*size, int(tall), rng, traits, PLAIN), (left, top)


def _band(
    size: tuple[int, int], box: tuple[float, float, float, float], tall: float, rng: Rng, traits: dict[str, str]
) -> Floats:
    """How much of the marker is on each pixel of a sheet of `size`: one stroke, or two that overlap."""
    left, top, wide, high = box
    part = str(rng.choice(["all", "all", "across", "half"]))
    traits["band"] = part
    reach = (-tall * 0.4, wide + tall * 0.4) if part != "across" else (-float(size[1]), 2.0 * size[1])
    if part == "half":
        reach = (wide * rng.uniform(0.2, 0.6), reach[1])
    broad = high * (rng.uniform(1.1, 1.6) if part != "half" else rng.uniform(0.6, 1.4))
    strokes = int(rng.choice([1, 1, 2]))
    band = np.zeros(size, np.float32)
    for n in range(strokes):
        canvas = np.zeros(size, np.uint8)
        y = top + high / 2 + (0 if strokes == 1 else (n - 0.5) * broad * 0.55) + rng.uniform(-0.06, 0.06) * high
        xs = np.linspace(left + reach[0], left + reach[1], 60)
        ys = y + rng.uniform(-0.05, 0.05) * high + high * 0.02 * np.cumsum(rng.normal(0, 0.6, 60))
        points = np.rint(np.stack([xs, ys], 1) * 16).astype(np.int32).reshape(-1, 1, 2)
        width = max(2, round(broad if strokes == 1 else broad * 0.6))
        cv2.polylines(canvas, [points], False, 255, width, cv2.LINE_AA, 4)
        band = np.maximum(band, band * 0.5 + canvas * (float(rng.uniform(0.75, 1.0)) / 255))
    return np.clip(band, 0, 1).astype(np.float32)
