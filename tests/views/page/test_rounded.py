"""A page whose numbers are kept in half precision says so, and its sums are right to as many digits."""

from pathlib import Path

import pytest
import torch
from playwright.sync_api import expect

from architectures import resnet18
from fivebyfive.explain import explain
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import keep, write

from .conftest import Open
from .reading import go, in_file, number

ROOM = 2_000_000


@pytest.fixture(scope="module")
def resnet() -> Trace:
    torch.manual_seed(0)
    return explain(resnet18().eval(), torch.rand(3, 96, 96))


@pytest.fixture(scope="module")
def cramped(resnet: Trace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with less room than the maps of this network need."""
    path = tmp_path_factory.mktemp("pages") / "resnet.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keep, "FILE", ROOM)
        write(resnet, path)
    return path


def test_rounded_numbers_are_marked_and_near(resnet: Trace, cramped: Path, opened: Open) -> None:
    part = in_file(cramped.read_text(encoding="utf-8"))
    whole = keep.whole_steps(resnet, {int(n.split("/")[1]) for n in part.buffers if n.startswith("output/")})
    page = opened(cramped)
    told: set[str] = set()
    for step in (s for s in resnet.steps if s.index in whole):
        y, x, channel = step.size[0] // 2, step.size[1] // 3, step.size[2] // 2
        go(page, step, y, x, channel)
        rounded = step.index in part.fields["rounded"]
        expect(page.locator("#number [data-rounded]")).to_be_visible(visible=rounded)
        assert ("≈" in page.locator("#number h3").inner_text()) == rounded
        assert number(page, "total") == pytest.approx(step.value(y, x, channel), abs=reach(step) / 500)
        if rounded and page.locator("#number [data-sum]").count():
            assert number(page, "sum") == pytest.approx(step.value(y, x, channel), abs=reach(step) / 100)
            told.add(step.kind)
    assert {"convolution", "normalization", "activation", "joining"} <= told


def reach(step: Step) -> float:
    """The range of a step's values."""
    return float(step.output.max() - step.output.min())
