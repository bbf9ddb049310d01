"""The training's end of the pipe to the process that serves its page: it never makes the training wait.

Messages are sent by one thread and letters heard by another; while a frame is on its way no other is taken. If the
other process is lost, that is all that is lost.
"""

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable

from fivebyfive.serving.channel import Message, send

MOST = 64
"""Messages that wait to be sent; what is more is dropped."""


class Line:
    """Sends messages, and hears letters.

    Args:
        channel: to the other process.
        hear: is told every letter, in another thread.
        lost: is told, in another thread, that nobody is there any more.
    """

    def __init__(self, channel: socket.socket, hear: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._channel, self._hear, self._lost = channel, hear, lost
        self._waiting: deque[Message] = deque()
        self._changed = threading.Condition()
        self._sending = self._closed = False
        self._sender = threading.Thread(target=self._send_all, name="watch-send", daemon=True)
        self._sender.start()
        threading.Thread(target=self._hear_all, name="watch-hear", daemon=True).start()

    @property
    def is_free(self) -> bool:
        """Whether all that was given has been sent."""
        return not (self._waiting or self._sending or self._closed)

    def give(self, *messages: Message) -> None:
        """Send when the line is free, together; does not wait."""
        with self._changed:
            if not self._closed:
                self._waiting.extend(messages[: MOST - len(self._waiting)])
                self._changed.notify_all()

    def flush(self, seconds: float) -> None:
        """Wait until all is sent, so many seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not (self._waiting or self._sending), seconds)

    def close(self, seconds: float) -> None:
        """Send what waits, so many seconds at most, and hang up."""
        self.flush(seconds)
        self._hang_up()

    def _send_all(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._closed)
                    if self._closed:
                        return
                    messages, self._sending = tuple(self._waiting), True
                    self._waiting.clear()
                send(self._channel, *messages)
                with self._changed:
                    self._sending = False
                    self._changed.notify_all()
        self._hang_up()

    def _hear_all(self) -> None:
        with contextlib.suppress(OSError):
            while letter := self._channel.recv(1):
                self._hear(letter)
        self._hang_up()

    def _hang_up(self) -> None:
        with self._changed:
            already, self._closed = self._closed, True
            self._changed.notify_all()
        if not already:
            with contextlib.suppress(OSError):
                self._channel.shutdown(socket.SHUT_RDWR)  # whoever waits at it is told
            self._channel.close()
            self._lost()
