"""A model in PyTorch, asked like an exported one; only imported where there is no ONNX file."""

import inspect
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch

from fivebyfive.model import Model
from fivebyfive.portable import network_name
from fivebyfive.prediction.engine import BATCH, Floats, Pixels, expect_pictures, fingerprint
from fivebyfive.state import tensors_of


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

    def fingerprint(self) -> str:
        """As `Engine` says: its weights, what is said of it, and the file that its network is written in."""
        return fingerprint(network_name(self._model.name), *self._parts())

    def _parts(self) -> Iterator[bytes]:
        about = [*self.classes, *self.shape, self.preparation, self._model.facts.get("fit"), self._model.outputs]
        yield json.dumps(about).encode()
        with suppress(OSError, TypeError):  # without a file: its weights tell it from others
            yield Path(inspect.getfile(type(self._model.network))).read_bytes()
        for name, tensor in sorted(tensors_of(self._model.network).items()):
            yield name.encode()
            yield tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
