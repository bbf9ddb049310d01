"""Whether an answer can be taken without looking is said by every view, in the same word."""

import io
from html import unescape
from pathlib import Path

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

from fivebyfive.cli.read_out import in_words
from fivebyfive.decision import UNSURE, is_sure
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.prediction.reading import Answer, Reading, ReadLine
from fivebyfive.views.page import html
from fivebyfive.views.terminal import show, show_answer

from .conftest import Open

DIGITS = tuple("0123456789")
CASES: dict[str, tuple[tuple[str, ...], dict[str, float], str]] = {
    "sure": (DIGITS, {"7": 0.81}, ""),
    "unsure": (DIGITS, {"7": 0.79}, "unsure"),
    "no digit": ((*DIGITS, "none"), {"none": 0.95}, "no digit found"),
    "rather a digit than none": ((*DIGITS, "none"), {"none": 0.6, "7": 0.3}, "unsure"),
    "none of other things": (("cat", "dog", "none"), {"none": 0.95}, "unsure"),
}
"""Classes, the probabilities of some (the others share the rest), and what the answer is marked with."""


class Always(nn.Module):
    """Gives the same probabilities for every picture."""

    def __init__(self, probabilities: list[float]) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor([probabilities]).log())

    def forward(self, x: Tensor) -> Tensor:
        return self.logits + 0 * x.mean()


def traced(name: str) -> Trace:
    """The trace of a network that answers as the case says."""
    classes, some, _ = CASES[name]
    rest = (1 - sum(some.values())) / (len(classes) - len(some))
    return explain(Always([some.get(c, rest) for c in classes]), torch.rand(1, 1, 28, 28), classes=classes)


@pytest.mark.parametrize("name", CASES)
def test_terminal_diagram_page_and_description_say_the_same(name: str, opened: Open, tmp_path: Path) -> None:
    trace, doubt = traced(name), CASES[name][2]
    label = trace.prediction[0][0]
    assert label == ("none" if "none" in CASES[name][1] and name != "rather a digit than none" else "7")
    assert trace.doubt == doubt
    assert trace.description()["sure"] == trace.sure == (not doubt)
    for view in (show, show_answer):
        written = io.StringIO()
        view(trace, Console(file=written, width=80))
        (line,) = (line for line in written.getvalue().splitlines() if line.startswith(f" {label} █"))
        assert line.endswith(f"% ({doubt})" if doubt else "%")
    for detail in (False, True):
        assert (f"% ({doubt})<" if doubt else "%<") in unescape(trace.diagram(detail=detail))
    path = tmp_path / "page.html"
    path.write_text(html(trace), encoding="utf-8")
    page = opened(path)
    for place in ("#brief", "#answer"):
        assert page.locator(f"{place} [data-doubt]").all_inner_texts() == ([f"({doubt})"] if doubt else [])
    assert page.locator("[data-answer=brief-0]").get_attribute("data-label") == label
    said = page.locator("#brief").get_attribute("aria-label") or ""
    assert said.endswith(f"({doubt})" if doubt else "%")


@pytest.mark.parametrize("probability", [0.79, 0.81])
def test_predict_says_the_same_word(probability: float) -> None:
    said = in_words(Reading((ReadLine((Answer("7", probability, (0, 0, 9, 9), is_sure("7", probability)),), 0),)))
    assert said.endswith(f"({UNSURE})") == (probability < 0.8)


@pytest.mark.parametrize("width", [20, 30, 40])
def test_the_answer_fits_a_narrow_terminal(width: int) -> None:
    written = io.StringIO()
    show_answer(traced("unsure"), Console(file=written, width=width))
    assert max(map(len, written.getvalue().splitlines())) <= max(width, 24)
