"""Digits of so few pixels that their shape is in their greys, which `shaping` keeps instead of making strokes even."""

import cv2
import numpy as np

from fivebyfive.datasets.written.masks import Mask, Pixels, Rng
from fivebyfive.pictures.shaping import shaped_greys

FEWEST, MOST = 6, 14
"""Pixels along the longer side."""


def small(mask: Mask, rng: Rng) -> Pixels:
    """Ink seen by few pixels, somewhere on their grid and more or less sharply, as MNIST would have it: [28, 28]."""
    pixel = max(mask.shape) / rng.uniform(FEWEST, MOST)
    room = rng.uniform(1, 2, (2, 2)) * pixel
    sheet = np.pad(mask.astype(np.float32), np.rint(room).astype(int).tolist())
    if rng.random() < 0.5:
        sheet = np.asarray(cv2.GaussianBlur(sheet, (0, 0), pixel * rng.uniform(0.2, 0.6)), np.float32)
    size = (max(3, round(sheet.shape[1] / pixel)), max(3, round(sheet.shape[0] / pixel)))
    seen = np.asarray(cv2.resize(sheet, size, interpolation=cv2.INTER_AREA), np.float32)
    greys = np.pad(seen / max(float(seen.max()), 1e-6), 2)
    return shaped_greys(greys, (1, 1, greys.shape[1] - 1, greys.shape[0] - 1))[0]
