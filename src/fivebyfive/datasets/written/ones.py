"""MNIST's ones, bare strokes, with what much of the world writes at them: a flag, a foot."""

import cv2
import numpy as np

from fivebyfive.datasets.written.masks import Mask, Rng, cut, stroke_width


def flagged(one: Mask, rng: Rng) -> Mask:
    """A one with a flag at its top and, one time in three, a foot."""
    mask = np.pad(one, 40).astype(np.uint8)
    width = stroke_width(one)
    rows, columns = np.nonzero(mask)
    height = int(rows.max() - rows.min())
    top = int(columns[rows == rows.min()].mean()), int(rows.min()) + width // 2
    slant, length = np.radians(rng.uniform(25, 65)), height * rng.uniform(0.15, 0.5)
    end = round(top[0] - length * np.sin(slant)), round(top[1] + length * np.cos(slant))
    cv2.line(mask, top, end, 1, width)
    if rng.random() < 1 / 3:
        foot = int(columns[rows == rows.max()].mean()), int(rows.max()) - width // 2
        reach = height * rng.uniform(0.15, 0.4, 2)
        cv2.line(mask, (round(foot[0] - reach[0]), foot[1]), (round(foot[0] + reach[1]), foot[1]), 1, width)
    return cut(mask > 0)
