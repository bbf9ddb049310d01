"""Windows of lines, maps and volumes become one value each."""

from collections.abc import Callable
from typing import Any

import pytest
import torch.nn.functional as F
from torch import Tensor

from steps import expect_known, trace_of

NONE: Any = (3, None)

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: F.max_pool1d(x[0], 3, 2, 1),
    lambda x: F.max_pool3d(x.reshape(1, 3, 4, 4, 4), 2, 1, 1),
    lambda x: F.max_pool1d(x[0], 2, return_indices=True),
    lambda x: F.max_pool3d(x.reshape(1, 3, 4, 4, 4), 2, return_indices=True),
    lambda x: F.avg_pool1d(x[0], 3, 2, 1, ceil_mode=True, count_include_pad=False),
    lambda x: F.avg_pool3d(x.reshape(1, 3, 4, 4, 4), (1, 2, 3), 1, (0, 1, 1), divisor_override=5),
    lambda x: F.avg_pool2d(x, 3, divisor_override=4),
    lambda x: F.lp_pool1d(x[0].abs(), 2, 3),
    lambda x: F.lp_pool2d(x.abs(), 1.5, (2, 3), stride=1),
    lambda x: F.lp_pool3d(x.abs().reshape(1, 3, 4, 4, 4), 3, 2),
    lambda x: F.adaptive_avg_pool1d(x[0], 3),
    lambda x: F.adaptive_avg_pool2d(x, (None, 3)),
    lambda x: F.adaptive_avg_pool3d(x.reshape(1, 3, 4, 4, 4), (None, 2, 1)),
    lambda x: F.adaptive_max_pool1d(x[0], 5),
    lambda x: F.adaptive_max_pool2d(x, NONE, return_indices=True),
    lambda x: F.adaptive_max_pool3d(x.reshape(1, 3, 4, 4, 4), 3),
    lambda x: F.max_unpool1d(*F.max_pool1d(x[0], 2, return_indices=True), [2]),
    lambda x: F.max_unpool3d(*F.max_pool3d(x.reshape(1, 3, 4, 4, 4), 2, return_indices=True), [2, 2, 2]),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
