"""Behind a proxy: under a path, by a public name, whether or not the proxy passes the one or the other on."""

import http.client
import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from playwright.sync_api import Browser
from storm import Served, served
from test_pad import ONE, Tab

from browsers import browsing

NAME, ROOT = "classroom.test", "/lesson"


@contextmanager
def proxy(target: int, passes_on: bool) -> Iterator[int]:
    """A reverse proxy of everything under `ROOT`, and its port.

    Args:
        passes_on: the path and the Host as they come; else the path without `ROOT`, and the server's own address.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def passed(self) -> None:
            path = self.path if passes_on else self.path.removeprefix(ROOT)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            if not passes_on:
                headers["Host"] = f"127.0.0.1:{target}"
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            there = http.client.HTTPConnection("127.0.0.1", target)
            there.request(self.command, path, body, headers)
            answer = there.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            there.close()

        do_GET = do_POST = passed

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_port
        running.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser that takes the public name for this machine."""
    with browsing(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module")
def behind() -> Iterator[tuple[Served, int, dict[bool, int]]]:
    """A server of two processes that compute, its port, and the ports of a proxy of each way."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with ExitStack() as kept:
        ports = {passes_on: kept.enter_context(proxy(port, passes_on)) for passes_on in (False, True)}
        names = [part for proxy_port in ports.values() for part in ("--name", f"{NAME}:{proxy_port}")]
        options = ("--port", str(port), "--root-path", ROOT, "--workers", "2", *names)
        yield kept.enter_context(served(*options)), port, ports


@pytest.mark.parametrize("passes_on", [False, True], ids=["another path and host", "the path and host as they come"])
def test_the_page_lives_behind_a_proxy(
    chromium: Browser, behind: tuple[Served, int, dict[bool, int]], passes_on: bool
) -> None:
    server, _, ports = behind
    page = f"http://{NAME}:{ports[passes_on]}{ROOT}/"
    tab = Tab(chromium, f"{page}?token={server.token}")
    tab.draw(ONE)
    tab.expect_answer("1")
    tab.page.reload()  # by the cookie, which has the path
    tab.page.wait_for_selector("html[data-ready]")
    (cookie,) = tab.page.context.cookies()
    assert (cookie["path"], cookie["httpOnly"], cookie["sameSite"]) == (f"{ROOT}/", True, "Strict")
    tab.page.context.close()


def test_the_printed_address_is_the_proxys(behind: tuple[Served, int, dict[bool, int]]) -> None:
    server, _, ports = behind
    assert server.url == f"http://{NAME}:{ports[False]}"


@pytest.mark.parametrize("passes_on", [False, True])
def test_a_page_of_another_site_gets_nothing_through_it(
    behind: tuple[Served, int, dict[bool, int]], passes_on: bool
) -> None:
    """A port of the same name is another site too; what a proxy says of itself is not heeded."""
    server, _, ports = behind
    address = f"http://127.0.0.1:{ports[passes_on]}{ROOT}/api/network"
    known = {"Authorization": f"Bearer {server.token}", "Host": f"{NAME}:{ports[passes_on]}"}
    own = httpx.get(address, headers=known | {"Origin": f"http://{NAME}:{ports[passes_on]}"})
    assert own.status_code == 200
    for origin in ("http://evil.test", f"http://{NAME}:1", f"http://{NAME}"):
        assert httpx.get(address, headers=known | {"Origin": origin}).status_code == 403
    assert httpx.get(address, headers={"Host": known["Host"]}).status_code == 401


def test_a_foreign_name_is_refused_whatever_the_proxys_headers_say(
    behind: tuple[Served, int, dict[bool, int]],
) -> None:
    server, port, _ = behind
    forged = {"X-Forwarded-Host": NAME, "Forwarded": f"host={NAME}", "Authorization": f"Bearer {server.token}"}
    refused = httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": "evil.test", **forged})
    assert refused.status_code == 400
    assert "--name" in refused.json()["error"]


def test_the_path_without_its_end_leads_to_the_page(behind: tuple[Served, int, dict[bool, int]]) -> None:
    server, port, _ = behind
    led = httpx.get(f"http://127.0.0.1:{port}{ROOT}?token={server.token}", follow_redirects=True)
    assert led.status_code == 200
    assert led.url.path == f"{ROOT}/"


def test_its_health_needs_no_token_and_tells_nothing(behind: tuple[Served, int, dict[bool, int]]) -> None:
    _, port, ports = behind
    for address in (f"{port}", f"{port}{ROOT}", f"{ports[False]}{ROOT}", f"{ports[True]}{ROOT}"):
        healthy = httpx.get(f"http://127.0.0.1:{address}/health", headers={"Host": NAME})
        assert (healthy.status_code, healthy.json()) == (200, {"status": "ok"})
    assert httpx.get(f"http://127.0.0.1:{port}/health/x", headers={"Host": NAME}).status_code == 401
