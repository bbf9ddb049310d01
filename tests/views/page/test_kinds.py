"""The page knows a kind of step by one file in js/kinds/, and a new kind is one new file."""

import importlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import expect

from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import structure
from made_up import Turns, one_more_kind

from .conftest import Open
from .reading import go, number

page = importlib.import_module("fivebyfive.views.page.html")  # the package's name `html` is its function
MADE_UP = """// A made-up kind.

import { mo, mn } from "../draw/formula.js";
import { said, total } from "../number/telling.js";

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  sign: "made up",
  symbols: () => [mn("42"), mo("+"), mn("0")],
  tell: (doc, step, { channel, y, x }) => [said("out of thin air: ", total(doc.value(step.index, channel, y, x)))],
};
"""


@pytest.fixture
def with_one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page as it is, and a file more in js/kinds/; the kinds as they are, and a file more."""
    here = tmp_path / "page"
    shutil.copytree(page.HERE, here)
    (here / "js" / "kinds" / "halving.js").write_text(MADE_UP, encoding="utf-8")
    monkeypatch.setattr(page, "HERE", here)
    (tmp_path / "kinds").mkdir()
    with one_more_kind(tmp_path / "kinds"):
        yield


@pytest.mark.usefixtures("with_one_more")
def test_one_file_in_python_and_one_on_the_page_are_one_kind_more(tmp_path: Path, opened: Open) -> None:
    trace = explain(Turns(), torch.rand(1, 6, 7))
    page.write(trace, tmp_path / "made_up.html")
    shown = opened(tmp_path / "made_up.html")
    step = trace.steps[2]
    go(shown, step, 3, 2, 1)
    expect(shown.locator(".layer-head .chip")).to_have_text("halving")
    expect(shown.locator(".words")).to_contain_text("halved and turned")
    expect(shown.locator("#number .told")).to_contain_text("out of thin air")
    expect(shown.locator("#number .formula").first).to_contain_text("42")
    assert number(shown, "sum") == pytest.approx(step.value(3, 2, 1), rel=1e-6)


@pytest.mark.usefixtures("with_one_more")
def test_the_live_page_lists_it_too() -> None:
    listed = page.resource("js/kinds/all.js")
    assert listed is not None
    assert 'import { kind as halving } from "./halving.js";' in listed[0].decode()
    assert page.resource("js/kinds/halving.js") == (MADE_UP.encode(), "text/javascript")


def test_every_form_has_a_file(conv_net: Trace, colour: Trace) -> None:
    files = {path.stem for path in (page.HERE / "js" / "kinds").glob("*.js")}
    forms = {structure.form_of(step) for trace in (conv_net, colour) for step in trace.steps}
    assert forms - {""} <= files
