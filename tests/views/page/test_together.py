"""Softmax and normalization by the input's own statistics: over channels, over rows, over groups, over everything."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import write
from fivebyfive.views.page.structure import attributes_of, form_of

from .conftest import Open
from .reading import close, go, number

PLACES = [(0, 0, 0), (1, 2, 3), (4, 3, 5)]
CHANNELS, HEIGHT, WIDTH = 6, 5, 4
LEARNED = torch.Generator().manual_seed(3)
SCALE, SHIFT = torch.rand(CHANNELS, generator=LEARNED) + 0.5, torch.randn(CHANNELS, generator=LEARNED)
PLACED = torch.rand(CHANNELS, HEIGHT, WIDTH, generator=LEARNED) + 0.5
MOVED, ROW = PLACED - 1, PLACED[0, 0]
CASES: dict[str, tuple[Callable[[Tensor], Tensor], dict[str, object]]] = {
    "softmax over channels": (lambda x: x.softmax(1), {"channels": 6, "rows": False, "columns": False}),
    "softmax over rows": (lambda x: x.softmax(2), {"channels": 1, "rows": True, "columns": False}),
    "softmax over columns": (lambda x: x.softmax(-1), {"channels": 1, "rows": False, "columns": True}),
    "its logarithm": (lambda x: F.log_softmax(x, 1), {"channels": 6, "rows": False, "columns": False}),
    "softmin": (lambda x: F.softmin(x, 3), {"channels": 1, "rows": False, "columns": True}),
    "softmax of a list": (lambda x: x[:, :, 0, 0].softmax(1), {"channels": 6, "rows": True, "columns": True}),
    "softmin of a list": (lambda x: F.softmin(x[:, :, 0, 0], 1), {"channels": 6, "rows": True, "columns": True}),
    "its logarithm of a list": (
        lambda x: x[:, :, 0, 0].log_softmax(1),
        {"channels": 6, "rows": True, "columns": True},
    ),
    "layer norm over everything": (
        lambda x: F.layer_norm(x, x.shape[1:], PLACED, MOVED),
        {"channels": 6, "rows": True, "columns": True},
    ),
    "layer norm over columns": (lambda x: F.layer_norm(x, (WIDTH,)), {"channels": 1, "rows": False, "columns": True}),
    "layer norm of a list": (
        lambda x: F.layer_norm(x[:, :, 1, 1], (CHANNELS,), SCALE, SHIFT),
        {"channels": 6, "rows": True, "columns": True},
    ),
    "group norm": (lambda x: F.group_norm(x, 3, SCALE, SHIFT), {"channels": 2, "rows": True, "columns": True}),
    "instance norm": (lambda x: F.instance_norm(x, weight=SCALE), {"channels": 1, "rows": True, "columns": True}),
    "batch norm of this picture": (
        lambda x: F.batch_norm(x, None, None, SCALE, SHIFT, training=True),
        {"channels": 1, "rows": True, "columns": True},
    ),
    "root mean square": (
        lambda x: F.rms_norm(x, (WIDTH,), ROW),
        {"channels": 1, "rows": False, "columns": True},
    ),
}


class One(nn.Module):
    def __init__(self, apply: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.apply_it = apply

    def forward(self, x: Tensor) -> Tensor:
        return self.apply_it(x * 3 - 1)


def explained(case: str) -> Trace:
    picture = torch.rand(CHANNELS, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(5))
    return explain(One(CASES[case][0]).eval(), picture)


@pytest.mark.parametrize("case", CASES)
def test_the_page_adds_up_the_right_values(case: str, tmp_path: Path, opened: Open) -> None:
    trace = explained(case)
    step = next(step for step in trace.steps if form_of(step) in ("softmax", "normalization"))
    assert attributes_of(step).get("over") == CASES[case][1]
    write(trace, tmp_path / "page.html")
    page = opened(tmp_path / "page.html")
    for y, x, channel in PLACES:
        at = (0, 0, channel) if step.size[:2] == (1, 1) else (y, x, channel)
        go(page, step, *at)
        found = step.arithmetic(*at)
        assert number(page, "sum") == close(found.total, max(abs(found.total), *(abs(t.product) for t in found.terms)))
        assert number(page, "total") == close(step.value(*at))
        assert page.locator("#number [data-symbols]").count() == 1


def test_what_the_page_cannot_work_out_has_its_formula_from_the_explanation(tmp_path: Path, opened: Open) -> None:
    trace = explain(One(lambda x: x.logcumsumexp(2)).eval(), torch.rand(1, 4, 4))
    write(trace, tmp_path / "page.html")
    page = opened(tmp_path / "page.html")
    step = next(step for step in trace.steps if step.op == "logcumsumexp")
    go(page, step, 2, 1)
    assert page.locator("#number [data-symbols]").text_content() == step.arithmetic(2, 1, 0).symbols
    assert "does not work this operation out itself" in (page.locator("#number .told").text_content() or "")
