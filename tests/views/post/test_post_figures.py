"""Figures are whole drawings: valid XML, nothing cut, no words on other words, readable in size and in every light."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from browsers import browsing
from fivebyfive.views.post.article import Article
from fivebyfive.views.post.drawn import svg_of
from fivebyfive.views.post.html import html
from vision import contrast

SVG = "{http://www.w3.org/2000/svg}"
CUT = """() => [...document.querySelectorAll('.panels svg')].flatMap(svg => {
  const {width, height} = svg.viewBox.baseVal;
  return [...svg.querySelectorAll('text, image')].map(e => [e.textContent, e.getBBox()])
    .filter(([, b]) => b.x < -1 || b.y < -1 || b.x + b.width > width + 1 || b.y + b.height > height + 1)
    .map(([words]) => words);
})"""
OVER = """() => [...document.querySelectorAll('.panels svg')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBBox()]);
  return boxes.flatMap(([a, p], n) => boxes.slice(n + 1)
    .filter(([, q]) => p.x + p.width > q.x + 1 && q.x + q.width > p.x + 1 && p.y + p.height - 3 > q.y
      && q.y + q.height - 3 > p.y).map(([b]) => `${a} | ${b}`));
})"""
SMALL = """() => [...document.querySelectorAll('.panels svg text')].filter(e => {
  const shown = e.ownerSVGElement.getBoundingClientRect().width / e.ownerSVGElement.viewBox.baseVal.width;
  return parseFloat(getComputedStyle(e).fontSize) * shown < 10.95;
}).map(e => e.textContent)"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browsing() as browser:
        yield browser.new_page(viewport={"width": 1100, "height": 900})


def test_every_figure_is_an_svg_that_needs_nothing_else(articles: dict[str, Article]) -> None:
    for written in articles.values():
        for name, figure in written.figures.items():
            root = ET.fromstring(svg_of(figure))
            assert root.tag == f"{SVG}svg", name
            assert root.findtext(f"{SVG}title")
            links = [e.get("href", "") for e in root.iter() if e.get("href")]
            assert all(link.startswith("data:image/png;base64,") for link in links)
            assert not re.search(r"NaN|inf\b|None", svg_of(figure)), name


def test_names_of_figures_are_names_of_files(articles: dict[str, Article]) -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for written in articles.values() for name in written.figures)
    wanted = {"picture", "big-picture", "in-detail", "filters", "window", "channels", "padding", "relu", "max-pool"}
    assert wanted | {"reshape", "matmul", "dropout", "answer", "gradient"} == articles["conv_net"].figures.keys()


def test_figures_in_cells_can_be_read_on_their_colours(articles: dict[str, Article]) -> None:
    drawn = "".join(e for figure in articles["conv_net"].figures.values() for p in figure.panels for e in p.elements)
    fills = set(re.findall(r'class="cell" [^>]*fill="(#[0-9a-f]{6})"', drawn))
    assert len(fills) > 20
    assert min(contrast("#1f2328", fill) for fill in fills) >= 4.5


@pytest.mark.parametrize("name", ["conv_net", "residual", "u-shaped", "reads", "convnext"])
def test_nothing_is_cut_nothing_overlaps_and_all_is_large_enough(
    page: Page, articles: dict[str, Article], name: str
) -> None:
    page.set_content(html(articles[name]))
    for width in (1100, 390):
        page.set_viewport_size({"width": width, "height": 900})
        scrolled: Any = page.evaluate("document.documentElement.scrollWidth")
        assert scrolled <= width
        assert page.evaluate(CUT) == []
        assert page.evaluate(OVER) == []
        assert page.evaluate(SMALL) == []
