"""Digits of so few pixels that their shape is in their greys, which `shaping` keeps instead of making strokes even.

Some are seen by few pixels, as in a small photo; others are counted, as those of the UCI's data set, which scikit-learn
brings: stretched to fill a box of blocks, of which each says how many of its pixels are inked.

Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, 1998, https://doi.org/10.24432/C50P49
"""

import cv2
import numpy as np

from fivebyfive.datasets.written.masks import Mask, Pixels, Rng, thicker
from fivebyfive.pictures.shaping import Floats, shaped_greys

FEWEST, MOST = 6, 14
"""Pixels along the longer side."""
BLOCK = 4
"""Pixels along a side of a block whose ink is counted."""
CLOGGED = (-2.0, 6.5)
"""By so much pens are thicker where blocks are counted: loops close."""
WIDER = (0.65, 1.4)
"""So many times as wide is what was stretched; no wider than high."""


def small(mask: Mask, rng: Rng) -> Pixels:
    """Ink seen by few pixels, somewhere on their grid and more or less sharply, as MNIST would have it: [28, 28]."""
    pixel = max(mask.shape) / rng.uniform(FEWEST, MOST)
    room = rng.uniform(1, 2, (2, 2)) * pixel
    sheet = np.pad(mask.astype(np.float32), np.rint(room).astype(int).tolist())
    if rng.random() < 0.5:
        sheet = np.asarray(cv2.GaussianBlur(sheet, (0, 0), pixel * rng.uniform(0.2, 0.6)), np.float32)
    size = (max(3, round(sheet.shape[1] / pixel)), max(3, round(sheet.shape[0] / pixel)))
    return _as_in_mnist(np.asarray(cv2.resize(sheet, size, interpolation=cv2.INTER_AREA), np.float32))


def counted(mask: Mask, rng: Rng) -> Pixels:
    """Ink of another pen, stretched, whose pixels were counted block by block, as MNIST would have it: [28, 28]."""
    inked = thicker(mask, rng.uniform(*CLOGGED))
    blocks = int(rng.integers(FEWEST, MOST + 1))
    high = blocks * BLOCK
    wide = min(high, max(BLOCK, round(high * inked.shape[1] / inked.shape[0] * rng.uniform(*WIDER))))
    fine = cv2.resize(inked.astype(np.float32), (wide, high), interpolation=cv2.INTER_AREA)
    left = (high - wide) // 2
    box = np.pad(np.asarray(fine).reshape(high, wide) > 0.5, ((0, 0), (left, high - wide - left)))
    return _as_in_mnist(box.reshape(blocks, BLOCK, blocks, BLOCK).mean(axis=(1, 3)).astype(np.float32))


def _as_in_mnist(seen: Floats) -> Pixels:
    greys = np.pad(seen / max(float(seen.max()), 1e-6), 2)
    return shaped_greys(greys, (1, 1, greys.shape[1] - 1, greys.shape[0] - 1))[0]
