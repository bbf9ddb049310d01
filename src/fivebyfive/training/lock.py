"""One writer a run: two that train in the same folder would each undo the other's steps.

The lock is the operating system's, on a file in the run folder, and it ends with the process that holds it, however
that dies. Over NFS it holds between machines where the server locks files, as NFS 4 does; where a file system has no
locks, training says that the folder cannot be written.
"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from fivebyfive.errors import InputError
from fivebyfive.files import failure

LOCK = ".lock"


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Be the only one who writes into the run `folder` meanwhile. Reading needs no lock.

    Raises:
        InputError: somebody else is.
        Failure: the folder cannot be written.
    """
    path = folder / LOCK
    lock = filelock.FileLock(path, timeout=0, fallback_to_soft=False, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise InputError(f"run {folder} is being trained already; wait until it ends, or stop it first") from None
    except OSError as error:
        raise failure(path, error) from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # while it is held: whoever has opened it already asks again
            path.unlink()
        lock.release()
