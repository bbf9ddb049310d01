"""Pictures that are not in memory: an array's shape and indices, and each picture is fetched when it is asked for.

They lie in a file of bytes, as the cache has it, or are decoded each time. A part of them, or several together, costs
nothing but a list of numbers.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]
DIGEST = 32
"""Bytes of a SHA-256."""


class Rows(Protocol):
    """Where the pictures lie."""

    shape: tuple[int, int, int]
    """Of each: height, width, channels."""
    ahead: bool
    """Whether fetching takes so long that it is worth doing ahead of time, in other processes."""

    def read(self, rows: Indices) -> Pixels:
        """The pictures of these numbers, [N, H, W, C]."""

    def digests(self) -> Pixels:
        """SHA-256 of the file of each picture, [all of them, 32]."""


class Lazy:
    """Pictures [N, H, W, C], fetched when they are indexed.

    Args:
        rows: where they lie.
        index: which of these they are, in order.
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, rows: Rows, index: Indices) -> None:
        self.rows, self.index = rows, np.ascontiguousarray(index, np.int64)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """[N, H, W, C]."""
        return (len(self.index), *self.rows.shape)

    @property
    def nbytes(self) -> int:
        """What all of them would take in memory."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, chosen: int | slice | npt.ArrayLike) -> Pixels:
        """Pictures as an array: [H, W, C] for a number, else [n, H, W, C]."""
        rows = self.index[chosen]  # type: ignore[index]
        return self.rows.read(rows) if np.ndim(rows) else self.rows.read(np.array([rows]))[0]

    def __iter__(self) -> Iterator[Pixels]:
        return (self[n] for n in range(len(self)))

    def part(self, chosen: slice | npt.ArrayLike) -> Pixels:
        """Some of them, fetched later."""
        return standing(self.rows, self.index[chosen])  # type: ignore[index]

    def digests(self) -> Pixels:
        """Of each picture the SHA-256 of its file, [N, 32]: what it is, whatever size it is brought to."""
        return self.rows.digests()[self.index]


def standing(rows: Rows, index: Indices) -> Pixels:
    """A `Lazy`, typed as the array that it stands for: whoever indexes it need not know."""
    return cast(Pixels, Lazy(rows, index))


class InMemory:
    """Rows that are an array."""

    ahead = False

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self.shape = (pixels.shape[1], pixels.shape[2], pixels.shape[3])

    def read(self, rows: Indices) -> Pixels:
        """The pictures of these numbers, [n, H, W, C]."""
        return self._pixels[rows]

    def digests(self) -> Pixels:
        """SHA-256 of each picture, [N, 32]."""
        every = (hashlib.sha256(np.ascontiguousarray(one).data).digest() for one in self._pixels)
        return np.frombuffer(b"".join(every), np.uint8).reshape(-1, DIGEST)


class Joined:
    """Several rows, one after the other."""

    def __init__(self, parts: Sequence[Lazy]) -> None:
        self.parts, self.shape, self.ahead = parts, parts[0].rows.shape, any(part.rows.ahead for part in parts)
        self._ends = np.cumsum([len(part) for part in parts])

    def read(self, rows: Indices) -> Pixels:
        """The pictures of these numbers, [n, H, W, C]."""
        found = np.empty((len(rows), *self.shape), np.uint8)
        which = np.searchsorted(self._ends, rows, side="right")
        for number, part in enumerate(self.parts):
            places = np.flatnonzero(which == number)
            if len(places):
                found[places] = part[rows[places] - (self._ends[number] - len(part))]
        return found

    def digests(self) -> Pixels:
        """SHA-256 of the file of each picture, [N, 32]."""
        return np.concatenate([part.digests() for part in self.parts])


def joined(parts: Sequence[Pixels]) -> Pixels:
    """Several parts as one, all of one shape, wherever they are."""
    lazy = [
        part if isinstance(part, Lazy) else Lazy(InMemory(part), np.arange(len(part))) for part in parts if len(part)
    ]
    first = lazy[0].rows
    if all(part.rows is first for part in lazy):
        return standing(first, np.concatenate([part.index for part in lazy]))
    return standing(Joined(lazy), np.arange(sum(map(len, lazy))))
