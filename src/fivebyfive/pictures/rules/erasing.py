"""A picture of ink without its lines: what is written there, and how large it usually is."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.lines.parts import median
from fivebyfive.pictures.rules.line import Bytes, Line, Numbers

LEFT = 0.05
"""Writing has at least this share of the ink, even on a page that lies on wood or cloth."""


def drawn(lines: list[Line], size: tuple[int, int], wider: float) -> Bytes:
    """Level `lines` in a picture [h, w], each `wider` pixels thicker than it is and longer by as much."""
    canvas = np.zeros(size, np.uint8)
    for line in lines:
        first, last = line.first - wider, line.last + wider
        columns = np.linspace(first, last, max(2, round((last - first) / 6) + 1))
        points = np.rint(np.stack([columns, line.at(columns)], axis=1) * 16).astype(np.int32)
        cv2.polylines(canvas, [points], False, 1, max(1, round(line.thick + wider)), shift=4)
    return canvas


def both_drawn(level: list[Line], upright: list[Line], size: tuple[int, int], wider: float) -> tuple[Bytes, Bytes]:
    """Level lines in a picture [h, w], and upright ones, each `wider` pixels thicker and longer than it is."""
    return drawn(level, size, wider), np.ascontiguousarray(drawn(upright, size[::-1], wider).T)


@dataclass(frozen=True)
class Writing:
    """What is left of a picture without its lines.

    Attributes:
        labels: [h, w], the number of each pixel's component; `stats`, OpenCV's, of these.
        shapes: the numbers of those that may be written.
        tall: the size of the usual one of them, 0 for none.
    """

    labels: npt.NDArray[np.int32]
    stats: npt.NDArray[np.int32]
    shapes: Numbers
    tall: float

    @property
    def sizes(self) -> npt.NDArray[np.int32]:
        return np.asarray(self.stats[:, 2:4].max(axis=1))


def writing_without(mask: Bytes, level: list[Line], upright: list[Line]) -> Writing:
    """What `mask`, uint8 [h, w], is without these lines, of which there is one at least."""
    across, down = both_drawn(level, upright, (mask.shape[0], mask.shape[1]), 3.0)
    thick = [line.thick for line in [*level, *upright]]
    reach = round(float(np.quantile(thick, 0.9))) + 7  # as they are drawn, and what of an edge is rounded
    rest = mask & ~(across | down)
    # What goes on above and below a level line, or on both sides of an upright one, crosses it.
    for lines, kernel in ((across, (reach, 1)), (down, (1, reach))):
        closed = np.asarray(cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones(kernel, np.uint8)), np.uint8)
        rest |= closed & lines & mask
    _, labels, stats, _ = cv2.connectedComponentsWithStats(rest)
    sizes = stats[:, 2:4].max(axis=1)
    shapes = 1 + np.flatnonzero(sizes[1:] >= max(4.0, 1.5 * median(thick)))
    shapes = _on_the_page(shapes, np.asarray(stats, np.int32), mask.shape)
    if shapes.size == 0:
        return Writing(np.asarray(labels, np.int32), np.asarray(stats, np.int32), shapes, 0.0)
    order = shapes[np.argsort(sizes[shapes], kind="stable")]
    ink = np.cumsum(stats[order, 4], dtype=np.int64)
    tall = float(sizes[order[int(np.searchsorted(ink, ink[-1] / 2))]])
    shapes = shapes[sizes[shapes] >= 0.35 * tall]
    return Writing(np.asarray(labels, np.int32), np.asarray(stats, np.int32), shapes, tall)


def _on_the_page(shapes: Numbers, stats: npt.NDArray[np.int32], size: tuple[int, ...]) -> Numbers:
    """Those of the shapes that are not what the page lies on, nor its outline, if that leaves any to speak of."""
    left, top, width, height, area = stats[shapes].T
    edge = (left == 0) | (top == 0) | (left + width == size[1]) | (top + height == size[0])
    inner = ~edge & (np.maximum(width, height) < 0.5 * max(size))
    return shapes[inner] if area[inner].sum() > LEFT * area.sum() else shapes
