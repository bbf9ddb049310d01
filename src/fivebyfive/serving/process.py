"""Starting the process that computes, and ending it.

Nothing heavy is imported here, so that it can load the model while the server still loads itself.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fivebyfive.processes import safe_context
from fivebyfive.serving.channel import Message, receive_later
from fivebyfive.serving.worker import work

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from fivebyfive.serving.answers import Answers


class Process:
    """A process that computes, and the channel to it.

    Args:
        make: loads the model there; a function of a module, or a `functools.partial` of one.
        memory_bytes: how much memory it may use beyond what the model needs.
        debug: whether unexpected errors are printed with their tracebacks.
    """

    def __init__(self, make: Callable[[], "Answers"], memory_bytes: int, debug: bool = False) -> None:
        self.channel, other = socket.socketpair()
        self.channel.setblocking(False)
        self._process: SpawnProcess = safe_context().Process(
            target=work, args=(other, make, memory_bytes, debug), name="compute", daemon=True
        )
        with other, undisturbed():
            self._process.start()

    async def first(self) -> Message:
        """What it says when it has loaded the model."""
        try:
            return await receive_later(self.channel)
        except asyncio.CancelledError:
            self.end()
            raise

    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return self._process.is_alive()

    def end(self) -> None:
        """Whoever waits at the channel is told by its end."""
        self._process.kill()

    def forget(self, answered: "asyncio.Future[Message]") -> None:
        """The answer of a process that was ended is of no use."""
        unheard(answered)
        self.channel.close()

    async def how_it_ended(self) -> str:
        """In words, to go on after "the process"."""
        self.channel.close()
        await asyncio.to_thread(self._process.join, 1)
        self.end()
        code = self._process.exitcode
        if code == -9:
            return "was killed by the system (most likely for the memory that it used)"
        return f"crashed ({signal.Signals(-code).name})" if code is not None and code < 0 else "ended"


def unheard(task: "asyncio.Future[Any]") -> None:
    """Take note of how a task ended, of which nobody need be told."""
    if not task.cancelled():
        task.exception()


@contextmanager
def undisturbed() -> Iterator[None]:
    """A process that is started here is started whole: signals that end this one come after that.

    It inherits that they do not reach it, from before its first line; it ends with this process.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
