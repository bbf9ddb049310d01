"""NumPy's .npz, a zip of arrays, read so that nothing it claims is believed and nothing in it is unpickled.

Of each array that is asked for, the .npy header says shape and type; the zip says how many bytes there are. They must
agree, there must be room for them, and no more is unpacked. Source: NumPy's NEP 1, "A simple file format for arrays".
"""

import io
import math
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import spilled
from fivebyfive.datasets.limits import CHUNK, Room, reading, shown
from fivebyfive.errors import InputError

LONGEST_HEADER = 1 << 14
EXPECTED = "an .npz of plain arrays"
KINDS = "buifU"
"""NumPy's letters for truth values, whole and real numbers, and text."""


class _Bounded(io.BufferedReader):
    """A file whose zip directory cannot take much memory: `zipfile` reads it in one piece."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > CHUNK:
            raise zipfile.BadZipFile("its list of arrays is too long")
        return super().read(size)


class Arrays:
    """The arrays of an open .npz file, by name."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, packed: int) -> None:
        self.path, self._archive, self._packed, self._room = path, archive, packed, Room()
        names = [entry.filename.removesuffix(".npy") for entry in archive.infolist()]
        twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
        if twice is not None:
            raise InputError(f"{path} holds {shown(twice)} twice; each array needs a name of its own")
        self._entries = dict(zip(names, archive.infolist(), strict=True))

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def names(self) -> list[str]:
        """Of all arrays, in the file's order."""
        return list(self._entries)

    def read(self, name: str, *, each: int = 0) -> npt.NDArray[Any]:
        """The array called `name`, in C order.

        Args:
            each: bytes a value that the caller needs beside the array itself.

        Raises:
            InputError: it is damaged, of a type that is no plain number or text, or there is no room for it.
        """
        entry, what = self._entries[name], f"{self.path}: {name}"
        if entry.flag_bits & 1:
            raise InputError(f"{what} is encrypted; {EXPECTED} was expected")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{what} is packed in a way that NumPy does not use; {EXPECTED} was expected")
        with reading(self.path, EXPECTED), self._archive.open(entry) as file:
            shape, in_columns, dtype, begun = _header(file)
            if dtype.kind not in KINDS or dtype.itemsize == 0:
                raise InputError(
                    f"{self.path} cannot be read ({name} is of type {shown(dtype)}); {EXPECTED} was expected"
                )
            if min(shape, default=0) < 0:
                raise InputError(f"{what} says its shape is {list(shape)}; the file is damaged")
            size = math.prod(shape) * dtype.itemsize
            if size != entry.file_size - begun.tell():
                raise InputError(
                    f"{what} should hold {size:,} bytes for its shape {shown(list(shape))} and type {dtype}, "
                    f"but holds {entry.file_size - begun.tell():,}; the file is damaged"
                )
            each += dtype.itemsize if dtype.kind == "U" else 0  # for names are sorted
            large = size > spilled.IN_MEMORY and not each
            (self._room.spill if large else self._room.unpack)(size + math.prod(shape) * each, self._packed, what)
            values = spilled.empty((math.prod(shape),), dtype) if large else np.empty(math.prod(shape), dtype)
            _fill(values.view(np.uint8), begun.read(), file)
        ordered = values.reshape(shape, order="F" if in_columns else "C")
        native = dtype.newbyteorder("=")
        if large and not (ordered.flags.c_contiguous and dtype == native):
            return spilled.copied(ordered, native)
        return ordered.astype(native, order="C", copy=False)


@contextmanager
def opened(path: Path) -> Iterator[Arrays]:
    """The arrays in the .npz file at `path`.

    Raises:
        InputError: it is no zip file, or a damaged one.
    """
    with reading(path, EXPECTED):
        file = _Bounded(io.FileIO(path))
    with file:
        with reading(path, EXPECTED):
            archive = zipfile.ZipFile(file)
        yield Arrays(path, archive, path.stat().st_size)


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any], io.BytesIO]:
    """Shape, whether columns come first, type; and what was read of the file, its header taken off."""
    begun = io.BytesIO(file.read(LONGEST_HEADER))
    version = np.lib.format.read_magic(begun)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"it has version {version[0]}.{version[1]} of NumPy's format, for named fields")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's remarks on files of Python 2
        shape, in_columns, dtype = read(begun)
    return tuple(int(n) for n in shape), in_columns, dtype, begun


def _fill(values: npt.NDArray[np.uint8], begun: bytes, file: Any) -> None:
    """Fill `values` with `begun` and what follows it in `file`, to its end, where the zip's checksum is compared."""
    view, piece, filled = values.data, begun, 0
    while piece:
        if filled + len(piece) > len(view):
            raise ValueError("it is longer than it says")
        view[filled : filled + len(piece)] = piece
        filled += len(piece)
        if filled % spilled.SOME < len(piece):
            spilled.give_back(values)
        piece = file.read(CHUNK)
    if filled < len(view):
        raise ValueError("it ends too early")
