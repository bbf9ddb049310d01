"""The page that runs the network as a site: what may be written where, and in Chromium under a path of a web server."""

import hashlib
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from drawn import CATCH, SEVEN, caught, draw
from fivebyfive import datasets, model
from fivebyfive.errors import InputError
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import site
from fivebyfive.views.page.document import values
from fivebyfive.views.page.site import embedded
from running import NEAR, round_weights


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def quick() -> Trace:
    return explain(model.load("quick"), datasets.load("mnist").test.pixels[0])


@pytest.fixture(scope="module")
def root(quick: Trace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("www")
    quick.to_site(folder / "lessons" / "quick")
    return folder


@pytest.fixture
def address(root: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/lessons/quick/"
    server.shutdown()
    server.server_close()


def test_it_runs_under_a_path_with_a_strict_policy(browser: Browser, address: str, quick: Trace) -> None:
    context = browser.new_context()
    context.add_init_script(CATCH)
    page = context.new_page()
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    policy = page.locator("meta[http-equiv]").get_attribute("content") or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.locator("style, script:not([src])").count() == 0
    expect(page.locator("html")).to_have_attribute("data-runs", "worker")
    draw(page, SEVEN)
    expect(page.locator("[data-answer=brief-0]")).to_have_attribute("data-label", "7")
    found = caught(page)
    round_weights(quick)
    assert quick.anew is not None
    trace = quick.anew.explain(found["image"])
    last = f"output/{len(trace.steps) - 1}"
    assert abs(found[last] - values(trace).buffers[last]).max() < NEAR
    assert all(url.startswith((address, "blob:")) for url in asked)
    assert not problems
    context.close()


def test_weights_are_a_file_named_by_what_is_in_it(root: Path) -> None:
    (file,) = (root / "lessons" / "quick").glob("network-*.bin")
    assert file.stem == f"network-{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"
    assert file.stat().st_size < 500_000


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """A site of its own."""
    shutil.copytree(root / "lessons" / "quick", tmp_path / "site")
    return tmp_path / "site"


def test_a_site_is_written_again_and_nothing_old_is_left(folder: Path) -> None:
    (old,) = folder.glob("network-*.bin")
    site.expect_free(folder)
    site.write(folder, b"another network")
    (new,) = folder.glob("network-*.bin")
    assert new.name != old.name
    assert new.name in (folder / "index.html").read_text()


def test_what_is_foreign_is_never_touched(folder: Path, tmp_path: Path) -> None:
    mine, index = folder / "static" / "mine.txt", folder / "index.html"
    mine.write_text("mine")
    with pytest.raises(InputError, match=r"mine\.txt is no part of a site"):
        site.expect_free(folder)
    mine.unlink()
    site.expect_free(folder)
    outside = tmp_path / "outside.html"
    outside.write_text("outside")
    index.unlink()
    index.symlink_to(outside)
    with pytest.raises(InputError, match=r"index\.html is no part of a site"):
        site.expect_free(folder)
    with pytest.raises(InputError, match="is no folder"):
        site.expect_free(outside)
    assert outside.read_text() == "outside"


def test_what_was_cut_short_is_written_again(tmp_path: Path) -> None:
    in_the_way = tmp_path / "embed.html"
    in_the_way.mkdir()
    with pytest.raises(InputError, match="is no plain file"):
        site.write(tmp_path, b"a network")
    assert list(tmp_path.glob("network-*.bin"))
    in_the_way.rmdir()
    site.expect_free(tmp_path)
    site.write(tmp_path, b"a network")
    assert in_the_way.is_file()


def test_another_programs_list_of_files_is_none(tmp_path: Path) -> None:
    mine, listed = tmp_path / "mine.txt", tmp_path / "site.json"
    mine.write_text("mine")
    listed.write_text('{"files": ["mine.txt"]}')
    with pytest.raises(InputError, match=r"mine\.txt is no part of a site"):
        site.expect_free(tmp_path)
    mine.unlink()
    with pytest.raises(InputError, match=r"site\.json is no part of a site"):
        site.expect_free(tmp_path)


def test_a_list_that_leads_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("outside")
    listed = folder / "site.json"
    listed.write_text(listed.read_text().replace("[", '["../outside.txt", "/etc/hostname",', 1))
    site.write(folder, b"another network")
    assert outside.read_text() == "outside"


def test_how_it_is_shown_in_another_page(root: Path) -> None:
    text = (root / "lessons" / "quick" / "embed.html").read_text()
    assert embedded() in text
    assert embedded("index.html") in text
