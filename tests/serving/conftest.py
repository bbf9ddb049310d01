"""A server that really runs, who asks it, and a browser: one of each for a file of tests."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser
from storm import Served, served

from browsers import browsing


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as connection:
        yield connection


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser
