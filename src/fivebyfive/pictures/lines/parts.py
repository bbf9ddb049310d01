"""Parts of a picture, all of them at once: their boxes and areas, and what size is usual around each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """Boxes, right and bottom being the first pixel beyond, and how many pixels are inked: [n] each."""

    left: Numbers
    top: Numbers
    right: Numbers
    bottom: Numbers
    area: Numbers

    @classmethod
    def of(cls, stats: Numbers) -> "Parts":
        """Of OpenCV's numbers of components, [n, 5]."""
        left, top, width, height, area = stats.T
        return cls(left, top, left + width, top + height, area)

    @property
    def width(self) -> Numbers:
        return self.right - self.left

    @property
    def height(self) -> Numbers:
        return self.bottom - self.top

    @property
    def sizes(self) -> Numbers:
        """The longer side of each."""
        return np.maximum(self.width, self.height)

    def at(self, chosen: Numbers) -> "Parts":
        """Those with these numbers."""
        return Parts(*(v[chosen] for v in (self.left, self.top, self.right, self.bottom, self.area)))

    def box(self, at: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of one."""
        return int(self.left[at]), int(self.top[at]), int(self.right[at]), int(self.bottom[at])

    def joined(self, owners: Numbers) -> "Parts":
        """Those with the same owner together; `owners` [n] are numbers from 0 to m - 1, all of which occur."""
        order = np.argsort(owners, kind="stable")
        starts = np.flatnonzero(np.diff(owners[order], prepend=-1))
        low, high = np.minimum.reduceat, np.maximum.reduceat
        return Parts(
            low(self.left[order], starts),
            low(self.top[order], starts),
            high(self.right[order], starts),
            high(self.bottom[order], starts),
            np.add.reduceat(self.area[order], starts),
        )


def median(values: npt.ArrayLike) -> float:
    """The middle value, or halfway between the middle two: of few values in a tenth of NumPy's time."""
    ordered = np.sort(np.asarray(values), axis=None)
    return float(ordered[(ordered.size - 1) // 2] + ordered[ordered.size // 2]) / 2


def middle_by_ink(sizes: Numbers, areas: Numbers) -> float:
    """The size of the shape in the middle when each counts by its ink: specks hardly do."""
    order = np.argsort(sizes, kind="stable")
    ink = np.cumsum(areas[order], dtype=np.int64)
    return float(sizes[order[int(np.searchsorted(ink, ink[-1] / 2))]])


FIELDS, CLASSES = 96, 32
"""At most so many fields a side, and classes of size, in which the usual size around each part is counted."""


def usual_around(parts: Parts) -> Floats:
    """Of each part, the size of the middle one around it when each counts by its ink, [n]."""
    sizes = parts.sizes
    if len(sizes) == 1:
        return sizes.astype(np.float64)
    tall = middle_by_ink(sizes, parts.area)
    x, y = ((v - v.min()) / 2 for v in (parts.left + parts.right, parts.top + parts.bottom))
    field = max(1.5 * tall, x.max() / FIELDS, y.max() / FIELDS)
    column, row = (x / field).astype(int), (y / field).astype(int)
    step = max(np.log(sizes.max() / sizes.min()), 1e-6) / (CLASSES - 1)
    kind = np.rint(np.log(sizes / sizes.min()) / step).astype(int)
    counts = np.zeros((row.max() + 3, column.max() + 5, CLASSES))
    np.add.at(counts, (row + 1, column + 2, kind), parts.area)
    around = np.cumsum(counts, axis=2)
    around = around[:-2] + around[1:-1] + around[2:]
    around = around[:, :-4] + around[:, 1:-3] + around[:, 2:-2] + around[:, 3:-1] + around[:, 4:]
    here = around[row, column]
    middle = (here >= here[:, -1:] / 2).argmax(axis=1)
    return np.asarray(sizes.min() * np.exp(middle * step), np.float64)
