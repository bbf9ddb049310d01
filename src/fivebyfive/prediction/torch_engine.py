"""A model in PyTorch, asked like an exported one; only imported where there is no ONNX file."""

import numpy as np
import torch

from fivebyfive.model import Model
from fivebyfive.prediction.engine import BATCH, Floats, Pixels, expect_pictures


class TorchEngine:
    """`model` as an `Engine`.

    Raises:
        InputError: it takes no pictures that a file can hold.
    """

    def __init__(self, model: Model) -> None:
        self.classes, self.shape = model.classes, model.shape
        self.preparation, self.fit = model.preparation, model.fit
        expect_pictures(self.shape, self.preparation, model.name)
        self._model = model

    def probabilities(self, images: Pixels) -> Floats:
        """As `Engine` says.

        Raises:
            InputError: the network gives something else than a number for each class.
            Failure: its code raised.
        """
        pictures = torch.from_numpy(np.array(images, np.uint8))
        batches = [pictures[i : i + BATCH] for i in range(0, max(1, len(pictures)), BATCH)]
        with torch.inference_mode():
            said = torch.cat([self._model.probabilities(batch) for batch in batches])
        return np.asarray(said.numpy(), np.float32)
