"""Who may ask: this machine's own page, and from elsewhere whoever has the token."""

import asyncio
import socket
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fivebyfive.serving.access import Access, access, is_loopback
from fivebyfive.serving.guard import Guard
from fivebyfive.serving.limits import Limits
from fivebyfive.serving.place import place

HERE = Access()
OPEN = access("0.0.0.0", "0.0.0.0")
ADDRESS = "192.168.1.7"
"""Of this machine, to which the tests' connections are made."""


async def answered(_: Request) -> Response:
    return PlainTextResponse("answered")


def ask(allowed: Access, method: str = "GET", path: str = "/", url: str = "", **request: Any) -> httpx.Response:
    async def exchange() -> httpx.Response:
        app = Starlette(routes=[Route("/{rest:path}", answered, methods=["GET", "POST"])])
        app.add_middleware(Guard, limits=Limits(), access=allowed)

        async def at_the_address(scope: Any, receive: Any, send: Any) -> None:
            await app(scope | {"server": (ADDRESS, 8000)}, receive, send)

        base = url or ("http://127.0.0.1:8000" if allowed.token is None else f"http://{ADDRESS}:8000")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(at_the_address), base_url=base) as client:
            return await client.request(method, path, **request)

    return asyncio.run(exchange())


def bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_this_machine_by_any_of_its_names_is_answered(host: str) -> None:
    assert ask(HERE, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1.evil.example", "", "[::1", "localhost@evil.example"])
@pytest.mark.parametrize("allowed", [HERE, OPEN], ids=["this machine", "the network"])
def test_another_name_is_refused_because_it_may_be_rebound_to_this_machine(allowed: Access, host: str) -> None:
    answer = ask(allowed, headers={"Host": host} | bearer(allowed.token))
    assert answer.status_code == 400
    assert "localhost" in answer.json()["error"]


@pytest.mark.parametrize("host", [f"{ADDRESS}:8000", socket.gethostname(), "localhost:8000", "127.0.0.1"])
def test_where_the_network_is_let_in_the_machine_has_its_own_names_and_the_address_that_was_called(host: str) -> None:
    assert ask(OPEN, headers={"Host": host} | bearer(OPEN.token)).status_code == 200


def test_another_address_than_the_one_that_was_called_is_refused() -> None:
    assert ask(OPEN, headers={"Host": "192.168.1.8"} | bearer(OPEN.token)).status_code == 400


def test_a_name_that_was_given_is_answered_and_is_a_reason_to_ask_for_a_token() -> None:
    behind = access("127.0.0.1", "127.0.0.1", [place("Lab.Example.org")])
    assert behind.token is not None
    assert ask(behind, headers={"Host": "lab.example.org"} | bearer(behind.token)).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:9999", "null", "http://[", "file://"])
@pytest.mark.parametrize("allowed", [HERE, OPEN], ids=["this machine", "the network"])
def test_pages_of_other_sites_are_refused(allowed: Access, origin: str) -> None:
    answer = ask(allowed, "POST", headers={"Origin": origin} | bearer(allowed.token), content=b"picture")
    assert answer.status_code == 403
    assert "another site" in answer.json()["error"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_embeds_is_refused_and_a_link_from_there_is_followed(site: str) -> None:
    embedded = ask(HERE, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "image"})
    framed = ask(HERE, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "iframe"})
    followed = ask(HERE, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "document"})
    assert [embedded.status_code, framed.status_code, followed.status_code] == [403, 403, 200]


def test_the_servers_own_page_is_answered() -> None:
    headers = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
    assert ask(HERE, "POST", headers=headers, content=b"picture").text == "answered"


@pytest.mark.parametrize("path", ["/", "/api/network", "/static/js/main.js", "/nowhere"])
def test_without_the_token_nothing_is_answered(path: str) -> None:
    answer = ask(OPEN, path=path)
    assert answer.status_code == 401
    assert "?token=" in answer.json()["error"]
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("wrong", ["", "x", "ü", f"{OPEN.token}x", (OPEN.token or "")[:-1], "\udcff"], ids=range(6))
def test_a_wrong_token_is_refused_wherever_it_stands(wrong: str) -> None:
    in_query = ask(OPEN, params={"token": wrong.encode("utf-8", "surrogateescape")})
    in_header = ask(OPEN, headers=[("Authorization", f"Bearer {wrong}".encode("utf-8", "surrogateescape"))])
    in_cookie = ask(OPEN, headers=[("Cookie", f"fivebyfive-8000={wrong}".encode("utf-8", "surrogateescape"))])
    assert [a.status_code for a in (in_query, in_header, in_cookie)] == [401, 401, 401]
    assert not any("set-cookie" in a.headers for a in (in_query, in_header, in_cookie))


def test_the_printed_address_sets_a_cookie_that_is_enough_from_then_on() -> None:
    first = ask(OPEN, params={"token": OPEN.token})
    assert first.status_code == 200
    cookie, *attributes = first.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Strict"} <= set(attributes)
    assert ask(OPEN, path="/api/network", headers={"Cookie": cookie}).status_code == 200


def test_the_token_is_no_part_of_any_other_address() -> None:
    assert ask(OPEN, path="/api/network", params={"token": OPEN.token}).status_code == 401


def test_a_browser_without_the_token_gets_a_page_that_says_where_to_find_the_address() -> None:
    answer = ask(OPEN, headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "terminal" in answer.text
    assert str(OPEN.token) not in answer.text


def test_each_server_has_a_token_of_its_own() -> None:
    assert access("::", "::").token != access("::", "::").token


@pytest.mark.parametrize(("host", "bound"), [("localhost", "127.0.0.1"), ("127.1", "127.0.0.1"), ("::1", "::1")])
def test_this_machine_alone_needs_no_token(host: str, bound: str) -> None:
    assert access(host, bound).token is None


def test_loopback_is_told_from_the_network_by_the_address_that_is_listened_on() -> None:
    assert all(is_loopback(address) for address in ("127.0.0.1", "127.9.9.9", "::1"))
    assert not any(is_loopback(address) for address in ("0.0.0.0", "::", "192.168.1.7", "fe80::1%eth0"))
