"""The two losses: the post's, and one in which each class answers for itself."""

import math

import pytest
import torch
import torch.nn.functional as F

from fivebyfive.ops import softmax_cross_entropy_with_logits
from fivebyfive.training.loss import loss_of
from fivebyfive.training.recipe import get

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0]])
LABELS = torch.tensor([0, 2])


def test_softmax_is_the_posts_cost() -> None:
    posts = softmax_cross_entropy_with_logits(LOGITS, F.one_hot(LABELS, 3).float()).mean()
    assert loss_of(LOGITS, LABELS, get("classic")).item() == pytest.approx(posts.item())


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_sigmoid_asks_each_class_yes_or_no(smoothing: float) -> None:
    total = 0.0
    for logits, label in zip(LOGITS.tolist(), LABELS.tolist(), strict=True):
        for of_class, logit in enumerate(logits):
            yes = 1.0 / (1.0 + math.exp(-logit))
            wanted = (1.0 - smoothing) * (of_class == label) + smoothing / 3
            total -= wanted * math.log(yes) + (1.0 - wanted) * math.log(1.0 - yes)
    recipe = get("classic", loss="sigmoid", label_smoothing=smoothing)
    assert loss_of(LOGITS, LABELS, recipe).item() == pytest.approx(total / 2, rel=1e-5)


def test_sigmoid_leaves_a_wrong_class_that_already_says_no_alone() -> None:
    logits = torch.tensor([[-8.0, -8.0, 9.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(loss_of(logits, torch.tensor([0]), get("classic", loss="sigmoid")), logits)
    right, no, wrong = gradient[0].abs().tolist()
    assert no < 0.001
    assert min(right, wrong) > 0.99


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_a_weight_of_2_counts_a_picture_twice(loss: str) -> None:
    recipe = get("classic", loss=loss, label_smoothing=0.1)
    weighed = loss_of(LOGITS, LABELS, recipe, torch.tensor([2.0, 1.0, 1.0]))
    twice = loss_of(LOGITS[[0, 0, 1]], LABELS[[0, 0, 1]], recipe)
    assert weighed.item() == pytest.approx(twice.item() * 3 / 2)


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_two_parts_of_a_weighed_batch_come_to_the_whole(loss: str) -> None:
    recipe, weights = get("classic", loss=loss), torch.tensor([0.2, 1.0, 3.0])
    parts = [loss_of(LOGITS[n : n + 1], LABELS[n : n + 1], recipe, weights).item() for n in range(2)]
    assert loss_of(LOGITS, LABELS, recipe, weights).item() == pytest.approx(sum(parts) / 2)
