"""Real Chromium at the door: the printed address opens the page, and no other way does."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from storm import Served, served
from test_pad import ONE, Tab

from browsers import browsing

MAPPED = "--host-resolver-rules=MAP evil.test 127.0.0.1, MAP classroom.test 127.0.0.1"


@pytest.fixture(scope="module")
def here() -> Iterator[Served]:
    """A server for this machine."""
    with served() as running:
        yield running


@pytest.fixture(scope="module")
def everywhere() -> Iterator[Served]:
    """A server for the network."""
    with served("--host", "0.0.0.0", "--name", "classroom.test") as running:
        yield running


@pytest.fixture(params=["here", "everywhere"])
def server(request: pytest.FixtureRequest) -> Served:
    """Each of them."""
    running: Served = request.getfixturevalue(request.param)
    return running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser that takes evil.test and classroom.test for this machine."""
    with browsing(MAPPED) as browser:
        yield browser


@contextmanager
def another_site(html: str) -> Iterator[str]:
    """A page of another site; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://evil.test:{site.server_port}/"
        site.shutdown()


def page_of(browser: Browser) -> Page:
    return browser.new_context().new_page()


def test_the_printed_address_opens_the_page_and_a_reload_needs_the_cookie_only(
    chromium: Browser, everywhere: Served
) -> None:
    tab = Tab(chromium, f"http://classroom.test:{everywhere.port}/?token={everywhere.token}")
    assert everywhere.token not in tab.page.url
    tab.draw(ONE)
    tab.expect_answer("1")
    tab.page.goto(f"http://classroom.test:{everywhere.port}/")
    tab.page.reload()
    tab.page.wait_for_selector("html[data-ready]")
    tab.draw(ONE)
    tab.expect_answer("1")
    assert tab.page.evaluate("document.cookie") == ""
    # Without TLS there are headers that Chromium heeds on loopback only, and says so.
    assert all("Cross-Origin-Opener-Policy header has been ignored" in complaint for complaint in tab.complaints)
    tab.page.context.close()
    assert everywhere.token not in everywhere.complaints.read_text()


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong"])
def test_without_the_token_the_page_says_where_its_address_is(
    chromium: Browser, everywhere: Served, query: str
) -> None:
    page = page_of(chromium)
    answer = page.goto(f"http://127.0.0.1:{everywhere.port}/{query}")
    assert answer is not None
    assert answer.status == 401
    expect(page.locator("h1")).to_have_text("fivebyfive asks for a token")
    assert page.locator("body").evaluate("body => getComputedStyle(body).maxWidth") != "none"
    page.context.close()


def test_a_name_that_another_site_points_here_is_refused_with_and_without_the_token(
    chromium: Browser, server: Served
) -> None:
    page = page_of(chromium)
    for query in ("", f"?token={server.token}"):
        answer = page.goto(f"http://evil.test:{server.port}/{query}")
        assert answer is not None
        assert answer.status == 400
    page.context.close()


ATTEMPTS = """async (target) => {
    const ended = (promise) => promise.then((value) => value, (error) => error.name);
    const loaded = (tag, path) => new Promise((resolve) => {
        const onload = () => resolve("loaded");
        const onerror = () => resolve("refused");
        document.body.append(Object.assign(document.createElement(tag), { onload, onerror, src: target + path }));
    });
    return [
        await ended(fetch(`${target}api/network`).then((r) => r.status)),
        await ended(fetch(`${target}api/explain`, { method: "POST", body: "7" }).then((r) => r.status)),
        await ended(fetch(`${target}api/network`, { credentials: "include" }).then((r) => r.status)),
        await loaded("img", "favicon.ico"),
        await loaded("script", "static/js/draw/format.js"),
        await loaded("iframe", ""),
    ];
}"""


def test_the_page_of_another_site_gets_nothing_even_where_the_browser_has_the_cookie(
    chromium: Browser, server: Served
) -> None:
    with another_site("<!doctype html><body>") as site:
        page = page_of(chromium)
        target = f"http://127.0.0.1:{server.port}/"
        page.goto(f"{target}?token={server.token}")
        page.wait_for_selector("html[data-ready]")
        statuses: list[int] = []
        page.goto(site)
        page.on("response", lambda response: statuses.append(response.status))
        assert page.evaluate(ATTEMPTS, target) == [
            "TypeError",
            "TypeError",
            "TypeError",
            "refused",
            "refused",
            "loaded",
        ]
        assert all(status >= 400 for status in statuses)
        # A frame says that it is loaded when it shows the browser's own page of refusal.
        assert not any(frame.url.startswith(target) for frame in page.frames)
        page.context.close()
