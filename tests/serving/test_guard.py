"""The guard lets in whoever may ask, stops what is too much, and marks every answer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from fivebyfive.serving.access import Access
from fivebyfive.serving.guard import Guard
from fivebyfive.serving.limits import Limits

SMALL = Limits(upload_bytes=1000, upload_seconds=0.05, inside=2, wait_seconds=0.05)


async def measure(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def guarded(limits: Limits = SMALL) -> Starlette:
    app = Starlette(routes=[Route("/", measure, methods=["GET", "POST"])])
    app.add_middleware(Guard, limits=limits, access=Access())
    return app


def ask(app: Starlette, method: str = "GET", **request: Any) -> httpx.Response:
    async def exchange() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
            return await client.request(method, "/", **request)

    return asyncio.run(exchange())


def test_a_body_up_to_the_limit_arrives_and_a_longer_one_is_refused_before_it_is_read() -> None:
    assert ask(guarded(), "POST", content=b"x" * 1000).text == "1000"
    assert ask(guarded(), "POST", content=b"x" * 1001).status_code == 413
    assert ask(guarded(), "POST", headers={"Content-Length": "9" * 30}).status_code == 413


def test_a_body_that_does_not_say_its_length_is_stopped_at_the_limit() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 300
            yield b"x" * 300

    answer = ask(guarded(), "POST", content=endless())
    assert answer.status_code == 413
    assert sent == 1200


def test_an_upload_that_stalls_is_ended_with_a_sentence() -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    answer = ask(guarded(), "POST", content=stalling())
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"


def test_a_stalled_upload_gives_its_place_to_a_new_request() -> None:
    limits = Limits(inside=1, stalled_seconds=0.0)

    async def exchange() -> tuple[httpx.Response, httpx.Response]:
        stalls = asyncio.Event()

        async def stalling() -> AsyncIterator[bytes]:
            yield b"x"
            stalls.set()
            await asyncio.Event().wait()

        transport = httpx.ASGITransport(guarded(limits))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            stalled = asyncio.create_task(client.post("/", content=stalling()))
            await stalls.wait()
            return await client.get("/"), await stalled

    new, stalled = asyncio.run(exchange())
    assert new.status_code == 200
    assert stalled.status_code == 408


def test_a_mistake_of_the_applications_own_is_500_in_a_sentence_and_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(_: Request) -> Response:
        raise ZeroDivisionError("secret")

    app = Starlette(routes=[Route("/", fails)])
    app.add_middleware(Guard, limits=SMALL, access=Access())
    answer = ask(app)
    assert (answer.status_code, answer.headers["connection"]) == (500, "close")
    assert "secret" not in answer.json()["error"]
    assert [record.getMessage() for record in caplog.records] == ["a request could not be answered"]


def test_more_requests_than_there_are_places_are_told_to_come_back() -> None:
    async def exchange() -> list[httpx.Response]:
        release, entered = asyncio.Event(), asyncio.Semaphore(0)

        async def wait(_: Request) -> Response:
            entered.release()
            await release.wait()
            return PlainTextResponse("done")

        app = Starlette(routes=[Route("/", wait)])
        app.add_middleware(Guard, limits=SMALL, access=Access())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            inside = [asyncio.create_task(client.get("/")) for _ in range(2)]
            for _ in inside:
                await entered.acquire()
            refused = await client.get("/")
            release.set()
            answers = [refused, *await asyncio.gather(*inside)]
            return [*answers, await client.get("/")]

    refused, *answered = asyncio.run(exchange())
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert [a.status_code for a in answered] == [200, 200, 200]


def test_a_long_answer_is_sent_whole_in_pieces() -> None:
    content = bytes(range(256)) * 5000

    async def exchange() -> tuple[list[Message], bytes]:
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        await Guard(Response(content), SMALL, Access())(scope, asyncio.Queue[Message]().get, keep)
        return sent, b"".join(m.get("body", b"") for m in sent)

    sent, received = asyncio.run(exchange())
    assert received == content
    assert [m.get("more_body", False) for m in sent[1:]] == [True] * (len(sent) - 2) + [False]
    assert max(len(m.get("body", b"")) for m in sent) < len(content) / 4


@pytest.mark.parametrize("request_", [{}, {"headers": {"Host": "evil.example"}}])
def test_every_answer_carries_the_strict_headers(request_: dict[str, Any]) -> None:
    headers = ask(guarded(), **request_).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert not [name for name in headers if name.startswith("access-control") or name == "set-cookie"]
