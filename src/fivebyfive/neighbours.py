"""Processes of one machine that work together: a word reaches the other in microseconds, and memory is there for all.

PyTorch connects processors by TCP, which threads of its own serve: a word takes a third of a millisecond, and what is
large is copied four times. Between processes of one machine there are a Unix socket and memory that both see, which
is what this file has: without a name on the disk, and gone with the last of the processes.

A word also orders memory: what was written before it was sent is seen by who has received it.
"""

import mmap
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import torch
    from torch import Tensor

WORD = 1 << 15
"""Bytes that are sent at a time: two of these fit into a socket's buffer, so whoever sends need not wait."""


def possible() -> bool:
    """Whether the system has memory without a name."""
    return hasattr(os, "memfd_create")


class Neighbours:
    """One of several processes of a machine, connected with each of the others. All of them make the same calls.

    Args:
        rank, size: its number, and how many there are.
        gathered: gives every process's value to all, by rank.
    """

    def __init__(self, rank: int, size: int, gathered: Callable[[str], list[str]]) -> None:
        from multiprocessing.connection import Client, Listener

        self.rank, self.size = rank, size
        folder = Path(gathered(tempfile.mkdtemp(prefix="5x5-") if rank == 0 else "")[0])  # of this user alone
        with Listener(str(folder / str(rank)), "AF_UNIX", backlog=size) as listener:
            gathered("all listen")
            found: dict[int, Connection] = {}
            for other in range(rank):
                found[other] = Client(str(folder / str(other)), "AF_UNIX")
                found[other].send_bytes(rank.to_bytes(4, "big"))
            while len(found) < size - 1:
                connection = listener.accept()
                found[int.from_bytes(connection.recv_bytes(4), "big")] = connection
        self._others = [(other, found[other]) for other in sorted(found)]
        self.meet()
        if rank == 0:
            shutil.rmtree(folder, ignore_errors=True)

    def words(self, mine: bytes) -> list[bytes]:
        """Every process's word, by rank; all are of one length.

        Raises:
            RuntimeError: a process is gone.
        """
        pieces = [self._exchanged(mine[n : n + WORD]) for n in range(0, len(mine), WORD)]
        return [b"".join(said) for said in zip(*pieces, strict=True)]

    def _exchanged(self, mine: bytes) -> list[bytes]:
        said = [mine] * self.size
        try:
            for _, connection in self._others:
                connection.send_bytes(mine)
            for other, connection in self._others:
                said[other] = connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise RuntimeError(f"connection closed by another process ({error})") from None
        return said

    def meet(self) -> None:
        """Go on when all are here; each then sees what the others have written before."""
        self.words(b"\0")

    def memory(self, count: int, dtype: "torch.dtype") -> "Tensor":
        """Zeros [count], the same ones for all of the processes."""
        from multiprocessing.reduction import recv_handle, send_handle

        import torch

        size = max(1, count) * dtype.itemsize
        if self.rank == 0:
            file = os.memfd_create("5x5")
            os.truncate(file, size)
            for _, connection in self._others:
                send_handle(connection, file, None)
        else:
            file = recv_handle(self._others[0][1])
        try:
            return torch.frombuffer(mmap.mmap(file, size), dtype=dtype)[:count]
        finally:
            os.close(file)
            self.meet()
