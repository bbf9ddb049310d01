"""What comes out is a place, or a count: the term is the value that stands there."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from steps import expect_known, trace_of

UNTYPED: Any = torch
"""The same functions, of which PyTorch does not say what they take."""

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: (x > 0.3).nonzero(),
    lambda x: (x > 0.3).nonzero(as_tuple=True),
    lambda x: torch.argwhere(x.relu()),
    lambda x: torch.where(x > 0.5),
    lambda x: UNTYPED.unique(x.round(), return_inverse=False),
    lambda x: torch.searchsorted(torch.arange(-3.0, 3).double(), x),
    lambda x: torch.searchsorted(x[0, 0].sort().values, x[0, 1], right=True),
    lambda x: torch.bucketize(x, torch.linspace(-1, 1, 5).double(), right=True),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
