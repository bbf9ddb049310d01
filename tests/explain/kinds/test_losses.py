"""How far an answer is from what it should be: every loss of PyTorch."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from steps import expect_known, numbers, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: F.cross_entropy(x[:, :, 0, 0], torch.tensor([1])),
    lambda x: F.cross_entropy(
        x, torch.randint(0, 3, (1, 8, 8)), label_smoothing=0.1, weight=torch.tensor([1.0, 2, 3]).double()
    ),
    lambda x: F.cross_entropy(x[:, 0], torch.sigmoid(x[:, 1]), reduction="none"),
    lambda x: F.nll_loss(x.log_softmax(1), torch.randint(0, 3, (1, 8, 8))),
    lambda x: F.mse_loss(x, x.flip(1) * 2),
    lambda x: F.l1_loss(x, numbers(1, 3, 8, 8), reduction="sum"),
    lambda x: F.smooth_l1_loss(x, numbers(1, 3, 8, 8)),
    lambda x: F.huber_loss(x, numbers(1, 3, 8, 8), delta=0.5),
    lambda x: F.binary_cross_entropy(torch.sigmoid(x), torch.sigmoid(numbers(1, 3, 8, 8))),
    lambda x: F.binary_cross_entropy_with_logits(x, torch.sigmoid(numbers(1, 3, 8, 8)), pos_weight=numbers(8).abs()),
    lambda x: F.kl_div(x.log_softmax(1), x.flip(1).softmax(1), reduction="batchmean"),
    lambda x: F.poisson_nll_loss(x, numbers(1, 3, 8, 8).abs()),
    lambda x: F.soft_margin_loss(x, numbers(1, 3, 8, 8).sign()),
    lambda x: F.hinge_embedding_loss(x, numbers(1, 3, 8, 8).sign()),
    lambda x: F.multi_margin_loss(x[:, :, 0, 0], torch.tensor([1])),
    lambda x: F.multilabel_margin_loss(x[:, :, 0, 0], torch.tensor([[2, -1, 0]])),
    lambda x: F.multilabel_soft_margin_loss(x[:, :, 0, 0], torch.tensor([[1.0, 0, 1]]).double()),
    lambda x: F.gaussian_nll_loss(x, numbers(1, 3, 8, 8), x.exp()),
    lambda x: F.margin_ranking_loss(x, x.flip(1), torch.ones(1, 1, 1, 1).double()),
    lambda x: F.cosine_embedding_loss(x[0, 0], x[0, 1], torch.ones(8).double()),
    lambda x: F.triplet_margin_loss(x[0, 0], x[0, 1], x[0, 2]),
    lambda x: F.triplet_margin_with_distance_loss(x[0, 0], x[0, 1], x[0, 2]),
    lambda x: F.ctc_loss(
        x[0].permute(1, 0, 2).log_softmax(2)[:, :1], torch.tensor([[1, 2, 2]]), torch.tensor([8]), torch.tensor([3])
    ),
    lambda x: nn.CrossEntropyLoss()(x[:, :, 0, 0], torch.tensor([2])),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
