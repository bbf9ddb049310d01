"""Which pictures are meant: files, folders of them, lists of names; one after another, however many there are.

A folder's are in the order of their names, folder by folder. A few thousand names are in memory at a time; those of a
larger folder are sorted in parts that lie in temporary files.
"""

import contextlib
import heapq
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from fivebyfive.errors import InputError
from fivebyfive.pictures.pages import ENDINGS

PART = 20_000
"""Names of one folder that are sorted in memory."""
LONGEST_NAME = 1 << 16
"""Bytes of a name in a list; the system's limit is 4,096 in most places."""


@dataclass(frozen=True)
class Source:
    """A file, or the bytes of one, and what it is called.

    Attributes:
        problem: why it cannot be read, where that is known already.
    """

    name: str
    content: Path | bytes
    problem: str = ""

    @property
    def size(self) -> int | None:
        """In bytes; None where that cannot be said."""
        if isinstance(self.content, bytes):
            return len(self.content)
        try:
            return self.content.stat().st_size
        except (OSError, ValueError):
            return None


class Listing:
    """All that is meant, in the order in which it was named, each time that it is gone through."""

    def __init__(self, parts: Iterable[Iterable[Source]]) -> None:
        self._parts = list(parts)

    def __iter__(self) -> Iterator[Source]:
        return chain.from_iterable(self._parts)


@dataclass(frozen=True)
class Folder:
    """The pictures in a folder, as `Source`s, each time that it is gone through; hidden ones are left out.

    Raises:
        InputError: it cannot be read, or there is no picture in it.
    """

    path: Path
    recursive: bool = True

    def __post_init__(self) -> None:
        try:
            os.scandir(self.path).close()
        except OSError as error:
            raise InputError(
                f"{self.path}: this folder cannot be read ({error.strerror}); check its permissions"
            ) from None
        if next(iter(self), None) is None:
            what = "PNG, JPEG, WebP, BMP, GIF, TIFF, HEIC, AVIF or PDF"
            where = "this folder" if self.recursive else "this folder itself, and --no-recursive leaves out those in it"
            raise InputError(f"{self.path}: there are no pictures in {where} ({what})")

    def __iter__(self) -> Iterator[Source]:
        return _in_folder(self.path, self.recursive)


class Names:
    """The files that a list names, as `Source`s, each time that it is gone through.

    Args:
        file: a name on each line; or a NUL after each, where one is in its beginning.
        called: what errors call it.

    Raises:
        InputError: it names none.
    """

    def __init__(self, file: BinaryIO, called: str) -> None:
        self._file, self._called = tempfile.TemporaryFile(), called  # noqa: SIM115 (it ends with this object)
        shutil.copyfileobj(file, self._file)
        self._file.seek(0)
        self._end = b"\0" if b"\0" in self._file.read(LONGEST_NAME) else b"\n"
        if next(iter(self), None) is None:
            raise InputError(f"{called} names no pictures; put the path of one on each line")

    def __iter__(self) -> Iterator[Source]:
        for name in map(os.fsdecode, _split(self._file, self._end, self._called)):
            yield Source(name, Path(name))


def _split(file: BinaryIO, end: bytes, called: str = "") -> Iterator[bytes]:
    """The names in `file`, each of which `end` ends; empty ones are left out. Others may read it at the same time."""
    at = 0
    while True:
        file.seek(at)
        block = file.read(LONGEST_NAME)
        whole = block.rfind(end) + 1 or len(block)
        if whole == LONGEST_NAME and not block.endswith(end):
            raise InputError(f"{called}: a name in it is longer than any file's; put the path of one on each line")
        if not block:
            return
        names = block[:whole].split(end)
        yield from (name for name in (names if end == b"\0" else map(_without_return, names)) if name)
        at += whole


def _without_return(name: bytes) -> bytes:
    return name.removesuffix(b"\r")


def _in_folder(folder: Path, recursive: bool) -> Iterator[Source]:
    try:
        entries = _sorted_names(folder, recursive)
    except OSError as error:
        yield Source(str(folder), folder, f"this folder cannot be read ({error.strerror}); check its permissions")
        return
    for name, is_folder in entries:
        path = folder / name
        if is_folder:
            yield from _in_folder(path, recursive)
        else:
            yield Source(str(path), path)


def _sorted_names(folder: Path, recursive: bool) -> Iterator[tuple[str, bool]]:
    """In order the names of pictures, and of folders, with whether it is one."""
    with os.scandir(folder) as entries:
        found = ((e.name, e.is_dir(follow_symlinks=False)) for e in entries if _is_meant(e, recursive))
        parts = [sorted(islice(found, PART))]
        files = []
        while len(parts[-1]) == PART:
            files.append(_stored(parts.pop()))
            parts.append(sorted(islice(found, PART)))
    return heapq.merge(*map(_read, files), iter(parts[0])) if files else iter(parts[0])


def _is_meant(entry: "os.DirEntry[str]", recursive: bool) -> bool:
    if entry.name.startswith("."):
        return False
    if entry.is_dir(follow_symlinks=False):
        return recursive
    return os.path.splitext(entry.name)[1].lower() in ENDINGS and _is_file(entry)  # noqa: PTH122 (a Path takes longer)


def _is_file(entry: "os.DirEntry[str]") -> bool:
    with contextlib.suppress(OSError):
        return entry.is_file()
    return False


def _stored(names: Iterable[tuple[str, bool]]) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever reads it to its end closes it)
    file.writelines(b"%d%s\0" % (is_folder, os.fsencode(name)) for name, is_folder in names)
    file.seek(0)
    return file


def _read(file: BinaryIO) -> Iterator[tuple[str, bool]]:
    with file:
        for line in _split(file, b"\0"):
            yield os.fsdecode(line[1:]), line[:1] == b"1"
