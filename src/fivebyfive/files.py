"""Writing files so that a reader, or a killed process, never meets half of one."""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fivebyfive.errors import Failure
from fivebyfive.text import to_json


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in place in one move.

    Raises:
        Failure: the disk is full or the place cannot be written; what was at `path` is as it was.
    """
    temporary = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        os.close(handle)
        write(temporary)
        _flush(temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise failure(path, error) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, document: Any) -> None:
    """Write `document` as JSON, in one move."""
    text = to_json(document, indent=2) + "\n"
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))


def remove_unfinished(path: Path) -> None:
    """Remove what killed processes left of their writing to `path`."""
    for temporary in path.parent.glob(f".{path.name}.????????"):
        temporary.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make `path` and the folders it lies in, where they are missing.

    Raises:
        Failure: the place cannot be written, or a file is in the way.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise failure(path, error) from None


def failure(path: Path, error: OSError) -> Failure:
    """What to say when `path` could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure(f"the disk is full: {path} was not written; free some space")
    return Failure(f"{path} cannot be written: {error.strerror or error}; choose another place")


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
