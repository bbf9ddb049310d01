"""Numbers name rows of a table, or places in a list."""

from collections.abc import Callable
from typing import Any

import pytest
import torch.nn.functional as F
from torch import Tensor

from steps import expect_known, numbers, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: F.embedding((x[:, 0] * 5).abs().long(), numbers(60, 4)),
    lambda x: F.embedding_bag((x[0, 0] * 5).abs().long(), numbers(60, 4)),
    lambda x: F.embedding_bag((x[0, 0] * 5).abs().long(), numbers(60, 4), mode="sum", per_sample_weights=x[0, 1]),
    lambda x: F.embedding_bag((x[0, 0] * 5).abs().long(), numbers(60, 4), mode="max"),
    lambda x: F.one_hot((x * 3).abs().long(), 20),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
