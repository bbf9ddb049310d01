"""Many values become one."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from steps import expect_known, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: x.max(1),
    lambda x: torch.min(x, dim=2, keepdim=True),
    lambda x: x.aminmax(dim=1),
    lambda x: torch.aminmax(x),
    lambda x: x.norm(),
    lambda x: x.norm(1, 1),
    lambda x: torch.norm(x, float("inf"), dim=(1, 2)),
    lambda x: torch.linalg.vector_norm(x, 3, (1, 2)),
    lambda x: torch.linalg.matrix_norm(x),
    lambda x: torch.linalg.matrix_norm(x, 1, dim=(1, 2)),
    lambda x: torch.linalg.matrix_norm(x, "nuc"),
    lambda x: torch.linalg.norm(x[0, 0], 2),
    lambda x: torch.std_mean(x, 1),
    lambda x: torch.var_mean(x, (2, 3), correction=0, keepdim=True),
    lambda x: x.std(),
    lambda x: (x > 0).count_nonzero(1),
    lambda x: x.masked_fill(x > 1, torch.nan).nansum(2),
    lambda x: x.masked_fill(x > 1, torch.nan).nanmean(),
    lambda x: x.quantile(0.3),
    lambda x: torch.quantile(x, torch.tensor([0.1, 0.5]).double(), 1),
    lambda x: x.masked_fill(x > 1, torch.nan).nanquantile(0.3, 2),
    lambda x: x.prod(1),
    lambda x: x.prod(),
    lambda x: (x > 0).all(1),
    lambda x: (x > 2).any(),
    lambda x: x.logsumexp((1, 2)),
    lambda x: x.argmax(),
    lambda x: x.argmin(1),
    lambda x: torch.norm(x[0, 0], "fro"),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
