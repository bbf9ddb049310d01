"""A weight in two parts."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from steps import expect_known, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: torch._weight_norm(x[0, 0], x[0, 1, :, :1], 0),
    lambda x: x[0, 0].renorm(2, 0, 1.0),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
