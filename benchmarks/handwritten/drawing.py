"""Lines that are printed or drawn, at parts of a pixel."""

from typing import Any

import cv2
import numpy as np

from handwritten.sheet import Floats, Pixels

LINES = {"black": (30, 30, 32), "red": (225, 110, 105), "blue": (110, 150, 205), "grey": (150, 150, 150)}


def polyline(canvas: Pixels, points: Any, thick: int) -> None:
    """Draw the line through `points` [n, 2], x and y, on `canvas` [h, w]."""
    fixed = np.rint(np.asarray(points, np.float64) * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(canvas, [fixed], False, 255, thick, cv2.LINE_AA, 4)


def printed(sheet: Floats, lines: Pixels, colour: tuple[int, int, int]) -> Floats:
    """`sheet` with `lines` [h, w] in `colour`, wherever that is darker than what is there: ink lies over print."""
    amount = lines.astype(np.float32)[:, :, None] / 255
    return np.minimum(sheet, sheet + amount * (np.array(colour, np.float32) - sheet)).astype(np.float32)
