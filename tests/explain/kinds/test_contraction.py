"""Products of two tensors and more, added up."""

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
    lambda x: torch.einsum("nchw,ncwk->nhk", x, x + 1),
    lambda x: torch.einsum("...h,hk,kl->...l", x, numbers(8, 5), numbers(5, 2)),
    lambda x: torch.einsum(x[0, 0], [0, 1], x[0, 1], [1, 2], [0, 2]),
    lambda x: torch.einsum("ii->i", x[0, 0]),
    lambda x: torch.einsum("ij,jk", [x[0, 0], x[0, 1]]),
    lambda x: torch.tensordot(x[0], numbers(8, 8, 4), 2),
    lambda x: torch.tensordot(x, x + 1, dims=([1, 2], [1, 2])),
    lambda x: torch.inner(x[0, 0], x[0, 1]),
    lambda x: torch.outer(x[0, 0, 0], x[0, 0, 1]),
    lambda x: x[0, 0, 0].ger(numbers(4)),
    lambda x: torch.kron(numbers(2, 3), x[0, 0]),
    lambda x: F.bilinear(x[0, 0], x[0, 1], numbers(5, 8, 8), numbers(5)),
    lambda x: UNTYPED.chain_matmul(x[0, 0], x[0, 1], numbers(8, 3)),
    lambda x: torch.linalg.multi_dot([numbers(3, 8), x[0, 1], x[0, 0]]),
    lambda x: torch.linalg.cross(x, x.flip(2), dim=1),
    lambda x: torch.addr(x[0, 0], x[0, 1, 0], x[0, 2, 0], beta=0.5, alpha=2),
    lambda x: x[0, 0].trace(),
    lambda x: torch.linalg.vecdot(x, x + 1),
    lambda x: x.diff(),
    lambda x: torch.cumulative_trapezoid(x[0, 0]),
    lambda x: torch.linalg.matmul(x, x.mT),
    lambda x: torch.trapezoid(x[0, 0]),
    lambda x: torch.baddbmm(x[0], x[0] + 1, x[0].mT, beta=0.5, alpha=2),
    lambda x: torch.addmv(x[0, 0, 0], x[0, 1], x[0, 2, 0], beta=2, alpha=3),
    lambda x: torch.addmv(input=x[0, 0, 0], mat=x[0, 1], vec=x[0, 2, 0]),
    lambda x: torch.vdot(x[0, 0, 0], x[0, 0, 1]),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
