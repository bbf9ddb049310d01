"""Reading pictures: the digits that are written on them, or their class, for a model of other classes."""

from typing import Any

from fivebyfive.prediction.engine import Engine
from fivebyfive.prediction.opening import open_engine
from fivebyfive.prediction.reading import Answer, Reading, picture_of, read

__all__ = ["Answer", "Engine", "Reading", "open_engine", "predict", "read"]


def predict(image: Any, model: Any = None, *, raw: bool = False) -> Reading:
    """What is in a picture: its digits in reading order, each with its probability and box.

    Args:
        image: a path, the bytes of a file, a PIL image, or an array [h, w] or [h, w, 1 or 3] of bytes.
        model: a run folder, a model file or a shipped name; a `Model`; an `Engine`. None: the shipped one.
        raw: `image` is already as the model was taught, for digits 28×28 with light ink on black.

    Raises:
        InputError: the picture or the model cannot be read.
    """
    return read(picture_of(image), _engine(model), raw=raw)


def _engine(model: Any) -> Engine:
    if hasattr(model, "network"):  # a Model, which is not imported for this: that takes PyTorch
        from fivebyfive.prediction.torch_engine import TorchEngine

        return TorchEngine(model)
    return model if hasattr(model, "probabilities") else open_engine(model)
