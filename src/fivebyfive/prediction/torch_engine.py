"""A model in PyTorch, asked like an exported one; only imported where there is no ONNX file."""

import numpy as np
import torch

from fivebyfive.model import Model
from fivebyfive.networks import as_input
from fivebyfive.prediction.engine import BATCH, DIGITS, NONE, WHOLE, Floats, Pixels

MNIST = (28, 28, 1)


class TorchEngine:
    """`model` as an `Engine`."""

    def __init__(self, model: Model) -> None:
        self.classes, self.shape = model.classes, model.shape
        self.preparation = preparation_of(model)
        self._network = model.network.eval()

    def probabilities(self, images: Pixels) -> Floats:
        """As `Engine` says."""
        forward = getattr(self._network, "fused", self._network)
        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(images))
            batches = [pixels[i : i + BATCH] for i in range(0, max(1, len(pixels)), BATCH)]
            logits = torch.cat([forward(as_input(batch, self._network)) for batch in batches])
        return np.asarray(logits.float().softmax(1).numpy(), np.float32)


def preparation_of(model: Model) -> str:
    """DIGITS for a model that was taught on MNIST, or on digits that are prepared like MNIST's; else WHOLE."""
    said = model.facts.get("preparation")
    if said in (DIGITS, WHOLE):
        return str(said)
    of_digits = model.shape == MNIST and set(model.classes) <= {*"0123456789", NONE}
    return DIGITS if of_digits and model.facts.get("data", "mnist") in ("mnist", "written") else WHOLE
