"""Class weights: where one class has a hundred times the pictures of another, a network may well never name the other.

With weights, a picture's loss counts the more the fewer pictures its class has, so that all classes count alike. Over
the training images the weights' mean is 1, so that a learning rate means what it meant.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fivebyfive.datasets.dataset import Labels
from fivebyfive.training.recipe import Recipe


def weights(labels: Labels, recipe: Recipe) -> Tensor | None:
    """What a picture of each class counts, float32 [classes]; None where all count the same.

    n / (classes · pictures of the class), of n training pictures; 0 for a class without any.

    Args:
        labels: of all the training images.
    """
    if recipe.class_weights == "none":
        return None
    counts = np.bincount(labels)
    found = np.count_nonzero(counts)
    shares = np.divide(len(labels), found * counts, out=np.zeros(len(counts)), where=counts > 0)
    return torch.from_numpy(shares.astype(np.float32))


def in_words(labels: Labels, classes: Sequence[str], recipe: Recipe) -> str | None:
    """What is said of the weights before the first step."""
    given = weights(labels, recipe)
    if given is None:
        return None
    (most, heavy), (least, light) = (
        (given[n].item(), classes[n])
        for n in (int(given.argmax()), int(torch.where(given > 0, given, torch.inf).argmin()))
    )
    return f"class weights: from {least:.3g} ({light}) to {most:.3g} ({heavy})"
