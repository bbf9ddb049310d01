"""How far lists are from each other."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from steps import expect_known, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: torch.cdist(x[0, :1], x[0, 1:2]),
    lambda x: F.cosine_similarity(x, x.flip(1) + 1, dim=2),
    lambda x: F.pairwise_distance(x[0, 0], x[0, 1]),
    lambda x: F.pdist(x[0, 0]),
    lambda x: torch.dist(x, x.flip(1), 3),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
