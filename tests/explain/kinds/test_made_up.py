"""Adding a kind of step takes one Python file: all that it says arrives in the trace and in every view."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from rich.console import Console

from fivebyfive.explain import explain
from fivebyfive.views.page.document import structure
from fivebyfive.views.terminal import show
from made_up import Turns, one_more_kind
from sums import expect_true, five_places


@pytest.fixture
def one_more(tmp_path: Path) -> Iterator[None]:
    with one_more_kind(tmp_path):
        yield


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
