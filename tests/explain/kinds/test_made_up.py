"""Adding a kind of step takes one Python file: all that it says arrives in the trace and in every view."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

from fivebyfive.explain import explain, kinds
from fivebyfive.views.page.document import structure
from fivebyfive.views.terminal import show
from sums import expect_true, five_places

FILE = '''
"""Halving and turning: a kind of step that nobody has."""

from fivebyfive.explain.kind import Kind
from fivebyfive.explain.sums import function_of
from fivebyfive.explain.terms import same_place


def _sum(step, index, position):
    term = same_place(step, "input", index)
    turned = step.attributes["turn"]
    return function_of(position, (term,), term.value / 2 + turned, "x / 2 + turn")


def _words(step):
    yield f"Every value is halved and turned by {step.attributes['turn']:g}."


KIND = Kind(
    name="halving",
    operations={"halve_and_turn": "input turn"},
    attributes=lambda called: {"turn": called.values["turn"]},
    cost=lambda called, output, learned: 3 * output.numel(),
    sum=_sum,
    words=_words,
)
'''


@torch.library.custom_op("fivebyfive_tests::halve_and_turn", mutates_args=())
def halve_and_turn(x: Tensor, turn: float) -> Tensor:
    return x / 2 + turn


class Turns(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = torch.ops.fivebyfive_tests.halve_and_turn(self.conv(x), 0.25)
        return result


def _forget() -> None:
    for found in (kinds.homes, kinds.signatures, kinds.aliases):
        found.cache_clear()


@pytest.fixture
def one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "made_up.py").write_text(FILE)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    _forget()
    yield
    sys.modules.pop("fivebyfive.explain.kinds.made_up", None)
    monkeypatch.undo()
    _forget()


@pytest.mark.usefixtures("one_more")
def test_one_file_is_all_that_it_takes() -> None:
    trace = explain(Turns(), torch.rand(1, 6, 7))
    step = trace.steps[2]
    assert (step.kind, step.attributes["turn"], step.macs) == ("halving", 0.25, 3 * 2 * 6 * 7)
    assert step.words()[0] == "Every value is halved and turned by 0.25."
    assert step.arithmetic(1, 2, 1).formula() == "O = x / 2 + turn"
    expect_true(step, five_places(step), known=True)
    file = io.StringIO()
    show(trace, Console(file=file, width=120, force_terminal=False))
    assert "halve_and_turn" in file.getvalue()
    described = structure(trace).fields["structure"]["steps"][2]
    assert (described["kind"], described["op"], described["macs"]) == ("halving", "halve_and_turn", step.macs)


def test_without_it_every_view_says_that_it_is_not_known() -> None:
    trace = explain(Turns(), torch.rand(1, 6, 7))
    step = trace.steps[2]
    assert (step.kind, step.macs) == ("other", None)
    assert step.words() == ["The code calls halve_and_turn; it gives [1, 2, 6, 7].", "What it costs is not counted."]
    with pytest.raises(Exception, match=r"the arithmetic of .*halve_and_turn.* is not known here; its output is in"):
        step.arithmetic()
