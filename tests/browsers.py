"""Debian's Chromium, driven by Playwright: without it there is nothing to test."""

import os
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


def launched(playwright: Playwright, *more: str) -> Browser:
    """A browser, with further flags."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        pytest.skip(f"there is no browser at {path}; CHROMIUM names another")
    return playwright.chromium.launch(executable_path=path, args=[*FLAGS, *more])


@contextmanager
def browsing(*more: str) -> Iterator[Browser]:
    """A browser that is closed at the end."""
    with sync_playwright() as playwright:
        browser = launched(playwright, *more)
        yield browser
        browser.close()
