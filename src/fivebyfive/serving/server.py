"""The process: uvicorn on a socket that listens already, until Ctrl-C."""

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from functools import partial

import uvicorn

from fivebyfive.serving.access import Access
from fivebyfive.serving.app import create_app
from fivebyfive.serving.complaints import speak_in_lines
from fivebyfive.serving.computer import Computer
from fivebyfive.serving.computers import Computers
from fivebyfive.serving.connections import Connection, Connections
from fivebyfive.serving.limits import Limits
from fivebyfive.serving.process import Process

GRACE_SECONDS = 0.5
"""How long answers under way may go on after Ctrl-C."""
WAITING = 512
"""How many connections may wait to be accepted."""
ACCEPTED_AT_ONCE = 2
"""Few, so that their number is known before more files are opened than there may be."""


def run(
    begin: Callable[[], Process],
    first: Sequence[Process],
    limits: Limits,
    listener: socket.socket,
    access: Access,
    ready: Callable[[str], None],
    debug: bool,
) -> None:
    """Serve on `listener` until Ctrl-C, when answers under way are still given.

    Args:
        begin: starts a process that computes; `first`: those that are started already, as many as there are to be.
        ready: is told what the model is, when it is loaded and Ctrl-C has got its meaning.
        debug: whether unexpected errors are printed with their tracebacks.

    Raises:
        InputError, Failure: there is no such model, or it cannot explain any picture.
    """
    speak_in_lines(debug)
    computers = Computers([Computer(begin, limits, each) for each in first], limits)
    asyncio.run(_serve(computers, limits, listener, access, ready))


async def _serve(
    computers: Computers, limits: Limits, listener: socket.socket, access: Access, ready: Callable[[str], None]
) -> None:
    try:
        await computers.start()
        server = Server(create_app(computers, limits, access), Connections(limits), computers)
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, server.handle_exit)
        ready(computers.about)
        await server.serve([listener])
    finally:
        computers.close()


class Server(uvicorn.Server):
    """uvicorn with bounded connections, which ends in time."""

    def __init__(self, app: object, connections: Connections, computers: Computers | None = None) -> None:
        limits = connections.limits
        super().__init__(
            uvicorn.Config(
                app,  # type: ignore[arg-type]
                http=partial(Connection, connections),  # type: ignore[arg-type]
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=ACCEPTED_AT_ONCE,
                timeout_keep_alive=limits.idle_seconds,
                timeout_graceful_shutdown=1,
            )
        )
        self._connections_held, self._computers = connections, computers

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._watching = asyncio.create_task(self._connections_held.watch())
        for listener in sockets or []:
            listener.listen(WAITING)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        if self._computers is not None:
            self._computers.close()
        self._connections_held.abort()
