"""A line in a picture of ink, level but for a few degrees, and the ink that lines are looked for in."""

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Line:
    """A level line.

    Attributes:
        first: the column it begins in.
        rows: float64 [n], the row of its middle in this column and each that follows.
        thick: pixels downwards.
        dark: how much ink it has, the median along its middle.
    """

    first: int
    rows: Floats
    thick: float
    dark: float = 0.0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def slope(self) -> float:
        return float((self.rows[-1] - self.rows[0]) / max(1, len(self.rows) - 1))

    def at(self, columns: npt.ArrayLike) -> Floats:
        """Its rows in these columns; beyond its ends, those of the straight line through both."""
        x = np.asarray(columns, np.float64)
        inside = np.interp(x, self.first + np.arange(len(self.rows)), self.rows)
        beyond = np.minimum(x - self.first, 0) + np.maximum(x - self.last, 0)
        return np.asarray(inside + self.slope * beyond)

    def cut(self, width: int) -> "Line":
        """Its part in a picture so wide."""
        return dataclasses.replace(self, rows=self.rows[: max(1, width - self.first)])

    def enlarged(self, scale: float) -> "Line":
        """The same line in a picture this much larger."""
        first, last = round((self.first + 0.5) * scale - 0.5), round((self.last + 0.5) * scale - 0.5)
        columns = (np.arange(first, last + 1) + 0.5) / scale - 0.5
        return Line(first, (self.at(columns) + 0.5) * scale - 0.5, self.thick * scale, self.dark)


@dataclass(frozen=True)
class Inked:
    """Where there is ink, uint8 [h, w], 1 or 0: `any` at all, and `sharp`, with strokes as thick as they are.

    Beside what is dark, something faint is not in `sharp`.
    """

    any: Bytes
    sharp: Bytes

    @property
    def turned(self) -> "Inked":
        """With rows for columns."""
        return Inked(np.ascontiguousarray(self.any.T), np.ascontiguousarray(self.sharp.T))

    @property
    def half(self) -> "Inked":
        """Half as large."""
        return Inked(_half(self.any), _half(self.sharp))


def _half(mask: Bytes) -> Bytes:
    size = ((mask.shape[1] + 1) // 2, (mask.shape[0] + 1) // 2)
    grey = np.asarray(cv2.resize(mask * np.uint8(255), size, interpolation=cv2.INTER_AREA)).reshape(size[::-1])
    return (grey > 130).astype(np.uint8)
