"""What stands before the application: who may ask, how much may be sent, how long it may take.

One ASGI middleware, because the limits must hold while a body is still arriving, whoever reads it.
"""

import asyncio
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("localhost", "127.0.0.1", "::1")
BUSY = "the server is busy with other pictures; try again in a second"
RETRY = {"Retry-After": "1"}
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


@dataclass(frozen=True)
class Limits:
    """What one request may cost.

    Attributes:
        upload_bytes: the longest body.
        upload_seconds: how long a body may take to arrive.
        download_seconds: how long a piece of an answer may take to be fetched.
        inside: how many requests may be anywhere between their first byte and their answer's last.
        wait_seconds: how long a request waits for its turn to compute.
    """

    upload_bytes: int = 16 * 2**20
    upload_seconds: float = 15.0
    download_seconds: float = 20.0
    inside: int = 64
    wait_seconds: float = 10.0


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """Refuses what must not reach `app`, and marks what leaves it.

    Args:
        hosts: names that a request's Host may have, against DNS rebinding (a site that points its own name at
            127.0.0.1 to read what answers there); None: any.
    """

    def __init__(self, app: ASGIApp, limits: Limits, hosts: Iterable[str] | None = LOOPBACK) -> None:
        self.app, self.limits = app, limits
        self.hosts = None if hosts is None else frozenset(hosts)
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, guarded = Headers(scope=scope), self._outgoing(send)
        refusal = self._refusal(headers)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        self.inside += 1
        try:
            await self.app(scope, self._incoming(headers, receive), guarded)
        except Unread:
            pass  # the server underneath closes the connection
        finally:
            self.inside -= 1

    def _refusal(self, headers: Headers) -> JSONResponse | None:
        host = headers.get("host", "")
        if self.hosts is not None and _name(host) not in self.hosts:
            return refuse(
                400, f"this server answers to {' and '.join(sorted(self.hosts))} only, and the address was another"
            )
        origin = headers.get("origin")
        if origin is not None and _site(origin) != host.lower():
            return refuse(403, "the request comes from the page of another site; open this server's own page instead")
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self.limits.upload_bytes:
            return refuse(413, self._too_large())
        if self.inside >= self.limits.inside:
            return refuse(429, BUSY, RETRY)
        return None

    def _incoming(self, headers: Headers, receive: Receive) -> Receive:
        """`receive` with the limits on a body's length and on the time it takes."""
        deadline = asyncio.get_running_loop().time() + self.limits.upload_seconds
        received, complete = 0, "content-length" not in headers and "transfer-encoding" not in headers

        async def limited() -> Message:
            nonlocal received, complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408,
                    f"the upload took longer than {self.limits.upload_seconds:g} seconds; send a smaller picture",
                    {"Connection": "close"},
                ) from None
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > self.limits.upload_bytes:
                raise HTTPException(413, self._too_large())
            return message

        return limited

    def _outgoing(self, send: Send) -> Send:
        """`send` with the security headers, and with an end to waiting for a client that does not read."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            for piece in _pieces(message):
                try:
                    async with asyncio.timeout(self.limits.download_seconds):
                        await send(piece)
                except TimeoutError:
                    raise Unread from None

        return marked

    def _too_large(self) -> str:
        return f"the upload is larger than {self.limits.upload_bytes / 2**20:g} MB; send a smaller picture"


class Unread(Exception):
    """A client that does not fetch its answer."""


def refuse(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The one form in which anything is refused."""
    return JSONResponse({"error": sentence}, status, headers)


def _pieces(message: Message) -> Iterator[Message]:
    """A long body in pieces: the server underneath holds what it was given, so it is given one at a time."""
    body: bytes = message.get("body", b"")
    while len(body) > PIECE:
        yield {"type": message["type"], "body": body[:PIECE], "more_body": True}
        body = body[PIECE:]
    yield {**message, "body": body} if "body" in message else message


def _name(host: str) -> str:
    """The name in a Host header, without its port: "[::1]:8000" → "::1"."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _site(origin: str) -> str:
    """The host and port of an Origin header: "http://localhost:8000" → "localhost:8000"."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
