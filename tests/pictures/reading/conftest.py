"""Digits that the reader is sure of."""

import numpy as np
import pytest

from fivebyfive import datasets
from fivebyfive.pictures.reading import proposing, reader
from fivebyfive.pictures.sheet import Piece
from pieces import ink


@pytest.fixture(scope="package")
def sure() -> list[tuple[str, Piece]]:
    """Digits of MNIST that the reader is sure of and that stand as usual, with what they are."""
    images = datasets.load("mnist").validation
    made = [(str(label), ink(image[..., 0])) for image, label in zip(images.pixels, images.labels, strict=True)][:200]
    found = reader.probabilities(np.stack([piece.pixels for _, piece in made]))
    classes = reader.classes()
    return [
        (label, piece)
        for (label, piece), p in zip(made, found, strict=True)
        if p[classes.index(label)] >= proposing.SURE and 0.35 <= piece.width / piece.height <= 1
    ]
