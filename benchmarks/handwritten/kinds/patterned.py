"""Amounts on patterned paper, as on cheques and tickets."""

import cv2
import numpy as np

from handwritten.camera import POSITIVE, photographed
from handwritten.ink import Mnist
from handwritten.sheet import Floats, Rng, Sheet
from handwritten.writing import a_hand, a_line, a_pen, digits, lay, log_uniform

TINTS = {
    "green": (214, 232, 214), "blue": (206, 222, 238), "rose": (240, 218, 220), "sand": (238, 228, 204),
    "violet": (224, 214, 236), "white": (246, 246, 244),
}  # fmt: skip


def patterned(mnist: Mnist, rng: Rng) -> Sheet:
    """An amount, the ink near the picture's edges, over waves, hatching, dots or letters printed in the paper."""
    traits = {"kind": "patterned"}
    text = digits(int(rng.integers(2, 6)), rng)
    if rng.random() < 0.4:
        text += str(rng.choice([".", ","])) + digits(2, rng)
    tall = log_uniform(34, 150, rng)
    ink = a_line(text, tall, a_hand(mnist, rng, traits), rng)
    top, bottom, left, right = rng.uniform(0.03, 0.5, 4) * tall
    height, width = int(ink.shape[0] + top + bottom), int(ink.shape[1] + left + right)
    sheet = _paper(height, width, tall, rng, traits)
    lay(sheet, ink, left, top, a_pen(rng, traits))
    return Sheet(photographed(sheet, int(tall), rng, traits, POSITIVE), text, traits)


def _paper(height: int, width: int, tall: float, rng: Rng, traits: dict[str, str]) -> Floats:
    tint = str(rng.choice(list(TINTS)))
    pattern = str(rng.choice(["waves", "hatching", "dots", "letters", "waves and letters"]))
    traits |= {"paper": tint, "pattern": pattern}
    depth = np.zeros((height, width), np.float32)
    if "waves" in pattern:
        depth = np.maximum(depth, _waves(height, width, tall, rng))
    elif pattern == "hatching":
        depth = _hatching(height, width, tall, rng)
    elif pattern == "dots":
        depth = _dots(height, width, tall, rng)
    if "letters" in pattern:
        depth = np.maximum(depth, _letters(height, width, tall, rng))
    colour = np.array(TINTS[tint], np.float32)
    printed = colour * rng.uniform(0.66, 0.93) * rng.uniform(0.9, 1.0, 3).astype(np.float32)
    sheet = colour + (printed - colour) * depth[:, :, None]
    return np.asarray(sheet, np.float32)


def _waves(height: int, width: int, tall: float, rng: Rng) -> Floats:
    """Guilloche: many thin lines that swing against each other."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    period, swing, long = tall * rng.uniform(0.08, 0.3), tall * rng.uniform(0.1, 0.5), tall * rng.uniform(0.8, 4)
    depth = np.zeros((height, width), np.float32)
    for phase in (0.0, rng.uniform(1, 3)):
        wave = (y + swing * np.sin(2 * np.pi * x / long + phase)) / period
        depth = np.maximum(depth, np.clip(1.6 * np.cos(2 * np.pi * wave) - 0.6, 0, 1))
    return np.asarray(depth, np.float32)


def _hatching(height: int, width: int, tall: float, rng: Rng) -> Floats:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), max(3.0, tall * rng.uniform(0.05, 0.2))
    depth = np.clip(2 * np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period) - 0.8, 0, 1)
    if rng.random() < 0.4:
        depth = np.maximum(
            depth, np.clip(2 * np.cos(2 * np.pi * (y * np.cos(angle) - x * np.sin(angle)) / period) - 0.8, 0, 1)
        )
    return np.asarray(depth, np.float32)


def _dots(height: int, width: int, tall: float, rng: Rng) -> Floats:
    period = max(4, int(tall * rng.uniform(0.07, 0.22)))
    cell = np.zeros((period * 2, period * 2), np.uint8)
    radius = max(1, round(period * rng.uniform(0.15, 0.4)))
    for at in ((period // 2, period // 2), (period * 3 // 2, period * 3 // 2)):
        cv2.circle(cell, at, radius, 255, -1, cv2.LINE_AA)
    tiled = np.tile(cell, (height // (2 * period) + 1, width // (2 * period) + 1))[:height, :width]
    return np.asarray(tiled / 255, np.float32)


def _letters(height: int, width: int, tall: float, rng: Rng) -> Floats:
    """A word repeated as a watermark; no digits."""
    word = str(rng.choice(["BANK", "CHEQUE", "SECURE", "VOID", "ORIGINAL", "PAYABLE"]))
    size = max(0.25, tall * rng.uniform(0.006, 0.02))
    side = 2 * max(height, width)
    canvas = np.zeros((side, side), np.uint8)
    (wide, high), _ = cv2.getTextSize(word, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    for n, y in enumerate(range(0, side, int(high * 2.2) + 1)):
        for x in range(-(n % 2) * wide // 2, side, int(wide * 1.25) + 1):
            cv2.putText(canvas, word, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, 255, max(1, round(size)), cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-40, 40), 1)
    turned = cv2.warpAffine(canvas, turn, (side, side))
    top, left = (side - height) // 2, (side - width) // 2
    return np.asarray(turned[top : top + height, left : left + width] * (rng.uniform(0.4, 0.9) / 255), np.float32)
