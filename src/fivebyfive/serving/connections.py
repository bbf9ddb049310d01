"""The open connections: no more than there are files for, and none that waits for ever.

uvicorn sees to what a request costs once its head is there. What comes before and after is seen to here: a head that
does not arrive, an answer that is not fetched, and connections without number. A client whose turn it is, and that has
been silent longest, makes room for a new one.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from fivebyfive.serving.limits import Limits

RESERVED_FILES = 24
"""Of this process's own: the listener, the loop, the process that computes and the one that takes its place."""
FEWEST = 4
WATCH_SECONDS = 0.5


class Connections:
    """All that are open."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.most = min(limits.connections, max(FEWEST, _files() - RESERVED_FILES))
        self._open: dict[Connection, None] = {}

    def admit(self, connection: "Connection") -> None:
        """Take a new one in, if need be in the place of another, which is closed; or close the new one."""
        self._open[connection] = None
        if len(self._open) > self.most:
            idle = [c for c in self._open if c.is_awaited and c is not connection]
            min(idle, key=lambda c: c.heard, default=connection).abort()

    def leave(self, connection: "Connection") -> None:
        """It is closed."""
        self._open.pop(connection, None)

    async def watch(self) -> None:
        """Close those whose time is up, until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for connection in list(self._open):
                connection.check(self.limits)

    def abort(self) -> None:
        """Close all of them."""
        for connection in list(self._open):
            connection.abort()


class Connection(H11Protocol):
    """One connection, with its deadlines.

    Attributes:
        heard: when the client last sent or fetched anything.
        head_since: since when a head is waited for; None between two requests, when uvicorn counts.
    """

    def __init__(self, connections: Connections, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._connections = connections
        self.heard = self.loop.time()
        self.head_since: float | None = self.heard
        self._unsent = 0

    @property
    def is_awaited(self) -> bool:
        """Whether it is the client's turn: its request has not come whole, or it has an answer to fetch."""
        waits = self.cycle is None or self.cycle.response_complete or self.cycle.more_body
        return waits or self.transport.get_write_buffer_size() > 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._connections.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.heard = self.loop.time()
        if self.head_since is None and self.cycle is not None and self.cycle.response_complete:
            self.head_since = self.heard
        super().data_received(data)

    def on_response_complete(self) -> None:
        self.head_since = None
        super().on_response_complete()

    def check(self, limits: Limits) -> None:
        """Close it where its client has let too much time go by."""
        now, unsent = self.loop.time(), self.transport.get_write_buffer_size()
        if unsent < self._unsent:
            self.heard = now
        self._unsent = unsent
        waits_for_head = self.cycle is None or self.cycle.response_complete
        late = waits_for_head and self.head_since is not None and now - self.head_since > limits.head_seconds
        stuck = unsent > 0 and now - self.heard > limits.download_seconds
        if late or stuck:
            self.abort()

    def abort(self) -> None:
        """Close it without a word."""
        self._connections.leave(self)
        self.transport.abort()


def _files() -> int:
    """How many files this process may have open."""
    try:
        import resource
    except ImportError:  # Windows, where it is sockets that are counted, and there are enough
        return 2**16
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 2**16 if soft == resource.RLIM_INFINITY else soft
