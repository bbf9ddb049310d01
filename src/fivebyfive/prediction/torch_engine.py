"""A model in PyTorch, asked like an exported one; only imported where there is no ONNX file."""

import numpy as np
import torch

from fivebyfive.model import Model
from fivebyfive.prediction.engine import BATCH, Floats, Pixels


class TorchEngine:
    """`model` as an `Engine`."""

    def __init__(self, model: Model) -> None:
        self.classes, self.shape, self.preparation = model.classes, model.shape, model.preparation
        self._model = model

    def probabilities(self, images: Pixels) -> Floats:
        """As `Engine` says."""
        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(images))
            batches = [pixels[i : i + BATCH] for i in range(0, max(1, len(pixels)), BATCH)]
            logits = torch.cat([self._model.logits(batch) for batch in batches])
        return np.asarray(logits.float().softmax(1).numpy(), np.float32)
