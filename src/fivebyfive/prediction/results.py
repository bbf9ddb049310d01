"""A file of results that grows, a line of JSON an answer, and is gone on with where it ends, however that came about.

Each line says of which picture it is, how many bytes that has, and which model answered, so that the file alone tells
whether it belongs to what is to be read now. A process that is killed may leave half a line, which is cut off; of a
file with several pages the last pages may be missing, so those of the last one are read again.
"""

import json
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

import filelock

from fivebyfive.errors import InputError
from fivebyfive.files import NO_LINK, NO_WAITING, failure
from fivebyfive.prediction.sources import Source
from fivebyfive.text import printable, to_json

Entry = dict[str, Any]

LONGEST_LINE = 64 << 20
"""Bytes of a line: 1,000 times what a page of 1,000 digits takes."""
FLUSHED = 2.0
"""Seconds after which what was written is on the disk, should the power fail."""
BEGINNING = b'{"image": '
"""What every line begins with, so that half of one is known for what it is, and nothing else is cut off."""


class Results:
    """The file at `path`, open to be gone on with.

    Args:
        about: what every entry says of how it came about: the model, above all.
        sources: what is to be read, in order.

    Attributes:
        done: so many of the sources are in it already.

    Raises:
        InputError: what is in it is of other pictures, or of another model, or nothing of ours; it stays as it is.
        Failure: it cannot be written.
    """

    def __init__(self, path: Path, about: Entry, sources: Iterable[Source]) -> None:
        self._path, self._about = path, about
        self._flushed = time.monotonic()
        with ExitStack() as failing:
            self._file = failing.enter_context(_opened(path))
            self._lock = _locked(path)
            failing.callback(self._release)
            self._size, self.done = self._kept(iter(sources))
            self._file.truncate(self._size)
            failing.pop_all()

    def entries(self) -> Iterator[Entry]:
        """What was in it already."""
        for line in self._lines():
            yield json.loads(line)

    def entry(self, found: Entry, size: int | None) -> Entry:
        """`found` with how many bytes the picture's file has, and with how it was read."""
        length = {} if size is None else {"bytes": size}
        page = {"page": found["page"]} if "page" in found else {}
        return {"image": found["image"]} | page | length | self._about | found

    def add(self, entry: Entry) -> None:
        """Write one more, whole.

        Raises:
            Failure: the disk is full, say; then nothing of it is written.
        """
        line = to_json(entry).encode("utf-8", "surrogateescape") + b"\n"
        try:
            left = memoryview(line)
            while left:
                left = left[os.write(self._file.fileno(), left) :]
            if time.monotonic() - self._flushed > FLUSHED:
                os.fsync(self._file.fileno())
                self._flushed = time.monotonic()
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._size)
            raise failure(self._path, error) from None
        self._size += len(line)

    def close(self) -> None:
        """Put all of it on the disk, and let others write."""
        with suppress(OSError), self._file:
            os.fsync(self._file.fileno())
        self._release()

    def _release(self) -> None:
        with suppress(OSError):
            Path(self._lock.lock_file).unlink()
        self._lock.release()

    def _kept(self, sources: Iterator[Source]) -> tuple[int, int]:
        """How much of the file stays, in bytes, and how many of `sources` are done with that."""
        at = begun = done = 0
        name, page = "", None
        for number, line in enumerate(self._lines(), 1):
            if not line.endswith(b"\n"):
                self._expect_half(line, number, next(sources, None))
                break
            entry = self._parsed(line, number)
            self._expect_same_way(entry, number)
            if entry.get("page") in (None, 1):
                begun, done, name = at, done + 1, self._expect(entry, next(sources, None), number)
            elif entry["image"] != name or page is None or entry["page"] != page + 1:
                raise InputError(f"line {number:,} of {self._path} does not follow on the one before; {_ANOTHER}")
            page, at = entry.get("page"), at + len(line)
        return (at, done) if page is None else (begun, done - 1)

    def _lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        while line := self._file.readline(LONGEST_LINE):
            yield line

    def _parsed(self, line: bytes, number: int) -> Entry:
        with suppress(ValueError, RecursionError):
            entry = json.loads(line)
            if (
                isinstance(entry, dict)
                and isinstance(entry.get("image"), str)
                and type(entry.get("page", 1)) is int
                and isinstance(entry.get("lines", []), list)
            ):
                return entry
        raise InputError(f"line {number:,} of {self._path} is none that 5x5 predict wrote; {_ANOTHER}")

    def _expect(self, entry: Entry, source: Source | None, number: int) -> str:
        """The name of the picture that `entry` is of, which must be `source`, read in the same way."""
        where, named = f"line {number:,} of {self._path}", printable(entry["image"])
        if source is None or entry["image"] != source.name:
            now = "no picture is left" if source is None else f"{printable(source.name)} comes now"
            raise InputError(f"{where} is of {named}, where {now}: it belongs to other pictures; {_ANOTHER}")
        if entry.get("bytes") != source.size:
            raise InputError(f"{named} is another file than the one in {where}; {_ANOTHER}")
        return source.name

    def _expect_same_way(self, entry: Entry, number: int) -> None:
        for key in {*self._about, "raw"}:
            before, now = entry.get(key), self._about.get(key)
            if before != now:
                where = f"line {number:,} of {self._path}"
                raise InputError(
                    f"{where} was read with {key} {_short(before)}, and it is {_short(now)} now; {_ANOTHER}"
                )

    def _expect_half(self, line: bytes, number: int, source: Source | None) -> None:
        """That `line`, which has no end, may be cut off: nothing of anybody else's is."""
        first = to_json({"image": source.name})[:-1].encode() + b"," if source is not None else BEGINNING
        beginning = first if number == 1 else BEGINNING
        ours = line.startswith(beginning[: len(line)]) or (number > 1 and not line.strip(b"\0"))
        if len(line) == LONGEST_LINE or not ours:
            raise InputError(f"line {number:,} of {self._path} is none that 5x5 predict wrote; {_ANOTHER}")


_ANOTHER = "give --resume-into another file"


def _short(value: object) -> str:
    return "unsaid" if value is None else printable(value)[:80]


def _locked(path: Path) -> filelock.BaseFileLock:
    lock = filelock.FileLock(path.parent / f".{path.name}.lock", timeout=0, fallback_to_soft=False, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise InputError(f"{path} is being written already; wait until that ends, or stop it first") from None
    except OSError as error:
        raise failure(path, error) from None
    return lock


def _opened(path: Path) -> BinaryIO:
    """An ordinary file, no link, open to be read and to be added to; empty where there is none."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_LINK | NO_WAITING
    try:
        handle = os.open(path, flags, 0o666)
    except OSError as error:
        if path.is_symlink() or path.is_dir():
            raise InputError(f"{path} is a folder or a link, and nothing is written through one; {_ANOTHER}") from None
        raise failure(path, error) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InputError(f"{path} is no plain file; {_ANOTHER}")
    return os.fdopen(handle, "r+b")
