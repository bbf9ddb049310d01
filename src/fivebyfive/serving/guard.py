"""What stands before the application: how much may be sent, how long it may take, and what every answer carries.

One ASGI middleware, because the limits must hold while a body is still arriving, whoever reads it.
"""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fivebyfive.serving.access import Access, refuse
from fivebyfive.serving.limits import BUSY, RETRY, Limits

LOG = logging.getLogger("fivebyfive.serving")
PIECE = 256 * 1024
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(eq=False)
class _Upload:
    """A body that is arriving: when a piece of it last came, and what ends the waiting for the next."""

    heard: float
    timeout: asyncio.Timeout | None = None


class Guard:
    """Refuses what must not reach `app`, and marks what leaves it."""

    def __init__(self, app: ASGIApp, limits: Limits, access: Access) -> None:
        self.app, self.limits, self.access = app, limits, access
        self.inside = 0
        self._uploads: set[_Upload] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, guarded = Headers(scope=scope), self._outgoing(send, self.access.cookie(scope))
        refusal = self.access.refusal(scope, headers) or self._too_much(headers)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        self.inside += 1
        try:
            await self._answered(scope, receive, guarded, headers)
        finally:
            self.inside -= 1

    async def _answered(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """The application's answer; a mistake of its own is one line in the terminal and a sentence to the client."""
        upload, started = _Upload(asyncio.get_running_loop().time()), False

        async def noticed(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            within = {**scope, "root_path": self.access.root_path}
            await self.app(within, self._incoming(headers, receive, upload), noticed)
        except Exception as error:
            LOG.error("a request could not be answered", exc_info=error)
            if not started:
                sentence = "something went wrong in the server; its terminal says what"
                await refuse(500, sentence, {"Connection": "close"})(scope, receive, send)
        finally:
            self._uploads.discard(upload)

    def _too_much(self, headers: Headers) -> Response | None:
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:30]) > self.limits.upload_bytes:
            return refuse(413, self._too_large())
        if self.inside - self._dropped() >= self.limits.inside:
            return refuse(429, BUSY, RETRY)
        return None

    def _dropped(self) -> int:
        """How many uploads give their place to a new request: the one silent longest, if a place is needed."""
        if self.inside < self.limits.inside or not self._uploads:
            return 0
        now, silent = asyncio.get_running_loop().time(), min(self._uploads, key=lambda upload: upload.heard)
        if silent.timeout is None or now - silent.heard < self.limits.stalled_seconds:
            return 0
        silent.timeout.reschedule(now)
        self._uploads.discard(silent)
        return 1

    def _incoming(self, headers: Headers, receive: Receive, upload: _Upload) -> Receive:
        """`receive` with the limits on a body's length and on the time it takes."""
        loop = asyncio.get_running_loop()
        deadline = upload.heard + self.limits.upload_seconds
        received, complete = 0, "content-length" not in headers and "transfer-encoding" not in headers

        async def limited() -> Message:
            nonlocal received, complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline) as upload.timeout:
                    self._uploads.add(upload)
                    message = await receive()
            except TimeoutError:
                sentence = f"the upload stopped, or took longer than {self.limits.upload_seconds:g} seconds"
                raise HTTPException(408, f"{sentence}; send a smaller picture", {"Connection": "close"}) from None
            finally:
                upload.timeout, upload.heard = None, loop.time()
                self._uploads.discard(upload)
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > self.limits.upload_bytes:
                raise HTTPException(413, self._too_large())
            return message

        return limited

    def _outgoing(self, send: Send, cookie: str | None) -> Send:
        """`send` with the headers that every answer carries."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                if cookie is not None:
                    headers.append("Set-Cookie", cookie)
            for piece in _pieces(message):
                await send(piece)

        return marked

    def _too_large(self) -> str:
        return f"the upload is larger than {self.limits.upload_bytes / 2**20:g} MB; send a smaller picture"


def _pieces(message: Message) -> Iterator[Message]:
    """A long body in pieces: the server underneath holds what it was given, so it is given one at a time."""
    body: bytes = message.get("body", b"")
    while len(body) > PIECE:
        yield {"type": message["type"], "body": body[:PIECE], "more_body": True}
        body = body[PIECE:]
    yield {**message, "body": body} if "body" in message else message
