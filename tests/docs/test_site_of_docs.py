"""The documentation becomes a site without a warning, whose links hold and which everybody can read."""

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from browsers import AXE, browsing
from making import links

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built by the command; a warning or a broken link would have ended it."""
    out = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, str(DOCS / "build.py"), "--without-lessons", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    return out


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where a server of files shows it."""
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_every_page_is_on_it(site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert {page for page in pages if not (site / page).is_file()} == set()


def test_a_link_that_leads_nowhere_is_found(site: Path) -> None:
    assert links.broken(site) == []
    (site / "more.html").write_text('<a href="index.html#nothing">a</a><a href="gone.html">b</a><img src="no.png">')
    found = links.broken(site)
    (site / "more.html").unlink()
    assert found == ["more.html: gone.html", "more.html: index.html#nothing", "more.html: no.png"]


def test_pages_fit_a_phone_ask_nobody_else_and_are_within_reach_of_keys_and_readers(address: str) -> None:
    with browsing() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name in ("index", "reference/python", "peers"):
            page.goto(f"{address}/{name}.html")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.add_script_tag(path=str(AXE))
            found = page.evaluate("axe.run(document, {iframes: false}).then((r) => r.violations)")
            assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == [], name
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
