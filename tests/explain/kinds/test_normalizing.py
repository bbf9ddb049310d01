"""Values are brought to even sizes, in lines, maps and volumes."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from steps import expect_known, numbers, trace_of

DIMS: Any = (1, 2)

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: F.normalize(x),
    lambda x: F.normalize(x, p=1, dim=3),
    lambda x: F.normalize(x, p=float("inf"), dim=DIMS),
    lambda x: F.normalize(x, dim=-1, eps=5.0),
    lambda x: F.batch_norm(x, None, None, training=True),
    lambda x: F.batch_norm(x, torch.zeros(3).double(), torch.ones(3).double(), numbers(3), numbers(3)),
    lambda x: F.batch_norm(x[0], numbers(8), numbers(8).abs()),
    lambda x: F.batch_norm(x[0, 0], numbers(8), numbers(8).abs()),
    lambda x: F.instance_norm(x[0]),
    lambda x: F.instance_norm(x.reshape(1, 3, 2, 4, 8), weight=numbers(3), bias=numbers(3)),
    lambda x: F.instance_norm(x, numbers(3), numbers(3).abs(), use_input_stats=False),
    lambda x: F.group_norm(x.reshape(1, 6, 4, 8), 3, numbers(6), numbers(6)),
    lambda x: F.group_norm(x.reshape(1, 6, 32), 2),
    lambda x: F.group_norm(x.reshape(1, 6, 2, 4, 4), 2, numbers(6)),
    lambda x: F.group_norm(x.reshape(1, 192), 4),
    lambda x: F.layer_norm(x, (8,), numbers(8), numbers(8)),
    lambda x: F.layer_norm(x, (3, 8, 8)),
    lambda x: F.rms_norm(x, (8,), numbers(8)),
    lambda x: F.rms_norm(x, (8, 8), eps=0.1),
    lambda x: F.local_response_norm(x, 2),
    lambda x: F.local_response_norm(x[0], 3, 0.1, 0.5, 2.0),
    lambda x: F.local_response_norm(x[:, :, None], 3),
    lambda x: F.batch_norm(x.reshape(3, 2, 4, 8), None, None, training=True),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
