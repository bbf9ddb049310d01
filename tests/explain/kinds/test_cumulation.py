"""Along a dimension each value gathers all before it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from steps import expect_known, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: x.cumsum(1),
    lambda x: x.clone().cumsum_(2),
    lambda x: torch.cumprod(x, dim=2),
    lambda x: x.cummax(3),
    lambda x: torch.cummin(x, 1),
    lambda x: x.logcumsumexp(2),
    lambda x: (x > 0.3).cumsum(1, dtype=torch.float32),
    lambda x: (x > 0.3).cumsum(2),
    lambda x: (x * 3).long().cumsum(2),
    lambda x: (x * 3 + 1).long().cumprod(2),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
