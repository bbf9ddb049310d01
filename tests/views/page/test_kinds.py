"""The page knows a kind of step by one file in js/kinds/, and a new kind is one new file."""

import importlib
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import structure

from .conftest import Open
from .reading import go, number

page = importlib.import_module("fivebyfive.views.page.html")  # the package's name `html` is its function
MADE_UP = """// A made-up kind: what a ReLU would be if nobody knew it.

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
def with_one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page as it is, and a file more in js/kinds/; the explanation calls a ReLU by that file's name."""
    here = tmp_path / "page"
    shutil.copytree(page.HERE, here)
    (here / "js" / "kinds" / "made_up.js").write_text(MADE_UP, encoding="utf-8")
    known = structure.attributes_of
    made_up = {"form": "made_up"}
    monkeypatch.setattr(page, "HERE", here)
    monkeypatch.setattr(structure, "attributes_of", lambda step: made_up if step.op == "relu" else known(step))


@pytest.mark.usefixtures("with_one_more")
def test_one_file_more_is_one_kind_more(conv_net: Trace, tmp_path: Path, opened: Open) -> None:
    page.write(conv_net, tmp_path / "made_up.html")
    shown = opened(tmp_path / "made_up.html")
    step: Step = conv_net["conv1.relu"]
    go(shown, step, 9, 17, 4)
    expect(shown.locator("#number .told")).to_contain_text("out of thin air")
    expect(shown.locator("#number .formula").first).to_contain_text("42")
    assert number(shown, "sum") == pytest.approx(step.value(9, 17, 4), rel=1e-6)


@pytest.mark.usefixtures("with_one_more")
def test_the_live_page_lists_it_too() -> None:
    listed = page.resource("js/kinds/all.js")
    assert listed is not None
    assert 'import { kind as made_up } from "./made_up.js";' in listed[0].decode()
    assert page.resource("js/kinds/made_up.js") == (MADE_UP.encode(), "text/javascript")


def test_every_form_has_a_file(conv_net: Trace, colour: Trace) -> None:
    files = {path.stem for path in (page.HERE / "js" / "kinds").glob("*.js")}
    forms = {structure.form_of(step) for trace in (conv_net, colour) for step in trace.steps}
    assert forms - {""} <= files
