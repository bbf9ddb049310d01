"""Real Chromium, one for all of the page's tests, and the files that it opens, with the network cut off."""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Page

from browsers import browsing
from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import html, write

from .networks import branches

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"


@dataclass
class Opened:
    """A page in the browser, and what went wrong in it."""

    page: Page
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="package")  # closed before others open their own: two at once do not go together
def browser() -> Iterator[Browser]:
    with browsing() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def conv_net() -> Trace:
    """The post's network, as shipped, on the first test image of MNIST."""
    torch.set_num_threads(1)
    return explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])


@pytest.fixture(scope="session")
def colour() -> Trace:
    """A network that is not the post's, on a picture in colour."""
    pixels = np.random.default_rng(2).random((3, 16, 16), np.float32)
    return explain(branches(), torch.from_numpy(pixels), name="<b>Branches</b>")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="session")
def conv_net_file(conv_net: Trace, folder: Path) -> Path:
    return _written(conv_net, folder / "conv_net.html")


@pytest.fixture(scope="session")
def colour_file(colour: Trace, folder: Path) -> Path:
    return _written(colour, folder / "colour.html")


def _written(trace: Trace, path: Path) -> Path:
    path.write_text(html(trace), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(browser: Browser, trace: Trace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page of the test file's own `trace`, open."""
    path = tmp_path_factory.mktemp("own") / "page.html"
    write(trace, path)
    context = browser.new_context(offline=True)
    shown = context.new_page()
    shown.goto(path.as_uri())
    shown.wait_for_selector("html[data-ready]")
    yield shown
    context.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator["Open"]:
    """Open a file offline; afterwards nothing may have gone wrong and nothing may have been asked for."""
    opener = Open(browser)
    yield opener
    for tab in opener.tabs:
        tab.page.context.close()
        assert not tab.problems
        assert all(url.startswith(("file:", "data:", "blob:")) for url in tab.requests)


class Open:
    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.tabs: list[Opened] = []

    def __call__(
        self, path: Path, fragment: str = "", width: int = 1440, height: int = 1000, dark: bool = False
    ) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", offline=True
        )
        tab = Opened(context.new_page())
        tab.page.on("console", lambda m: tab.problems.append(m.text) if m.type == "error" else None)
        tab.page.on("pageerror", lambda error: tab.problems.append(str(error)))
        tab.page.on("request", lambda request: tab.requests.append(request.url[:80]))
        tab.page.set_default_timeout(15000)
        tab.page.goto(path.as_uri() + (f"#{fragment}" if fragment else ""))
        tab.page.wait_for_selector("html[data-ready]")
        self.tabs.append(tab)
        return tab.page


SETTLED = """async () => {
    for (let n = 0; n < 4; n++) await new Promise((next) => requestAnimationFrame(next));
}"""


def resize(page: Page, width: int, height: int) -> None:
    """Another size of the window; whatever watches its own size has drawn itself again."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("width => innerWidth === width", arg=width)
    page.evaluate(SETTLED)


def keep_picture(page: Page, name: str, part: str = "body") -> None:
    """Keep a screenshot for the documentation, of a part of the page, when FIVEBYFIVE_PICTURES is set."""
    if os.environ.get("FIVEBYFIVE_PICTURES"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        taken = page.screenshot() if part == "body" else page.locator(part).screenshot()
        with Image.open(io.BytesIO(taken)) as shot:  # 256 colours are enough, and a third of the size
            shot.convert("RGB").quantize(256, kmeans=2).save(PICTURES / f"{name}.png", optimize=True)
