"""Pictures of one size out of files of any: the one place that decodes a data set.

Processes of PyTorch's data loader, one a core, decode in blocks and write what comes of it into a file, each picture at
its own place, so that no pixel goes through this process and memory does not grow with the data. The file is the
cache's (`cache.py`), or has no name. What is small ends in memory, like any array; all else stays where it is.
"""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from fivebyfive import working
from fivebyfive.datasets import cache as store
from fivebyfive.datasets.encoded import Encoded, stamp, suggested
from fivebyfive.datasets.lazy import DIGEST, Indices, Lazy, Pixels, Rows, standing
from fivebyfive.errors import Failure, InputError
from fivebyfive.pictures import fitting

if TYPE_CHECKING:
    from torch.utils.data import DataLoader

IN_MEMORY = 256 << 20
"""Pictures that take no more bytes than this are an array in memory."""
FEW_BYTES = 8 << 20
"""Files of so many bytes together are decoded here, and not kept: that takes no longer than to start processes."""
BLOCK = 16
"""Pictures that a process decodes before it is given the next ones."""
AHEAD = 4
"""Blocks that a process has to do, and has done."""

Shape = tuple[int, int, int]
Row = tuple[bytes, str]
"""Of a picture: SHA-256 of its file, and why it could not be read, if so."""


@dataclass(frozen=True)
class Wanted:
    """How the pictures of a data set are wanted.

    Attributes:
        shape: height, width and channels; None: as the pictures suggest.
        size: height and width alone, where there is no `shape`.
        fit: how a picture comes to that size, one of `fitting.FITS`.
        cache: decoded ones are kept, and taken from where they are kept.
        skip_broken: those that cannot be read are left out.
    """

    shape: Shape | None = None
    size: tuple[int, int] | None = None
    fit: str = fitting.USUAL
    cache: bool = True
    skip_broken: bool = False

    def shape_of(self, items: Sequence[Encoded]) -> Shape:
        """What `items` are brought to."""
        if self.shape is not None:
            return self.shape
        height, width, channels = suggested(items)
        return (*(self.size or (height, width)), channels)


@dataclass(frozen=True)
class Decoded:
    """What came of some files.

    Attributes:
        pixels: uint8 [n, H, W, C] of all that could be read, in their order: an array, or a `Lazy`.
        kept: which these are, [n].
        unread: of each of the others what is wrong, by its name.
        notes: what one should know of how they are kept.
    """

    pixels: Pixels
    kept: Indices
    unread: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def pixels_of(items: Sequence[Encoded], shape: Shape, fit: str = fitting.USUAL, cache: bool = True) -> Decoded:
    """The pictures of `items`, each brought to `shape`.

    Args:
        fit: how, one of `fitting.FITS`.
        cache: keep them on the disk for the next time, and take what is kept; false: what does not go into memory is
            decoded each time that it is asked for.

    Raises:
        InputError: a file is not there any more.
        Failure: the disk is full, or a process that decodes was killed.
    """
    decoding = Decoding(items, shape, fitting.checked(fit))
    stamped, encoded = stamp(items)
    size = len(items) * decoding.row
    notes: tuple[str, ...] = ()
    if size <= IN_MEMORY and encoded <= FEW_BYTES:
        return _here(decoding)
    if not cache and size > IN_MEMORY:
        return _each_time(decoding)
    if cache and not store.holds(size):
        note = f"decoded each time, for {size / 2**30:,.1f} GiB are more than the cache may hold (FIVEBYFIVE_CACHE_GB)"
        return _each_time(decoding, (note,))
    try:
        if cache:
            key = hashlib.sha256(repr((stamped, shape, fit, fitting.VERSION)).encode()).hexdigest()
            try:
                entry = store.kept(key, len(items), shape, decoding.fill)
            except OSError as problem:
                why = problem.strerror or problem
                notes = (f"the cache {store.place()} cannot be written ({why}); decoded for this call only",)
        if notes or not cache:
            entry = store.unkept(len(items), shape, decoding.fill)
    except OSError as problem:
        raise Failure(
            f"decoded pictures cannot be written ({problem.strerror or problem}); free some space, or --no-cache"
        ) from None
    readable = np.array([n for n in range(len(items)) if n not in entry.unread], np.int64)
    unread = {items[n].name: why for n, why in entry.unread.items()}
    small = size <= IN_MEMORY
    if cache and not notes and not small:
        notes = (f"decoded pictures are kept in {store.place()}, {store.most_bytes() / 2**30:g} GiB at the most",)
    pixels = entry.rows.read(readable) if small else standing(entry.rows, readable)
    return Decoded(pixels, readable, unread, notes)


class Decoding:
    """What a process does with some pictures; a data set of PyTorch's, whose elements are of type `Row`.

    Args:
        into: the file that pixels are written to.
    """

    def __init__(self, items: Sequence[Encoded], shape: Shape, fit: str, into: Path | None = None) -> None:
        self.items, self.shape, self.fit, self.into = items, shape, fit, into
        self.row = shape[0] * shape[1] * shape[2]

    def __len__(self) -> int:
        return len(self.items)

    def picture(self, number: int) -> tuple[Pixels | None, Row]:
        """Its pixels, None where it cannot be read."""
        item, digest = self.items[number], hashlib.sha256()
        try:
            data = item.read()
            digest.update(data)
            return fitting.opened(data, self.shape, self.fit, item.name), (digest.digest(), "")
        except InputError as error:
            return None, (digest.digest(), str(error))

    def __getitems__(self, numbers: Sequence[int]) -> list[Row]:
        assert self.into is not None
        rows = []
        with self.into.open("r+b") as file:
            for number in numbers:
                pixels, row = self.picture(number)
                if pixels is not None:
                    file.seek(number * self.row)
                    file.write(np.ascontiguousarray(pixels).data)
                rows.append(row)
        return rows

    def fill(self, path: Path) -> tuple[Pixels, dict[int, str]]:
        """All of them into the file at `path`."""
        blocks = [list(range(n, min(n + BLOCK, len(self)))) for n in range(0, len(self), BLOCK)]
        task = Decoding(self.items, self.shape, self.fit, path)
        rows: list[Row] = []
        with working.at("reading pictures", len(self)) as done:
            for block in in_processes(task, blocks):
                rows += block
                done(len(rows))
        digests = np.frombuffer(b"".join(digest for digest, _ in rows), np.uint8).reshape(-1, DIGEST)
        return digests, {number: why for number, (_, why) in enumerate(rows) if why}


class Blocks(Protocol):
    """Numbers of pictures, some at a time."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[list[int]]: ...


def in_processes(dataset: Any, blocks: Blocks, ahead: int = AHEAD, sharing: int = 1) -> Iterator[Any]:
    """``dataset.__getitems__`` of each block in turn, worked out ahead of time by a process for each core.

    Args:
        ahead: blocks that a process has to do, and has done.
        sharing: so many processes like this one have the cores.

    Raises:
        Failure: one of them was killed.
    """
    try:
        yield from loader(dataset, blocks, min(max(1, cores() // sharing), len(blocks)), ahead)
    except RuntimeError as error:
        if "worker" not in str(error):
            raise
        raise Failure(
            "a process that reads pictures was killed, by want of memory perhaps; try once more, or a smaller --size"
        ) from None


def fetched(pixels: Lazy, blocks: Blocks, ahead: int, sharing: int = 1) -> Iterator[Pixels]:
    """The pictures of each block in turn, by processes, as `in_processes` has them.

    Raises:
        InputError: one of them cannot be read.
    """
    for found in in_processes(_Fetching(pixels.rows, pixels.index), blocks, ahead, sharing):
        if isinstance(found, str):
            raise InputError(found)
        yield found


class _Fetching:
    """What a process does: the pictures of a batch, or a sentence on what is wrong with one of them."""

    def __init__(self, rows: Rows, index: Indices) -> None:
        self._rows, self._index = rows, index

    def __len__(self) -> int:
        return len(self._index)

    def __getitems__(self, numbers: list[int]) -> Any:
        try:
            return self._rows.read(self._index[numbers])
        except InputError as error:
            return str(error)


def loader(dataset: Any, blocks: Blocks, workers: int, ahead: int) -> "DataLoader[Any]":
    """PyTorch's data loader over `blocks`, in their order, that draws none of this process's random numbers."""
    import torch
    from torch.utils.data import DataLoader

    from fivebyfive.processes import safe_context

    context = "fork" if sys.platform.startswith("linux") else safe_context()  # a fork runs nobody's script once more
    return DataLoader(
        dataset,
        batch_sampler=blocks,
        num_workers=workers,
        collate_fn=_as_it_is,
        prefetch_factor=ahead if workers else None,
        multiprocessing_context=context if workers else None,
        worker_init_fn=_begin,
        generator=torch.Generator(),
    )


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _as_it_is(found: Any) -> Any:
    return found


def _begin(_number: int) -> None:
    """Ctrl-C is for the one that started the process, and a polite kill ends it at once."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _here(decoding: Decoding) -> Decoded:
    pixels = np.empty((len(decoding), *decoding.shape), np.uint8)
    kept: list[int] = []
    unread = {}
    for number, item in enumerate(decoding.items):
        found, (_, why) = decoding.picture(number)
        if found is None:
            unread[item.name] = why
        else:
            pixels[len(kept)] = found
            kept.append(number)
    return Decoded(pixels[: len(kept)], np.array(kept, np.int64), unread)


def _each_time(decoding: Decoding, notes: Iterable[str] = ()) -> Decoded:
    rows = np.arange(len(decoding))
    return Decoded(standing(Files(decoding), rows), rows, notes=tuple(notes))


class Files:
    """Pictures that are decoded each time that they are asked for."""

    ahead = True

    def __init__(self, decoding: Decoding) -> None:
        self._decoding, self.shape = decoding, decoding.shape
        self._digests: Pixels | None = None

    def read(self, rows: npt.NDArray[np.int64]) -> Pixels:
        """The pictures of these numbers, [n, H, W, C].

        Raises:
            InputError: one of them cannot be read.
        """
        found = np.empty((len(rows), *self.shape), np.uint8)
        for place, number in enumerate(rows.tolist()):
            pixels, (_, why) = self._decoding.picture(number)
            if pixels is None:
                raise InputError(f"{why}; mend it or take it out of the data, or leave it out: --skip-broken")
            found[place] = pixels
        return found

    def digests(self) -> Pixels:
        """SHA-256 of the file of each picture, [N, 32]."""
        if self._digests is None:
            every = (hashlib.sha256(item.read()).digest() for item in self._decoding.items)
            self._digests = np.frombuffer(b"".join(every), np.uint8).reshape(-1, DIGEST)
        return self._digests
