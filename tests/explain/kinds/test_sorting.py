"""Values in order, picked ones, and the places where they stood."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from steps import expect_known, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: x.sort(),
    lambda x: torch.sort(x, dim=1, descending=True),
    lambda x: x.argsort(2),
    lambda x: x[0, 0].msort(),
    lambda x: x.topk(2, 1),
    lambda x: x[0, 0].topk(3),
    lambda x: x.kthvalue(2, 1),
    lambda x: x.median(),
    lambda x: x.median(2),
    lambda x: x.nanmedian(-1, keepdim=True),
    lambda x: (x * 2).round().mode(1),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
