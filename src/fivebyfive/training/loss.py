"""What a training makes small: how far a network's logits are from the labels.

``softmax``: the classes share one probability of 1, and the right one shall get it. ``sigmoid``: each class is asked
by itself whether the picture is of it, yes or no; a picture that could be two digits may then have two that say yes,
and none is pushed down for another's sake.

Source of the second: L. Beyer et al., Are we done with ImageNet?, 2020, https://arxiv.org/abs/2006.07159
"""

import torch.nn.functional as F
from torch import Tensor

from fivebyfive.training.recipe import Recipe


def loss_of(logits: Tensor, labels: Tensor, recipe: Recipe, weights: Tensor | None = None) -> Tensor:
    """The mean over a batch, a scalar.

    Args:
        logits: [N, classes].
        labels: [N], whole numbers; or [N, classes], the share of each class in a picture.
        recipe: its `loss` and its `label_smoothing` are followed.
        weights: [classes], what a picture of each class counts; None: 1. The sum is divided by N all the same, so that
            a batch in two parts has the same gradient as the whole.
    """
    if weights is not None:
        weights = weights.to(logits.device)
        each = weights[labels] if labels.dim() == 1 else labels[:, : len(weights)].to(weights.dtype) @ weights
        return (_losses(logits, labels, recipe) * each).mean()
    if recipe.loss == "softmax":
        return F.cross_entropy(logits, labels, label_smoothing=recipe.label_smoothing)
    return F.binary_cross_entropy_with_logits(logits, _wanted(logits, labels, recipe), reduction="sum") / len(labels)


def _losses(logits: Tensor, labels: Tensor, recipe: Recipe) -> Tensor:
    """Of each picture, [N]."""
    if recipe.loss == "softmax":
        return F.cross_entropy(logits, labels, label_smoothing=recipe.label_smoothing, reduction="none")
    wanted = _wanted(logits, labels, recipe)
    return F.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(1)


def _wanted(logits: Tensor, labels: Tensor, recipe: Recipe) -> Tensor:
    """For each class of each picture, whether it shall say yes, [N, classes]."""
    classes = logits.shape[1]
    wanted = (F.one_hot(labels, classes) if labels.dim() == 1 else labels).to(logits.dtype)
    return wanted * (1.0 - recipe.label_smoothing) + recipe.label_smoothing / classes
