"""A model in PyTorch, asked like an exported one; only imported where there is no ONNX file."""

import numpy as np
import torch

from fivebyfive import answers
from fivebyfive.model import Model
from fivebyfive.prediction.engine import DIGITS, MNIST, NONE, WHOLE, Floats, Pixels, expect_pictures


class TorchEngine:
    """`model` as an `Engine`.

    Raises:
        InputError: it takes no pictures that a file can hold.
    """

    def __init__(self, model: Model) -> None:
        self.classes, self.shape = model.classes, model.shape
        self.preparation = preparation_of(model)
        expect_pictures(self.shape, self.preparation, model.name)
        self._network, self._name = model.network.eval(), model.name

    def probabilities(self, images: Pixels) -> Floats:
        """As `Engine` says.

        Raises:
            InputError: the network gives something else than a number for each class.
            Failure: its code raised.
        """
        pictures = torch.from_numpy(np.ascontiguousarray(images))
        with torch.inference_mode():
            said = answers.probabilities(self._network, pictures, len(self.classes), self._name)
        return np.asarray(said.numpy(), np.float32)


def preparation_of(model: Model) -> str:
    """DIGITS for a model that was taught on MNIST, or on digits that are prepared like MNIST's; else WHOLE."""
    said = model.facts.get("preparation")
    if said in (DIGITS, WHOLE):
        return str(said)
    of_digits = model.shape == MNIST and set(model.classes) <= {*"0123456789", NONE}
    return DIGITS if of_digits and model.facts.get("data", "mnist") in ("mnist", "written") else WHOLE
