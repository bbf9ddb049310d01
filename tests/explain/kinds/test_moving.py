"""Values only move."""

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
    lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), [2, 2]),
    lambda x: torch.meshgrid(x[0, 0, 0], x[0, 0, 1], indexing="ij"),
    lambda x: torch.meshgrid([x[0, 0, 0], numbers(3)], indexing="xy"),
    lambda x: UNTYPED.broadcast_tensors(x, x[:, :1]),
    lambda x: x.roll((1, 2), (2, 3)),
    lambda x: x.rot90(1, (2, 3)),
    lambda x: UNTYPED.cartesian_prod(x[0, 0, 0], x[0, 0, 1, :3]),
    lambda x: torch.combinations(x[0, 0, 0], 3),
    lambda x: UNTYPED.block_diag(x[0, 0], x[0, 1]),
    lambda x: UNTYPED.atleast_3d(x[0, 0]),
    lambda x: F.pad(x, (0, UNTYPED.tensor(2) * 1)),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
