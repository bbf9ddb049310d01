"""Debian's Chromium, driven by Playwright: without it there is nothing to test.

The headless shell, where it is, is the same engine without the windows: a page takes half of the processor's time.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = [
    pytest.param(1440, False, id="desk-light"),
    pytest.param(390, True, id="phone-dark"),
    pytest.param(1440, True, id="desk-dark", marks=pytest.mark.exhaustive),
    pytest.param(390, False, id="phone-light", marks=pytest.mark.exhaustive),
]
"""Widths of a screen in pixels, and whether it is dark."""


def launched(playwright: Playwright, *more: str) -> Browser:
    """A browser, with further flags."""
    found = [os.environ.get("CHROMIUM"), shutil.which("chromium-headless-shell"), shutil.which("chromium")]
    path = next(filter(None, found), None)
    if path is None:
        pytest.skip("there is no Chromium; CHROMIUM may name one")
    return playwright.chromium.launch(executable_path=path, args=[*FLAGS, *more])


@contextmanager
def browsing(*more: str) -> Iterator[Browser]:
    """A browser that is closed at the end."""
    with sync_playwright() as playwright:
        browser = launched(playwright, *more)
        yield browser
        browser.close()
