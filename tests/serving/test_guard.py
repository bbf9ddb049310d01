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

from fivebyfive.serving.guard import LOOPBACK, Guard, Limits, is_loopback

SMALL = Limits(upload_bytes=1000, upload_seconds=0.05, download_seconds=0.05, inside=2, wait_seconds=0.05)


async def measure(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def guarded(limits: Limits = SMALL, hosts: tuple[str, ...] | None = LOOPBACK) -> Starlette:
    app = Starlette(routes=[Route("/", measure, methods=["GET", "POST"])])
    app.add_middleware(Guard, limits=limits, hosts=hosts)
    return app


def ask(app: Starlette, method: str = "GET", **request: Any) -> httpx.Response:
    async def exchange() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
            return await client.request(method, "/", **request)

    return asyncio.run(exchange())


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_this_machine_by_any_of_its_names_is_answered(host: str) -> None:
    assert ask(guarded(), headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1.evil.example", "", "[::1", "localhost@evil.example"])
def test_another_name_is_refused_because_it_may_be_rebound_to_this_machine(host: str) -> None:
    answer = ask(guarded(), headers={"Host": host})
    assert answer.status_code == 400
    assert "localhost" in answer.json()["error"]


def test_any_name_is_answered_where_the_whole_network_is_let_in() -> None:
    assert ask(guarded(hosts=None), headers={"Host": "classroom.local"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:9999", "null", "http://[", "file://"])
def test_pages_of_other_sites_are_refused(origin: str) -> None:
    answer = ask(guarded(), "POST", headers={"Origin": origin}, content=b"picture")
    assert answer.status_code == 403
    assert "another site" in answer.json()["error"]


def test_the_servers_own_page_is_answered() -> None:
    assert ask(guarded(), "POST", headers={"Origin": "http://127.0.0.1:8000"}, content=b"picture").text == "7"


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


def test_a_client_that_does_not_fetch_its_answer_gives_its_place_back() -> None:
    async def answering(*_: Any) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def stuck(_: Message) -> None:
        await asyncio.Event().wait()

    async def exchange() -> int:
        guard = Guard(Starlette(routes=[Route("/", measure)]), SMALL)
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        await guard(scope, answering, stuck)
        return guard.inside

    assert asyncio.run(exchange()) == 0


def test_more_requests_than_there_are_places_are_told_to_come_back() -> None:
    async def exchange() -> list[httpx.Response]:
        release, entered = asyncio.Event(), asyncio.Semaphore(0)

        async def wait(_: Request) -> Response:
            entered.release()
            await release.wait()
            return PlainTextResponse("done")

        app = Starlette(routes=[Route("/", wait)])
        app.add_middleware(Guard, limits=SMALL)
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
        await Guard(Response(content), SMALL)(scope, asyncio.Queue[Message]().get, keep)
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


def test_loopback_is_told_from_the_network() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.168.1.7", "example.org"))
