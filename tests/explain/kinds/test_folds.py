"""Windows are laid out as lists, and lists become maps again."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from steps import expect_known, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: F.unfold(x, 3, padding=1, stride=2, dilation=2),
    lambda x: x.unfold(2, 3, 2),
    lambda x: F.fold(F.unfold(x, 2), 8, 2),
    lambda x: torch.ops.aten.im2col(x, [3, 3], [1, 1], [1, 1], [2, 2]),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
