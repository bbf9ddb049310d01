"""Processes of one machine that work together: a word reaches the other in microseconds, and memory is there for all.

PyTorch connects processors by TCP, which threads of its own serve: a word takes a third of a millisecond, and what is
large is copied four times. Between processes of one machine there are a Unix socket and memory that both see, which
is what this file has: without a name on the disk, and gone with the last of the processes.

A word also orders memory: what was written before it was sent is seen by who has received it.
"""

import mmap
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor

WORD = 1 << 15
"""Bytes that are sent at a time: two of these fit into a socket's buffer, so whoever sends need not wait."""
AWAKE = 2e-3
"""Seconds that one who waits for a word stays awake: to be woken takes longer than most words."""


def possible() -> bool:
    """Whether the system has memory without a name, and sockets to tell of it."""
    return hasattr(os, "memfd_create") and hasattr(socket, "AF_UNIX")


class Neighbours:
    """One of several processes of a machine, connected with each of the others. All of them make the same calls.

    Args:
        rank, size: its number, and how many there are.
        gathered: gives every process's value to all, by rank.
    """

    def __init__(self, rank: int, size: int, gathered: Callable[[str], list[str]]) -> None:
        self.rank, self.size = rank, size
        folder = Path(gathered(tempfile.mkdtemp(prefix="5x5-") if rank == 0 else "")[0])  # of this user alone
        found: dict[int, socket.socket] = {}
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(str(folder / str(rank)))
            listener.listen(size)
            gathered("all listen")
            for other in range(rank):
                found[other] = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                found[other].connect(str(folder / str(other)))
                found[other].send(rank.to_bytes(4, "big"))
            while len(found) < size - 1:
                connection, _ = listener.accept()
                found[int.from_bytes(connection.recv(4), "big")] = connection
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
                connection.send(mine)
            for other, connection in self._others:
                said[other] = _received(connection)
        except (EOFError, OSError) as error:
            raise RuntimeError(f"connection closed by another process ({error})") from None
        return said

    def meet(self) -> None:
        """Go on when all are here; each then sees what the others have written before."""
        self.words(b"\0")

    def memory(self, count: int, dtype: "torch.dtype") -> "Tensor":
        """Zeros [count], the same ones for all of the processes."""
        import torch

        size = max(1, count) * dtype.itemsize
        if self.rank == 0:
            file = os.memfd_create("5x5")
            os.truncate(file, size)
            for _, connection in self._others:
                socket.send_fds(connection, [b"\0"], [file])
        else:
            _, files, _, _ = socket.recv_fds(self._others[0][1], 1, 1)
            if not files:
                raise RuntimeError("connection closed by another process (it has ended)")
            file = files[0]
        try:
            return torch.frombuffer(mmap.mmap(file, size), dtype=dtype)[:count]
        finally:
            os.close(file)
            self.meet()


def _received(connection: socket.socket) -> bytes:
    """The next word; others may work on this processor while it is not there."""
    until = time.perf_counter() + AWAKE
    word = None
    while word is None and time.perf_counter() < until:
        try:
            word = connection.recv(WORD, socket.MSG_DONTWAIT)
        except BlockingIOError:
            os.sched_yield()
    word = connection.recv(WORD) if word is None else word
    if not word:
        raise EOFError("it has ended")
    return word
