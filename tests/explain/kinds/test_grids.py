"""Maps are read between their pixels, and at the places that a grid names."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from steps import expect_known, numbers, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: F.grid_sample(x, torch.tanh(x[:, :2].permute(0, 2, 3, 1)), align_corners=False),
    lambda x: F.affine_grid(x[:, 0, :2, :3], [1, 3, 4, 5], align_corners=False),
    lambda x: F.grid_sample(
        x, torch.tanh(x[:, :2].permute(0, 2, 3, 1)), mode="nearest", padding_mode="border", align_corners=True
    ),
    lambda x: F.grid_sample(
        numbers(1, 2, 5, 5),
        torch.tanh(x[:, :2].permute(0, 2, 3, 1)),
        mode="bicubic",
        padding_mode="reflection",
        align_corners=True,
    ),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
