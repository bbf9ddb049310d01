"""``5x5 explain --post``: an article is written, and what is wrong is said before the network runs."""

import json
from pathlib import Path

import pytest

from support import Call


def test_an_article_is_written_and_named(call: Call, tmp_path: Path) -> None:
    code, out, _ = call("explain", "--model", "quick", "--label", "7", "--post", "quick.md")
    assert code == 0
    assert "quick.md: the article, " in out
    assert "its files in quick_files" in out
    text = (tmp_path / "quick.md").read_text(encoding="utf-8")
    assert "MNIST test image 0 (a 7)" in text
    assert "How it learns" in text


def test_a_notebook_says_how_its_trace_is_made_again(call: Call, tmp_path: Path) -> None:
    code, _, _ = call("explain", "--model", "quick", "--post", "quick.ipynb")
    assert code == 0
    first = json.loads((tmp_path / "quick.ipynb").read_text())["cells"][1]["source"]
    assert "trace = fivebyfive.explain(fivebyfive.load('quick'), load(\"mnist\").test.pixels[0])" in first
    assert not (tmp_path / "quick_files").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("article.pdf", "article.pdf ends in .pdf; an article is written as .md, .html or .ipynb"),
        ("article", "article has no ending"),
        ("nowhere/article.md", "there is no folder nowhere; make it first"),
        ("folder.md", "folder.md is a folder"),
    ],
)
def test_what_cannot_be_written_is_said(call: Call, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.md").mkdir()
    code, _, error = call("explain", "--post", name)
    assert code == 2
    assert said in error
    assert error.count("\n") == 1
