"""Writing files so that a reader, or a killed process, never meets half of one, and nothing else is touched.

What is written is on the disk, with the folder that names it, before anything that relies on it is written. Nothing is
written through a symbolic link, and nothing but a plain file is ever replaced or removed.
"""

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from fivebyfive.errors import Failure, InputError, meant
from fivebyfive.text import to_json

MOST_BESIDE = 1000
"""Names of a folder that are looked at."""
NO_WAITING = getattr(os, "O_NONBLOCK", 0)
"""For `os.open`, where the system has it: a pipe that nobody writes into holds nobody up."""
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""For `os.open`, where the system has it: a symbolic link is not opened."""


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in place in one move.

    A file that is replaced keeps its mode; a new one gets what the umask leaves.

    Raises:
        InputError: at `path` is a symbolic link, a folder or a device.
        Failure: the disk is full or the place cannot be written; what was at `path` is as it was.
    """
    temporary = None
    try:
        before = _plain(path)
        temporary = _created(path, private=before is not None)
        write(temporary)
        flush(temporary)
        if before is not None:
            temporary.chmod(stat.S_IMODE(before.st_mode))
        temporary.replace(path)
        flush(path.parent)
    except OSError as error:
        raise failure(path, error) from None
    finally:
        if temporary is not None:
            _remove(temporary)


def write_json(path: Path, document: Any) -> None:
    """Write `document` as JSON, in one move."""
    text = to_json(document, indent=2) + "\n"
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))


def instead(path: Path, *others: str) -> str:
    """What may have been meant by a `path` that is not there: one of the `others`, or what lies beside it."""
    try:
        beside = sorted(each.name for each in islice(path.parent.iterdir(), MOST_BESIDE))
    except OSError:
        beside = []
    return meant(path.name, [*others, *beside])


def remove_unfinished(path: Path) -> None:
    """Remove what killed processes left of their writing to `path`."""
    try:
        for entry in path.parent.iterdir() if path.parent.is_dir() else ():
            if is_unfinished(entry.name, path.name):
                _remove(entry)
    except OSError as error:
        raise failure(path, error) from None


def is_unfinished(name: str, of: str) -> bool:
    """Whether a file called `name` is what a killed process left of its writing to a file called `of`."""
    return re.fullmatch(rf"\.{re.escape(of)}\.[0-9a-z_]{{8}}", name) is not None


def open_plain(path: Path) -> BinaryIO:
    """An ordinary file, open to be read; `os.fstat` of it tells of the very file that is read.

    Raises:
        OSError: it cannot be read, or it is a folder, a pipe or a device, which could hold up the reader for ever.
    """
    handle = os.open(path, os.O_RDONLY | NO_WAITING)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("it is no ordinary file")
    return os.fdopen(handle, "rb")


def make_folder(path: Path) -> None:
    """Make `path` and the folders it lies in, where they are missing.

    Raises:
        Failure: the place cannot be written, or a file is in the way.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        for folder in reversed(missing):
            flush(folder.parent)
    except OSError as error:
        raise failure(path, error) from None


def expect_no_links(folder: Path) -> None:
    """Raise unless everything in `folder` is there itself: what others made may point out of it, at anybody's files.

    The folder itself may be reached by a link.

    Raises:
        InputError: names the first symbolic link in it.
    """
    links = sorted(entry for entry in folder.iterdir() if entry.is_symlink()) if folder.is_dir() else []
    if links:
        raise InputError(
            f"{links[0]} is a symbolic link; a run is read and written only where it lies: put the file itself there"
        )


def failure(path: Path, error: OSError) -> Failure | InputError:
    """What to say when `path` could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure(f"the disk is full: {path} was not written; free some space")
    if error.errno == errno.ENAMETOOLONG:
        return InputError(f"{path} cannot be written: its name is too long; choose another")
    return Failure(f"{path} cannot be written: {error.strerror or error}; choose another place")


def flush(path: Path) -> None:
    """Wait until the file, or the names in the folder, at `path` are on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folder, and puts names on the disk by itself
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _plain(path: Path) -> os.stat_result | None:
    """What the system knows of the file at `path`; None where there is nothing."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):
        raise InputError(f"{path} is a symbolic link, and nothing is written through one; name the file itself")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path} is no plain file and is not replaced; choose another place")
    return found


def _created(path: Path, private: bool) -> Path:
    """An empty temporary file beside `path`; private: nobody else reads what replaces a file that may be private."""
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if private else 0o666))
    return temporary


def _remove(path: Path) -> None:
    """Remove the plain file at `path`, if there is one."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if stat.S_ISREG(path.lstat().st_mode):
            path.unlink()
