"""Reading numbers off the page, and the same numbers from the trace."""

import base64
import gzip
import re
import urllib.parse
from typing import Any

import pytest
from playwright.sync_api import Page

from fivebyfive.explain.step import Step, Term
from fivebyfive.views.page.envelope import Part, unpack
from fivebyfive.views.titles import title

GRIDS = """() => {
    const cell = (td) => ({
        value: Number(td.dataset.value),
        padding: td.classList.contains("padding"),
        winner: td.classList.contains("winner"),
    });
    const tables = [...document.querySelectorAll("#number [data-grid]")];
    return Object.fromEntries(tables.map((t) => [t.dataset.grid, [...t.querySelectorAll("td")].map(cell)]));
}"""
GO = """async ([hash, text]) => {
    location.hash = hash;
    const there = () => document.querySelector("#number h3").textContent;
    for (const end = Date.now() + 30_000; ![":", ","].some((mark) => there().startsWith(text + mark)); ) {
        if (Date.now() > end) throw new Error(`the page is at ${there()}, not at ${text}`);
        await new Promise((resolve) => setTimeout(resolve));
    }
}"""
EVERY = """() => {
    const all = document.querySelector("#number .every");
    all.open = true;
    all.dispatchEvent(new Event("toggle"));
    const numbers = (tr) => [...tr.querySelectorAll("[data-value]")].map((td) => Number(td.dataset.value));
    return [...all.querySelectorAll("tbody tr")].map(numbers);
}"""


def in_file(page: str) -> Part:
    """The document that a page's text holds."""
    found = re.search(r'id="document">([^<]*)<', page)
    assert found
    return unpack(gzip.decompress(base64.b64decode(found[1])))


def fragment(step: Step, y: int = 0, x: int = 0, channel: int = 0) -> str:
    """What follows the # in a link to one number."""
    return urllib.parse.urlencode({"step": step.name, "channel": channel, "y": y, "x": x})


def go(page: Page, step: Step, y: int = 0, x: int = 0, channel: int = 0) -> None:
    """Follow a link to one number."""
    place = f"y {y}, x {x}, channel {channel}" if step.size[:2] != (1, 1) else f"unit {channel}"
    page.evaluate(GO, [fragment(step, y, x, channel), f"{title(step)} at {place}"])


def number(page: Page, name: str) -> float:
    """The one number marked `data-NAME`."""
    return float(page.locator(f"#number [data-{name}]").get_attribute("data-value") or "nan")


def grids(page: Page) -> dict[str, list[dict[str, Any]]]:
    """The cells of window, filter and products."""
    found: dict[str, list[dict[str, Any]]] = page.evaluate(GRIDS)
    return found


def every_product(page: Page) -> list[list[float]]:
    """The table of every product: value, weight, product; a remainder alone."""
    found: list[list[float]] = page.evaluate(EVERY)
    return found


def close(value: float, scale: float = 1.0) -> Any:
    """Equal to float32 accuracy, among numbers of size `scale`."""
    return pytest.approx(value, rel=1e-5, abs=1e-5 * max(scale, 1e-3))


def assert_cells(cells: list[dict[str, Any]], terms: tuple[Term, ...], what: str) -> None:
    """The cells show this number of every term."""
    assert len(cells) == len(terms)
    for cell, term in zip(cells, terms, strict=True):
        assert cell["value"] == close(getattr(term, what))
