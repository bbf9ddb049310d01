"""One file that needs nothing else, from which no name or line of a user's code can break out."""

import html as escape
import re
from pathlib import Path

import pytest

from fivebyfive.errors import Failure
from fivebyfive.explain.trace import Trace
from fivebyfive.views import page

TYPES = {"types.js", "document/kind.js"}
"""Modules that hold nothing that runs."""


def test_the_posts_network_is_a_small_file(conv_net_file: Path) -> None:
    assert conv_net_file.stat().st_size < 3_000_000


def test_it_refers_to_nothing_outside_of_itself(conv_net_file: Path) -> None:
    text = conv_net_file.read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!#)', text)
    assert set(re.findall(r"https?://[\w./]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1998/Math/MathML",
    }


def test_its_policy_forbids_every_request(conv_net_file: Path) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', conv_net_file.read_text("utf-8"))
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]


def test_code_is_not_markup(colour_file: Path) -> None:
    text = colour_file.read_text(encoding="utf-8")
    assert "onerror" not in text
    assert "<b>Branches" not in text


def test_a_notebook_gets_the_same_page_in_a_frame(conv_net: Trace) -> None:
    frame = conv_net._repr_html_()
    held = re.fullmatch(r'<iframe srcdoc="([^"]*)" .*></iframe>', frame, re.DOTALL)
    assert held
    assert escape.unescape(held[1]) == page.html(conv_net)


def test_a_file_that_cannot_be_written_leaves_what_was_there(conv_net: Trace, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be written"):
        page.write(conv_net, tmp_path / "missing" / "lesson.html")
    page.write(conv_net, tmp_path / "lesson.html")
    assert [path.name for path in tmp_path.iterdir()] == ["lesson.html"]


def test_only_the_pages_own_files_are_resources() -> None:
    assert page.resource("js/main.js")
    for name in ("../html.py", "js/../../html.py", "/etc/passwd", "html.py", "js", ""):
        assert page.resource(name) is None


def test_every_module_is_linked_to(conv_net_file: Path) -> None:
    text = conv_net_file.read_text(encoding="utf-8")
    folder = Path(page.__file__).parent / "js"
    modules = {path.relative_to(folder).as_posix() for path in folder.rglob("*.js")} - TYPES | {"kinds/all.js"}
    filmed = {name for name in modules if name.startswith("training/")} | {"filmed.js", "watch.js"}
    filmed.add("network/worker.js")  # of pages that run the network by themselves
    assert modules - filmed == set(re.findall(r'^modules\["([\w/.]+)"\] = ', text, re.MULTILINE))
