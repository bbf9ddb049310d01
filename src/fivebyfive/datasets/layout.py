"""Which strokes belong to one digit, and in which order the digits are read.

Strokes that nearly touch, or stand above one another, are one digit; specks are dropped; digits beside one another are
a row, and rows are read from the top.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


TALLEST, LIFTED = 2.3, 0.16
"""A digit whose halves do not touch is at most so many times as high as either, and they are so near, in its height."""


@dataclass(frozen=True)
class Shape:
    """One digit's ink: its box in the mask, and which of the mask's components it is made of."""

    left: int
    top: int
    right: int
    bottom: int
    area: int
    parts: tuple[int, ...]

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def size(self) -> int:
        return max(self.width, self.height)

    def joined(self, other: "Shape") -> "Shape":
        """Both together."""
        return Shape(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.area + other.area,
            self.parts + other.parts,
        )


def rows(mask: Mask) -> tuple[list[list[Shape]], npt.NDArray[np.int32]]:
    """The digits in `mask` [h, w], row by row in reading order, and the number of each pixel's component."""
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    labels = np.asarray(numbers, np.int32)
    shapes = [_shape(i, stats[i]) for i in range(1, len(stats))]
    contact = _contact(labels)
    whole = [s for s in shapes if contact.get(s.parts[0], 0) < 0.35 * s.size]
    tallest = max((s.size for s in shapes), default=0)
    # A digit that fills its picture touches the edge; beside anything whole, what does so is a table or a hand.
    shapes = whole if any(s.size > 0.3 * tallest for s in whole) else shapes
    if not shapes:
        return [], labels
    tall = _usual_size(shapes)
    # Specks are many on rough paper; only what could be part of a stroke is looked at closely.
    shapes = [s for s in shapes if s.size >= 0.06 * tall]
    strokes = [s for s in shapes if s.size >= 0.3 * tall]
    outlines = {p: _outline(labels, s) for s in shapes for p in s.parts}
    digits = _merged(strokes, outlines, tall)
    for speck in (s for s in shapes if s.size < 0.3 * tall):
        _attach(speck, digits, outlines, tall)
    return _in_rows(_plausible(digits)), labels


def _shape(number: int, stats: npt.NDArray[np.int32]) -> Shape:
    left, top, width, height, area = (int(n) for n in stats)
    return Shape(left, top, left + width, top + height, area, (number,))


def _contact(labels: npt.NDArray[np.int32]) -> dict[int, int]:
    """How many pixels of each component that does so lie on the picture's edge."""
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    counts = np.bincount(edge)
    return {int(n): int(counts[n]) for n in np.flatnonzero(counts)}


def _usual_size(shapes: list[Shape]) -> float:
    """The size of the shape in the middle when each counts by its ink: specks hardly do."""
    ordered = sorted(shapes, key=lambda s: s.size)
    ink = np.cumsum([s.area for s in ordered])
    return float(ordered[int(np.searchsorted(ink, ink[-1] / 2))].size)


def _outline(labels: npt.NDArray[np.int32], shape: Shape) -> npt.NDArray[np.float32]:
    """Up to 80 points [n, 2] around a component."""
    cut = labels[shape.top : shape.bottom, shape.left : shape.right] == shape.parts[0]
    contours, _ = cv2.findContours(cut.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.vstack([c[:, 0] for c in contours])
    points = points[:: max(1, len(points) // 80)]
    return np.asarray(points + np.array([shape.left, shape.top]), np.float32)


def _merged(shapes: list[Shape], outlines: dict[int, npt.NDArray[np.float32]], tall: float) -> list[Shape]:
    """`shapes` with those put together that are strokes of one digit."""
    shapes = sorted(shapes, key=lambda s: s.left)
    merging = True
    while merging:
        merging = False
        for i, a in enumerate(shapes):
            near = (j for j in range(i + 1, len(shapes)) if _same_digit(a, shapes[j], outlines, tall))
            j = next(near, None)
            if j is not None:
                shapes[i] = a.joined(shapes.pop(j))
                merging = True
                break
    return shapes


def _same_digit(a: Shape, b: Shape, outlines: dict[int, npt.NDArray[np.float32]], tall: float) -> bool:
    if (
        max(a.left, b.left) - min(a.right, b.right) > 0.2 * tall
        or max(a.top, b.top) - min(a.bottom, b.bottom) > 0.2 * tall
    ):
        return False
    both = a.joined(b)
    if both.height > TALLEST * tall or both.width > 1.3 * max(both.height, tall):
        return False
    over = (min(a.right, b.right) - max(a.left, b.left)) / max(1, min(a.width, b.width))
    beside = (min(a.bottom, b.bottom) - max(a.top, b.top)) / max(1, min(a.height, b.height))
    distance = _distance(a, b, outlines)
    if both.height > 1.45 * tall:  # two halves of one digit, if the pen was lifted for a moment: rows keep more apart
        return over > 0.3 and beside < 0.2 and distance < LIFTED * tall
    if over > 0.5 and beside < 0.5:  # one above the other
        return distance < 0.2 * tall
    if min(a.height, b.height) < 0.7 * tall and both.height < 1.25 * tall:  # a piece of a stroke beside another
        return distance < 0.1 * tall
    return over > 0.6 and distance < 0.15 * tall


def _distance(a: Shape, b: Shape, outlines: dict[int, npt.NDArray[np.float32]]) -> float:
    ours = np.vstack([outlines[p] for p in a.parts])
    theirs = np.vstack([outlines[p] for p in b.parts])
    return float(np.sqrt(((ours[:, None] - theirs[None]) ** 2).sum(axis=2).min()))


def _attach(speck: Shape, digits: list[Shape], outlines: dict[int, npt.NDArray[np.float32]], tall: float) -> None:
    """Add a speck to the digit that it nearly touches, or leave it out."""
    for i, digit in enumerate(digits):
        near = digit.left - 0.12 * tall < speck.right and speck.left < digit.right + 0.12 * tall
        near = near and digit.top - 0.12 * tall < speck.bottom and speck.top < digit.bottom + 0.12 * tall
        if near and _distance(speck, digit, outlines) < 0.09 * tall:
            digits[i] = digit.joined(speck)
            return


def _plausible(digits: list[Shape]) -> list[Shape]:
    """Without what is too small beside the others, or a dash between them."""
    if not digits:
        return []
    tall = float(np.median([d.size for d in digits]))
    return [d for d in digits if d.height >= 0.35 * tall and d.width < 4 * d.height]


def _in_rows(digits: list[Shape]) -> list[list[Shape]]:
    """Each digit goes to the nearest row whose last few digits stand at its height; a row may climb or fall."""
    lines: list[list[Shape]] = []
    for digit in sorted(digits, key=lambda d: d.left):
        beside = [(digit.left - line[-1].right, line) for line in lines if any(_level(d, digit) for d in line[-3:])]
        if beside:
            min(beside, key=lambda pair: pair[0])[1].append(digit)
        else:
            lines.append([digit])
    return sorted(lines, key=lambda line: np.mean([d.top + d.bottom for d in line]))


def _level(a: Shape, b: Shape) -> bool:
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    return overlap > 0.4 * min(a.height, b.height)
