"""What the page works out from places that it is sent: every number is what `Step.arithmetic` says, form by form."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Browser, Page
from torch import Tensor, nn

from fivebyfive.explain import explain
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import write
from fivebyfive.views.page.structure import form_of

from .reading import close, go, number
from .test_numbers import places

MOVED: dict[str, Callable[[Tensor], Tensor]] = {
    "dimensions change places": lambda x: x.permute(0, 2, 3, 1),
    "rows become columns": lambda x: x.transpose(2, 3),
    "every other row": lambda x: x[:, :, 1::2],
    "one map": lambda x: x[:, 2],
    "maps in a list of places": lambda x: x[:, [3, 0, 3]],
    "one behind another, in rows": lambda x: torch.cat([x, x * 2], 2),
    "one behind another, in columns": lambda x: torch.cat([x * 3, x], 3),
    "a stack": lambda x: torch.stack([x, x.abs()], 2),
    "a circle": lambda x: torch.roll(x, (1, 2), (2, 3)),
    "a mirror": lambda x: x.flip(3),
    "an edge of zeros": lambda x: F.pad(x, (1, 2, 0, 1)),
    "an edge of numbers": lambda x: F.pad(x, (1, 1, 1, 1), value=0.5),
    "an edge that is a mirror": lambda x: F.pad(x, (2, 1, 1, 2), mode="reflect"),
    "pixels of channels": lambda x: F.pixel_shuffle(x, 2),
    "channels of pixels": lambda x: F.pixel_unshuffle(x, 2),
    "groups of channels mix": lambda x: F.channel_shuffle(x, 2),
    "windows": lambda x: x.view(1, 4, 3, 2, 4, 2).permute(0, 2, 4, 3, 5, 1),
    "windows as lists": lambda x: F.unfold(x, 3, padding=1),
    "repeated": lambda x: x[:, :, :1].expand(1, 4, 6, 8),
    "above the diagonal": lambda x: x.triu(1),
    "with a number before": lambda x: torch.cat([torch.full((1, 4, 1, 8), 7.0), x], 2),
    "a part": lambda x: x.chunk(2, 3)[1],
}


class Every(nn.Module):
    """All cases on the same maps, one beside the other."""

    def __init__(self, cases: dict[str, Callable[[Tensor], Tensor]]) -> None:
        super().__init__()
        self.cases = cases

    def forward(self, x: Tensor) -> list[Tensor]:
        return [case(x) for case in self.cases.values()]


CASES = MOVED
FORMS = dict.fromkeys(MOVED, "moved")


@pytest.fixture(scope="module")
def trace() -> Trace:
    torch.manual_seed(0)
    return explain(Every(CASES).eval(), torch.randn(1, 4, 6, 8))


@pytest.fixture(scope="module")
def steps(trace: Trace) -> dict[str, Step]:
    """The last step of each case."""
    outputs = [step for step in trace.steps if step.kind == "output"]
    return dict(zip(CASES, (step.origins[0] for step in outputs), strict=True))


@pytest.fixture(scope="module")
def page(browser: Browser, trace: Trace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path: Path = tmp_path_factory.mktemp("forms") / "page.html"
    write(trace, path)
    context = browser.new_context(offline=True)
    opened = context.new_page()
    opened.goto(path.as_uri())
    opened.wait_for_selector("html[data-ready]")
    yield opened
    context.close()


@pytest.mark.parametrize("case", CASES)
def test_each_number_is_worked_out_by_its_form(case: str, steps: dict[str, Step], page: Page) -> None:
    step = steps[case]
    assert form_of(step) == FORMS[case]
    for y, x, channel in places(step):
        go(page, step, y, x, channel)
        found = step.arithmetic(y, x, channel)
        scale = max([abs(found.total), *(abs(t.product) for t in found.terms)])
        assert number(page, "total") == close(step.value(y, x, channel))
        assert number(page, "sum") == close(found.total, scale)
