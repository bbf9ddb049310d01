"""Values are put, or added, to places that an index or a mask names."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from steps import expect_known, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: torch.zeros(1, 3, 8, 8).double().scatter(1, torch.randint(0, 3, (1, 2, 8, 8)), x),
    lambda x: x.scatter(1, torch.randint(0, 3, (1, 1, 8, 8)), 5.0),
    lambda x: x.scatter_add(1, torch.randint(0, 3, (1, 3, 8, 8)), x),
    lambda x: x.clone().scatter_add_(1, torch.randint(0, 3, (1, 3, 8, 8)), x),
    lambda x: x.index_add(2, torch.tensor([1, 1, 3]), x[:, :, :3], alpha=2),
    lambda x: x.index_put((torch.tensor([0]), torch.tensor([1])), x[0, 2]),
    lambda x: x.clone().index_put_((torch.tensor([0, 0]), torch.tensor([1, 1])), x[0, :2], accumulate=True),
    lambda x: x.index_fill(1, torch.tensor([0, 2]), 3.0),
    lambda x: x.index_copy(2, torch.tensor([5, 1]), x[:, :, :2]),
    lambda x: x.masked_scatter(x > 0, x.flip(1)),
    lambda x: x.select_scatter(x[:, 0], 1, 2),
    lambda x: x.slice_scatter(x[:, :, :2], 2, 3, 5),
    lambda x: x.diagonal_scatter(x[:, :, 0], dim1=2, dim2=3),
    lambda x: x.put(torch.tensor([3, 7]), x[0, 0, 0, :2]),
    lambda x: x.clone().put_(torch.tensor([3, 3]), x[0, 0, 0, :2], accumulate=True),
    lambda x: x.scatter_reduce(1, torch.randint(0, 3, (1, 3, 8, 8)), x, "sum"),
    lambda x: x.scatter_reduce(1, torch.randint(0, 3, (1, 3, 8, 8)), x, reduce="mean"),
    lambda x: x.scatter_reduce(1, torch.randint(0, 3, (1, 3, 8, 8)), x, reduce="amax", include_self=False),
    lambda x: x.scatter_reduce(1, torch.randint(0, 3, (1, 3, 8, 8)), x, reduce="prod"),
    lambda x: x.index_reduce(2, torch.tensor([1, 1, 3]), x[:, :, :3], "amin"),
    lambda x: x[0, 0].clone().fill_diagonal_(2.0),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
