"""Decoded pictures, kept on the disk between calls: bytes in a file that is mapped into memory, never read whole.

An entry is a folder, named after the SHA-256 of all that its pixels follow from. It is made under another name and put
in place in one move, so that there is never half of one. All entries together stay below a bound: those used longest
ago go first, and never one that somebody uses.
"""

import contextlib
import errno
import json
import math
import mmap
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import filelock
import numpy as np
import numpy.typing as npt

from fivebyfive.datasets.lazy import DIGEST
from fivebyfive.errors import InputError
from fivebyfive.files import flush, open_plain, write_json

Pixels = npt.NDArray[np.uint8]
Shape = tuple[int, int, int]

MOST_BYTES = 20 << 30
"""Of all entries together, unless the environment's FIVEBYFIVE_CACHE_GB says another number."""
PIXELS, DIGESTS, ABOUT = "pixels", "digests", "about.json"
RESIDENT = 128 << 20
"""So much of a mapped file is held at most, before its pages are given back."""
UNFINISHED = ".making-"


class Mapped:
    """The rows of a file of bytes, [N, H, W, C], through memory that is given back now and then.

    While it is open, the file's entry stays in the cache.
    """

    ahead = False

    def __init__(self, file: BinaryIO, shape: Shape, digests: Pixels) -> None:
        self.shape, self._digests, self._file = shape, digests, file
        _lock(file, exclusive=False)
        self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._rows = np.frombuffer(self._map, np.uint8).reshape(-1, *shape)
        self._read = 0

    def read(self, rows: npt.NDArray[np.int64]) -> Pixels:
        """The pictures of these numbers, [n, H, W, C], copied."""
        found = self._rows[rows]
        self._read += found.nbytes
        if self._read >= RESIDENT:
            self._read = 0
            if hasattr(mmap, "MADV_DONTNEED"):  # the pages stay in the system's own cache
                self._map.madvise(mmap.MADV_DONTNEED)
        return found

    def digests(self) -> Pixels:
        """SHA-256 of the file of each picture, [N, 32]."""
        return self._digests


@dataclass(frozen=True)
class Entry:
    """What is kept of some pictures.

    Attributes:
        unread: of each that could not be read, its number, and why.
    """

    rows: Mapped
    unread: dict[int, str]


Fill = Callable[[Path], tuple[Pixels, dict[int, str]]]
"""Writes all rows into the file at a path, and gives digests and what could not be read."""


def kept(key: str, count: int, shape: Shape, fill: Fill) -> Entry:
    """The entry called `key`: as it is there, or made now, when nobody else makes it.

    Raises:
        OSError: the cache cannot be written.
    """
    folder = place()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with filelock.FileLock(folder / f".{key}.lock"):
        found = _found(folder / key, count, shape)
        if found is not None:
            return found
        making = folder / f"{UNFINISHED}{key}"
        shutil.rmtree(making, ignore_errors=True)
        _make_room(folder, count * math.prod(shape))
        try:
            making.mkdir(mode=0o700)
            _fill(making, count, shape, fill)
            shutil.rmtree(folder / key, ignore_errors=True)
            making.replace(folder / key)
        finally:
            shutil.rmtree(making, ignore_errors=True)
        found = _found(folder / key, count, shape)
    if found is None:
        raise OSError("what was written into it is not there any more")
    return found


def unkept(count: int, shape: Shape, fill: Fill) -> Entry:
    """The same in a file without a name, which is gone with the process.

    Raises:
        OSError: there is no room for it.
    """
    handle, name = tempfile.mkstemp(prefix="fivebyfive-")
    try:
        with os.fdopen(handle, "r+b") as file:
            reserve(file, count * math.prod(shape))
        digests, unread = fill(Path(name))
        return Entry(Mapped(Path(name).open("rb"), shape, digests), unread)
    finally:
        with contextlib.suppress(OSError):  # what is mapped stays
            Path(name).unlink()


def holds(size: int) -> bool:
    """Whether so many bytes may be kept."""
    return size <= most_bytes()


def most_bytes() -> int:
    """Of all entries together."""
    said = os.environ.get("FIVEBYFIVE_CACHE_GB", "")
    try:
        return int(float(said) * (1 << 30)) if said else MOST_BYTES
    except (ValueError, OverflowError):
        raise InputError(f"FIVEBYFIVE_CACHE_GB is {said[:40]!r}; a number of GiB was expected") from None


def place() -> Path:
    """The cache's folder."""
    if wanted := os.environ.get("FIVEBYFIVE_CACHE"):
        return Path(wanted).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "fivebyfive"


def _fill(making: Path, count: int, shape: Shape, fill: Fill) -> None:
    with (making / PIXELS).open("wb") as file:
        reserve(file, count * math.prod(shape))
    digests, unread = fill(making / PIXELS)
    (making / DIGESTS).write_bytes(digests.tobytes())
    write_json(making / ABOUT, {"count": count, "shape": shape, "unread": unread})
    for name in (PIXELS, DIGESTS):
        flush(making / name)


def _found(entry: Path, count: int, shape: Shape) -> Entry | None:
    """The entry in a folder, if it is whole; from now on it was used last."""
    try:
        about = json.loads((entry / ABOUT).read_bytes())
        digests = np.frombuffer((entry / DIGESTS).read_bytes(), np.uint8).reshape(count, DIGEST)
        unread = {int(number): str(why) for number, why in about["unread"].items()}
        file = open_plain(entry / PIXELS)
        whole = os.fstat(file.fileno()).st_size == count * math.prod(shape)
        if not whole or (about["count"], tuple(about["shape"])) != (count, shape):
            return None
        with contextlib.suppress(OSError):  # of somebody else's entry
            os.utime(entry / ABOUT)
        return Entry(Mapped(file, shape, digests), unread)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _make_room(folder: Path, size: int) -> None:
    """Remove what was used longest ago, until there is room for `size` bytes, and what killed processes left."""
    for left in folder.glob(f"{UNFINISHED}*"):
        lock = filelock.FileLock(folder / f".{left.name.removeprefix(UNFINISHED)}.lock", timeout=0)
        with contextlib.suppress(OSError, filelock.Timeout), lock:
            shutil.rmtree(left, ignore_errors=True)
    entries = [entry for entry in folder.iterdir() if re.fullmatch("[0-9a-f]{64}", entry.name)]
    sizes = {entry: _size(entry / PIXELS) for entry in entries}
    total = sum(sizes.values())
    for entry in sorted(entries, key=lambda e: _used(e / ABOUT)):
        if total + size <= most_bytes():
            return
        with contextlib.suppress(filelock.Timeout), filelock.FileLock(folder / f".{entry.name}.lock", timeout=0):
            if not _in_use(entry / PIXELS):
                shutil.rmtree(entry, ignore_errors=True)
                total -= sizes[entry]
    if total + size > most_bytes():
        raise OSError(errno.ENOSPC, "all that it may hold is in use")


def reserve(file: IO[bytes], size: int) -> None:
    """Let `file` have so many bytes, or say at once that the disk is full."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _used(path: Path) -> float:
    return path.stat().st_mtime if path.is_file() else 0.0


def _in_use(path: Path) -> bool:
    """Whether a process has mapped the file at `path`."""
    try:
        with open_plain(path) as file:
            return not _lock(file, exclusive=True)
    except OSError:
        return False


def _lock(file: BinaryIO, exclusive: bool) -> bool:
    """Hold the file, with others or alone, as long as it is open; false where it is held otherwise."""
    try:
        import fcntl
    except ImportError:  # Windows removes no file that is open
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
