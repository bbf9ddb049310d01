"""What turns prepared pictures into probabilities: what every engine is, and what all of them hold to.

ONNX Runtime starts at once (`onnx_engine.py`; `guarded.py` for a stranger's file). PyTorch takes seconds, so it is
imported only for a model that nobody exported (`torch_engine.py`). `opening.py` chooses.
"""

import hashlib
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fivebyfive.errors import InputError
from fivebyfive.pictures.preparation import DIGITS, MNIST
from fivebyfive.text import printable

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

BATCH = 256
"""So many images are asked about at a time: a page of thousands of digits would take gigabytes at once."""
BATCH_BYTES = 32 << 20
"""Of prepared pictures that wait to be asked about."""
MOST_PIXELS = 2048 * 2048
"""Of a prepared picture; files' own pictures are opened no larger."""


class Engine(Protocol):
    """A model that can be asked.

    Attributes:
        classes: the name of each output.
        shape: height, width and channels of a prepared picture.
        preparation: DIGITS or WHOLE.
        fit: how a whole picture comes to that shape, one of `fitting.FITS`.
    """

    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    preparation: str
    fit: str

    def probabilities(self, images: Pixels) -> Floats:
        """Of each class for each image: uint8 [N, H, W, C] → [N, classes], rows adding up to 1.

        A row is NaN where the model's answer is no number.
        """

    def fingerprint(self) -> str:
        """Its name, and digits by which it is told from every other that could answer differently."""


def fingerprint(name: object, *parts: bytes) -> str:
    """`name` and the first half of the SHA-256 of `parts`, each with its length before it."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "little"))
        found.update(part)
    return f"{printable(name)} {found.hexdigest()[:32]}"


def expect_pictures(shape: tuple[int, ...], preparation: str, name: str) -> None:
    """Raise an `InputError` unless a picture's file can be made what such a model takes."""
    size = "×".join(map(str, shape))
    height, width, channels = shape
    if channels not in (1, 3, 4):
        raise InputError(f"{name} takes pictures of {size}; 1, 3 or 4 channels is what a file's picture has")
    if height * width > MOST_PIXELS:
        raise InputError(f"{name} takes pictures of {size}; they may have {MOST_PIXELS:,} pixels at the most")
    if preparation == DIGITS and shape != MNIST:
        raise InputError(
            f"{name} takes pictures of {size}, but says that it takes digits, which are prepared as 28×28×1"
        )
