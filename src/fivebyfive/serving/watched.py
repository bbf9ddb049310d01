"""``5x5 train --watch``, on the side of the page: a small server that passes on what the training says of itself.

It is a process of its own, and all that it can tell the training is one letter of `gate.WORDS`. Its HTTP API:

    GET  /                      the page (text/html).
    GET  /static/{name}         its modules and styles.
    GET  /api/training          all that the training has said and says, until it ends: one message after another, each
                                four bytes of length, little-endian, and an envelope (views/page/film.py).
    POST /api/training/{word}   pause, step, go or slow.

Who may ask is told by `access`: the token in the printed address, and no other site's page.
"""

import asyncio
import contextlib
import os
import signal
import socket
import struct
import threading
from collections.abc import AsyncIterator
from multiprocessing import parent_process

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.exceptions import HTTPException

from fivebyfive.serving.access import Access
from fivebyfive.serving.app import speak_in_sentences
from fivebyfive.serving.channel import receive_later
from fivebyfive.serving.complaints import speak_in_lines
from fivebyfive.serving.connections import Connections
from fivebyfive.serving.gate import WORDS
from fivebyfive.serving.guard import Guard
from fivebyfive.serving.limits import BUSY, RETRY, Limits
from fivebyfive.serving.server import Server
from fivebyfive.views import page

KEPT = 48 * 2**20
"""Bytes of frames that are kept for a page that comes later; beyond it, every second one goes."""
BEHIND = 4
"""Frames that a page may be behind; one that is slower misses some."""
PAGES = 16
MESSAGE = struct.Struct("<I")


class Feed:
    """All that the training has said, and whoever waits for more."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._about: list[bytes] = []
        self._frames: list[tuple[int, bytes]] = []
        self._said: list[tuple[int, bytes]] = []
        self._count, self._ended = 0, False
        self._changed = asyncio.Condition()
        self._pages = 0

    async def listen(self) -> None:
        """Take what the training says, until it hangs up."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                fields, body = await receive_later(self._channel)
                self._take(fields["kind"], MESSAGE.pack(len(body)) + body)
                async with self._changed:
                    self._changed.notify_all()
        async with self._changed:
            self._ended = True
            self._changed.notify_all()

    def ask(self, word: str) -> None:
        """Pass a letter on to the training."""
        with contextlib.suppress(OSError):
            self._channel.send(WORDS[word])

    async def follow(self) -> AsyncIterator[bytes]:
        """What was said so far, and then what is said, for one page."""
        if self._pages >= PAGES:
            raise HTTPException(429, BUSY, RETRY)
        self._pages += 1
        try:
            self.ask("here")
            seen = 0
            while True:
                news, seen = self._since(seen)
                if news:
                    yield b"".join(news)  # as one piece: each would wake the browser
                if not await self._is_more(seen):
                    return
        finally:
            self._pages -= 1

    async def _is_more(self, seen: int) -> bool:
        """Wait for more than the first `seen` messages; false where there will be none."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._count > seen or self._ended)
            return self._count > seen

    def _take(self, kind: str, message: bytes) -> None:
        if kind == "about":
            self._about.append(message)
            return
        self._count += 1
        held = self._frames if kind == "frame" else self._said
        held.append((self._count, message))
        if kind == "frame" and sum(len(m) for _, m in held) > KEPT:
            del held[1:-1:2]

    def _since(self, seen: int) -> tuple[list[bytes], int]:
        """What is new since message number `seen`; of frames, for a page that is too far behind, the last ones."""
        frames = [(number, message) for number, message in self._frames if number > seen]
        said = [(number, message) for number, message in self._said if number > seen]
        if seen:
            frames = frames[-BEHIND:]
        news = [message for _, message in sorted(frames + said)]
        return (news if seen else [*self._about, *news]), self._count


def create_app(feed: Feed, allowed: Access, limits: Limits) -> FastAPI:
    """The application that serves the page of one training."""
    app = FastAPI(title="fivebyfive", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, limits=limits, access=allowed)
    speak_in_sentences(app)

    @app.get("/", response_class=HTMLResponse)
    async def start() -> str:
        return page.watching()

    @app.get("/favicon.ico")
    async def icon() -> Response:
        return Response(status_code=204)

    @app.get("/static/{name:path}")
    async def static(name: str) -> Response:
        found = page.resource(name)
        if found is None:
            raise HTTPException(404)
        return Response(found[0], media_type=found[1], headers={"Cache-Control": "no-cache"})

    @app.get("/api/training")
    async def training() -> Response:
        return StreamingResponse(feed.follow(), media_type="application/octet-stream")

    @app.post("/api/training/{word}")
    async def hold(word: str) -> Response:
        if word not in WORDS or word == "here":
            raise HTTPException(404)
        feed.ask(word)
        return Response(status_code=204)

    return app


def serve(channel: socket.socket, listener: socket.socket, allowed: Access) -> None:
    """Serve the page until the training hangs up."""
    threading.Thread(target=_end_with_the_training, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the training decides what Ctrl-C ends
    speak_in_lines(debug=False)
    channel.setblocking(False)
    asyncio.run(_serve(channel, listener, allowed))


async def _serve(channel: socket.socket, listener: socket.socket, allowed: Access) -> None:
    feed, limits = Feed(channel), Limits()
    server = Server(create_app(feed, allowed, limits), Connections(limits))

    async def end() -> None:
        await feed.listen()
        server.should_exit = True

    ending = asyncio.create_task(end())
    await server.serve([listener])
    ending.cancel()


def _end_with_the_training() -> None:
    training = parent_process()
    assert training is not None
    training.join()
    os._exit(1)
