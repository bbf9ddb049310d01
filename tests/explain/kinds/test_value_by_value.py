"""Two values become one, and gates."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from steps import expect_known, numbers, trace_of

UNTYPED: Any = torch
"""The same functions, of which PyTorch does not say what they take."""

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: F.glu(x, 2),
    lambda x: F.glu(x[0], -1),
    lambda x: F.prelu(x, numbers(3)),
    lambda x: torch.maximum(numbers(1, 3, 8, 8), x),
    lambda x: torch.minimum(numbers(8), x),
    lambda x: x.clamp(numbers(8), x.flip(1)),
    lambda x: F.hardswish(x),
    lambda x: x % 0.3 + (x * 5).long() % 3,
    lambda x: ((x * 5).long().abs() << 2) >> 1,
    lambda x: F.threshold(x, 0.1, 2),
    lambda x: x.reshape(3, 8, 8) @ x.reshape(3, 8, 8).mT,
    lambda x: F.linear(x, numbers(5, 8), numbers(5)),
    lambda x: F.softmax(x, dim=0),
    lambda x: F.softmin(x),
    lambda x: torch.log_softmax(x, -2),
    lambda x: UNTYPED.unflatten(x, 1, (1, 3)),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
