"""Keras's HDF5 files, looked through before their values are read: links, other files and claims are refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError

MOST_ENTRIES = 1_000_000
PACKED = 64
"""Times that values may be as large in memory as in the file, where they are compressed."""


@contextmanager
def opened(copy: Path, path: Path) -> Iterator[tuple[Any, int]]:
    """The HDF5 file `copy`, and how many values it holds; all of it has been looked through.

    Args:
        path: how the user calls it.

    Raises:
        InputError: it is no such file, or it holds a link, or another file's values, or claims more than there is.
    """
    import h5py

    try:
        file = h5py.File(copy, "r")
    except (OSError, RuntimeError, ValueError):
        raise InputError(f"{path} is no HDF5 file, or is damaged") from None
    with file:
        try:
            values = _look_through(file, copy.stat().st_size, path)
        except InputError:
            raise
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: its HDF5 is damaged ({str(error)[:100]})") from None
        yield file, values


def _look_through(file: Any, size: int, path: Path) -> int:
    import h5py

    waiting, seen, values, total = [file], 0, 0, 0
    ids: set[Any] = set()
    while waiting:
        group = waiting.pop()
        for name in group:
            seen += 1
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink) or seen > MOST_ENTRIES:
                raise InputError(f"{path}: {group.name}/{name} is a link out of its place; weights lie where they are")
            entry = group[name]
            if isinstance(entry, h5py.Group):
                key = h5py.h5o.get_info(entry.id).addr
                if key in ids:
                    raise InputError(f"{path}: {entry.name} is there twice; the file is damaged")
                ids.add(key)
                waiting.append(entry)
                continue
            _check_values(entry, path)
            values += entry.size or 0
            total += entry.nbytes
            if total > size * PACKED + (1 << 20):
                raise InputError(f"{path} claims {total >> 20} MB of values and has {size >> 20} MB; it is damaged")
    return values


def _check_values(dataset: Any, path: Path) -> None:
    import h5py

    if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external:
        raise InputError(f"{path}: the values of {dataset.name} lie in another file, which is never read")
    if dataset.dtype.kind not in "fiubSOV":
        raise InputError(f"{path}: {dataset.name} holds no numbers ({dataset.dtype})")
    if dataset.dtype.kind == "O" and h5py.check_string_dtype(dataset.dtype) is None:
        raise InputError(f"{path}: {dataset.name} holds no numbers ({dataset.dtype})")
    stored = dataset.id.get_storage_size()
    if dataset.nbytes > stored * PACKED * 16 + 4096:
        raise InputError(f"{path}: {dataset.name} claims {dataset.nbytes:,} bytes and has {stored:,}; it is damaged")
