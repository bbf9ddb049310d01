"""Many files, read by several processes that were started together: each its blocks of them, the first gives all.

A block begins at a place that does not depend on how many processes there are, so that answers do not either.
"""

from collections.abc import Iterator
from typing import Protocol, TypeVar

from fivebyfive.group import current

BLOCK = 64
"""Files that a process reads between two times that all of them hand over what they have read."""


class Placed(Protocol):
    """What was read of a file."""

    @property
    def place(self) -> int:
        """Which of the files it is, from 0."""


T = TypeVar("T", bound=Placed)


def is_mine(place: int) -> bool:
    """Whether this process reads the file at `place`."""
    group = current()
    return place // BLOCK % group.size == group.rank


def in_turn(mine: Iterator[T], first: int) -> Iterator[T]:
    """All that the processes have read, in order, in the first of them; in all others nothing.

    Args:
        mine: what this process reads, in order.
        first: the place of the first file that is read.
    """
    group = current()
    if group.alone:
        yield from mine
        return
    block = first // BLOCK // group.size * group.size + group.rank
    read, ended = next(mine, None), False
    while not ended:
        found = []
        while read is not None and read.place // BLOCK <= block:
            found.append(read)
            read = next(mine, None)
        everything = group.gathered((found, read is None))
        if group.first:
            for part, _ in everything:
                yield from part
        ended = all(done for _, done in everything)
        block += group.size
