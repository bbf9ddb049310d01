"""The same article as Markdown, as HTML and as a notebook: each whole, and each saying the same."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from markdown_it import MarkdownIt
from torch import nn

from fivebyfive.explain import Trace, explain
from fivebyfive.views import post
from fivebyfive.views.post.article import Article
from fivebyfive.views.post.markdown import plain

STRANGE = "`` <script>alert(1)</script><b>\x00\u202e$x$|\n# [a](b)"


@pytest.fixture(scope="module")
def folder(traced: dict[str, Trace], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The articles about the post's network and a residual one, each in all formats."""
    place = tmp_path_factory.mktemp("articles")
    for ending in (".md", ".html", ".ipynb"):
        post.write(traced["conv_net"], place / f"conv_net{ending}", again="trace = ...")
        traced["residual"].to_post(place / f"residual{ending}")
    return place


# --- Markdown -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["conv_net", "residual"])
def test_markdown_shows_every_heading_and_every_figure(folder: Path, traced: dict[str, Trace], name: str) -> None:
    written = post.article(traced[name])
    tokens = MarkdownIt("commonmark").enable("table").parse((folder / f"{name}.md").read_text(encoding="utf-8"))
    heads = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    assert heads[0] == plain(written.title)
    assert len(heads) == 1 + sum(bool(section.title) for section in written.sections)
    inline = [child for token in tokens for child in token.children or ()]
    images = [str(child.attrs["src"]) for child in inline if child.type == "image"]
    assert [Path(image).stem for image in images] == list(written.figures)
    assert all((folder / image).is_file() for image in images)
    links = [str(child.attrs["href"]) for child in inline if child.type == "link_open"]
    assert links
    assert all(link.startswith("https://") for link in links)


def test_markdown_holds_no_html_but_what_folds(folder: Path) -> None:
    tokens = MarkdownIt("commonmark").parse((folder / "conv_net.md").read_text(encoding="utf-8"))
    html_ = "".join(token.content for token in tokens if token.type == "html_block")
    html_ += "".join(c.content for token in tokens for c in token.children or () if c.type == "html_inline")
    assert set(re.findall(r"</?(\w+)", html_)) == {"details", "summary"}


def test_formulas_in_markdown_survive_markdown(folder: Path) -> None:
    text = (folder / "conv_net.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) > 8
    assert not any(re.search(r"\\[^a-zA-Z]", block) for block in blocks)
    assert any(r"\sum_{\mathit{di}, \mathit{dj}, q}" in block for block in blocks)
    assert re.sub(r"```.*?```|\$\$.*?\$\$", "", text, flags=re.DOTALL).replace(r"\$", "").count("$") % 2 == 0


def test_what_markdown_would_take_for_its_own_is_escaped() -> None:
    text = "1. a_b * [c](d) <e> `f` $g$ | ~h & # i"
    (token,) = [t for t in MarkdownIt("commonmark").parse(plain(text)) if t.type == "inline"]
    assert "".join(child.content for child in token.children or ()) == text


# --- HTML -----------------------------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """What a page consists of; it raises where an element is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_one_file_without_scripts(folder: Path, articles: dict[str, Article]) -> None:
    page = Elements()
    page.feed((folder / "residual.html").read_text(encoding="utf-8"))
    assert page.open == []
    tags = [tag for tag, _ in page.found]
    assert not {"script", "link", "iframe", "object"} & set(tags)
    assert not any(name.startswith("on") for _, attributes in page.found for name in attributes)
    fetched = [value for _, a in page.found for name, value in a.items() if name in ("src", "href", "xlink:href")]
    outside = [v for v in fetched if v and not v.startswith(("https://", "data:image/png"))]
    assert outside == []
    assert tags.count("math") >= 8
    ids = [attributes["id"] for tag, attributes in page.found if tag == "figure" and "id" in attributes]
    assert ids == list(articles["residual"].figures)


def test_strange_names_stay_text_in_every_format(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3)).eval()
    trace = explain(network, torch.rand(1, 1, 8, 8), classes=[STRANGE, "b", "c"], name=STRANGE)
    for step in trace.steps:
        step.name = f"{STRANGE}{step.index}"
    for ending in (".md", ".html", ".ipynb"):
        trace.to_post(tmp_path / f"net{ending}")
    page = Elements()
    page.feed((tmp_path / "net.html").read_text(encoding="utf-8"))
    assert not {"script", "b"} & {tag for tag, _ in page.found}
    tokens = MarkdownIt("commonmark").enable("table").parse((tmp_path / "net.md").read_text(encoding="utf-8"))
    inline = [child for token in tokens for child in token.children or ()]
    written = "".join(token.content for token in [*tokens, *inline] if token.type in ("html_block", "html_inline"))
    assert set(re.findall(r"</?(\w+)", written)) == {"details", "summary"}
    for figure in (tmp_path / "net_files").glob("*.svg"):
        ET.parse(figure)
    assert compile("".join(cell["source"] for cell in cells(tmp_path / "net.ipynb", "code")[:1]), "cell", "exec")


# --- a notebook -----------------------------------------------------------------------------------------------------


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def test_the_notebook_draws_its_figures_anew_from_the_trace_beside_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, articles: dict[str, Article]
) -> None:
    path = folder / "residual.ipynb"
    nbformat.validate(nbformat.read(str(path), as_version=4))
    monkeypatch.chdir(folder)
    known: dict[str, Any] = {}
    first, *others = cells(path, "code")
    exec(first["source"], known)
    assert len(others) == len(articles["residual"].figures)
    for cell in others:
        drawn = eval(cell["source"], known)
        assert drawn._repr_svg_() == cell["outputs"][0]["data"]["image/svg+xml"]


def test_the_notebook_says_what_the_markdown_says(folder: Path) -> None:
    said = "\n\n".join(cell["source"] for cell in cells(folder / "conv_net.ipynb", "markdown"))
    text = (folder / "conv_net.md").read_text(encoding="utf-8")
    without = re.sub(r"^!\[.*\n\n", "", text, flags=re.MULTILINE)
    assert re.sub(r"\s+", " ", said).strip() == re.sub(r"\s+", " ", without).strip()


def test_nothing_names_this_machine(folder: Path) -> None:
    home, here = str(Path.home()), str(Path.cwd())
    for path in folder.rglob("*"):
        if path.suffix in (".md", ".html", ".ipynb", ".svg"):
            text = path.read_text(encoding="utf-8")
            assert home not in text
            assert here not in text


# --- the documentation ----------------------------------------------------------------------------------------------


def test_the_article_of_the_documentation_is_of_today(articles: dict[str, Article]) -> None:
    """Its chapters and figures, not its last digits, in which processors differ; `docs/draw.py` writes it anew."""
    docs = Path(__file__).parents[3] / "docs" / "post"
    text = re.sub(r"```.*?```", "", (docs / "conv_net.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    heads = [head.partition(" ")[2] for head in re.findall(r"^#{2,3} (.*)$", text, re.MULTILINE)]
    titles = [section.title.partition(" ")[2] for section in articles["conv_net"].sections if section.title]
    assert heads == [title for title in titles if title != "How it learns"]
    drawn = {path.stem for path in (docs / "conv_net_files").iterdir()}
    assert drawn == set(articles["conv_net"].figures) - {"gradient"}
    named = re.findall(r"\((conv_net_files/[\w-]+\.svg)\)", (docs / "README.md").read_text(encoding="utf-8"))
    assert {Path(name).stem for name in named} == drawn
