"""How much a data set may take, in one place: what its files claim is checked against this before it is in memory.

Files come from anywhere, and a few kilobytes can claim, or unpack to, any amount of memory. So loading asks for `Room`
first, by what a header claims, and then reads no more than was asked for. Its peak is at most `PEAK` times `MOST_BYTES`
(measured by `tests/datasets/test_bombs.py` with a smaller limit), beside Python's libraries and one opened picture.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from fivebyfive.errors import Failure, InputError

MOST_BYTES, MOST_ON_DISK = 4 << 30, 64 << 30
"""All arrays of a data set that are in memory together, as its files hold them, and `LABEL_BYTES` a label; and all that
are too large for that (`spilled.py`)."""
LABEL_BYTES = 32
"""What a label takes, as a 64-bit number and while it is sorted and counted."""
PEAK = 2
"""Loading holds at most so many times what was asked for: the pictures as they are read, and as they are given."""
MOST_TIMES, NEVER_REFUSED = 100, 256 << 20
"""A packed file may unpack to so many times its size, or to so many bytes if that is more: pictures do not pack better,
MNIST's to a fifth."""
MOST_ENTRIES = 1_000_000
"""Files and folders in a data set's folder."""
CUT_SHORT = ("unexpected end", "ended before")
"""What readers of tar and gzip say of a file that was cut short."""
MOST_CLASSES = 10_000
LARGEST_SIDE = 4096
"""Height and width of a picture, in pixels."""
CHUNK = 1 << 20
"""So much is unpacked, and converted, at a time."""


class Room:
    """What is left of `MOST_BYTES`, and of `MOST_ON_DISK`, for one data set."""

    def __init__(self) -> None:
        self.left, self.on_disk = MOST_BYTES, MOST_ON_DISK

    def take(self, size: int, what: object) -> None:
        """Ask for `size` bytes, before they are read.

        Raises:
            InputError: there is no room for them.
        """
        if size > self.left:
            raise InputError(
                f"{what} takes {_gib(size + MOST_BYTES - self.left)} of memory, more than {_gib(MOST_BYTES)}; "
                "use fewer or smaller images"
            )
        self.left -= size

    def unpack(self, size: int, packed: int, what: object) -> None:
        """Ask for `size` bytes that a file of `packed` bytes claims to hold.

        Raises:
            InputError: no pictures pack so well, or there is no room for them.
        """
        _expect_pictures(size, packed, what)
        self.take(size, what)

    def spill(self, size: int, packed: int, what: object) -> None:
        """Ask for `size` bytes on the disk, that a file of `packed` bytes claims to hold.

        Raises:
            InputError: no pictures pack so well, or there is no room for them.
        """
        _expect_pictures(size, packed, what)
        if size > self.on_disk:
            raise InputError(
                f"{what} takes {_gib(size)} of disk; {_gib(MOST_ON_DISK)} in all is what a data set may take"
            )
        self.on_disk -= size


def _expect_pictures(size: int, packed: int, what: object) -> None:
    if size > max(MOST_TIMES * packed, NEVER_REFUSED):
        raise InputError(
            f"{what} unpacks to more than {MOST_TIMES} times its size, {_gib(size)}; that is no file of pictures"
        )


def shown(name: object, longest: int = 80) -> str:
    """A name found in a file or a folder, as a line of text can hold it."""
    text = str(name)
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:longest])
    return plain + ("…" if len(text) > longest else "")


@contextlib.contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Around a library's reading of `path`: whatever it raises on damaged files is one line.

    Args:
        expected: what the file should be.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        yield
    except (InputError, Failure, MemoryError):
        raise
    except Exception as error:  # readers raise nearly anything on damaged files
        reason = shown(str(error).partition("\n")[0]) or type(error).__name__
        if any(sign in reason for sign in CUT_SHORT):
            reason = "it ends in the midst of something"
        raise InputError(f"{path} cannot be read ({reason}); {expected} was expected") from None


def _gib(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB" if size < 1 << 60 else "more than any machine has"
