"""Arrays that memory should not hold: their values lie in a file without a name, beside the cache, which is gone with
the array. Whoever goes through one gives its pages back now and then.
"""

import contextlib
import hashlib
import math
import mmap
import os
import tempfile
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import cache
from fivebyfive.datasets.lazy import DIGEST, Indices, Pixels, Rows, standing
from fivebyfive.errors import Failure

IN_MEMORY = 256 << 20
"""Bytes of an array that is in memory, like any other."""
SOME = 32 << 20
"""Bytes that are gone through before pages are given back."""


def empty(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array to be filled.

    Raises:
        Failure: the disk is full.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size <= IN_MEMORY:
        return np.empty(shape, dtype)
    try:
        return np.frombuffer(_mapped(size), dtype).reshape(shape)
    except OSError as problem:
        raise _full(size, problem) from None


def copied(values: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """`values` in C order, as another type."""
    found = empty(values.shape, dtype)
    for some in pieces(values):
        found[some] = values[some]
        give_back(found)
    return found


def kept(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """`values` in a file, however small they are."""
    try:
        found = np.frombuffer(_mapped(max(1, values.nbytes)), values.dtype)[: values.size].reshape(values.shape)
    except OSError as problem:
        raise _full(values.nbytes, problem) from None
    found[...] = values
    give_back(found)
    return found


def pieces(values: npt.NDArray[Any]) -> "list[slice]":
    """Parts of `values`, along its first axis, to be gone through one after the other."""
    each = max(1, math.prod(values.shape[1:]) * values.itemsize)
    step = max(1, SOME // each)
    return [slice(at, at + step) for at in range(0, len(values), step)]


def give_back(values: npt.NDArray[Any]) -> None:
    """Let the pages go that `values` lies in, if it is in a file; the file keeps them."""
    held = _file(values)
    if held is not None and hasattr(mmap, "MADV_DONTNEED"):
        held.madvise(mmap.MADV_DONTNEED)


def standing_for(pixels: Pixels) -> Pixels:
    """`pixels` [N, H, W, C] themselves, or a `Lazy`, where they lie in a file."""
    return pixels if _file(pixels) is None else standing(_Spilled(pixels), np.arange(len(pixels)))


class _Spilled(Rows):
    """The pictures of such an array."""

    ahead = False

    def __init__(self, pixels: Pixels) -> None:
        self._pixels, self.shape = pixels, (pixels.shape[1], pixels.shape[2], pixels.shape[3])
        self._digests: Pixels | None = None
        self._read = 0

    def read(self, rows: Indices) -> Pixels:
        """The pictures of these numbers, [n, H, W, C]."""
        found = self._pixels[rows]
        self._read += found.nbytes
        if self._read >= SOME:
            self._read = 0
            give_back(self._pixels)
        return found

    def digests(self) -> Pixels:
        """SHA-256 of each picture, [N, 32]."""
        if self._digests is None:
            found = bytearray()
            for some in pieces(self._pixels):
                for picture in self._pixels[some]:
                    found += hashlib.sha256(np.ascontiguousarray(picture).data).digest()
                give_back(self._pixels)
            self._digests = np.frombuffer(bytes(found), np.uint8).reshape(-1, DIGEST)
        return self._digests


def _full(size: int, problem: OSError) -> Failure:
    said = problem.strerror or problem
    return Failure(f"{size / 2**20:,.0f} MiB of pictures cannot be put on the disk ({said}); free some")


def _mapped(size: int) -> mmap.mmap:
    folder = None
    with contextlib.suppress(OSError):
        cache.place().mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = cache.place() if os.access(cache.place(), os.W_OK) else None
    with tempfile.TemporaryFile(prefix=".array-", dir=folder) as file:
        cache.reserve(file, size)
        return mmap.mmap(file.fileno(), size)


def _file(values: Any) -> mmap.mmap | None:
    """The mapped file that an array's values lie in."""
    while isinstance(values, np.ndarray | memoryview):
        values = values.base if isinstance(values, np.ndarray) else values.obj
    return values if isinstance(values, mmap.mmap) else None
