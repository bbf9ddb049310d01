"""Reading pictures: the digits that are written on them, or their class, for a model of other classes."""

import functools
import os
from pathlib import Path
from typing import Any, overload

from fivebyfive.decision import SURE
from fivebyfive.prediction.engine import Engine
from fivebyfive.prediction.opening import open_engine
from fivebyfive.prediction.reading import Answer, Reading, picture_of, read

__all__ = ["Answer", "Engine", "Reading", "open_engine", "predict", "read"]

OPEN = 4
"""So many models are kept open between calls."""


@overload
def predict(image: list[Any], model: Any = None, *, raw: bool = False, threshold: float = SURE) -> list[Reading]: ...
@overload
def predict(image: Any, model: Any = None, *, raw: bool = False, threshold: float = SURE) -> Reading: ...
def predict(image: Any, model: Any = None, *, raw: bool = False, threshold: float = SURE) -> Reading | list[Reading]:
    """What is in a picture: its digits in reading order, each with its probability and box.

    A model's file is opened once, and again where it has changed since.

    Args:
        image: a path, the bytes of a file, a PIL image, or an array [h, w] or [h, w, 1 or 3] of bytes; or a list of
            such, for a list of readings in its order. Every page of a file: ``predict(list(pages(path)))``, with
            ``pages`` of `fivebyfive.pictures.pages`.
        model: a run folder, a model file or a shipped name; a `Model`; an `Engine`. None: the shipped one.
        raw: `image` is already as the model was taught, for digits 28×28 with light ink on black.
        threshold: from this probability on, an answer is sure.

    Raises:
        InputError: the picture or the model cannot be read.
    """
    engine = _engine(model)
    if isinstance(image, list):
        return [read(picture_of(one), engine, raw=raw, threshold=threshold) for one in image]
    return read(picture_of(image), engine, raw=raw, threshold=threshold)


def _engine(model: Any) -> Engine:
    if hasattr(model, "network"):  # a Model, which is not imported for this: that takes PyTorch
        from fivebyfive.prediction.torch_engine import TorchEngine

        return TorchEngine(model)
    return model if hasattr(model, "probabilities") else _opened(model, _identity(model))


@functools.lru_cache(maxsize=OPEN)
def _opened(model: str | Path | None, identity: tuple[object, ...]) -> Engine:  # noqa: ARG001 (it tells two apart)
    return open_engine(model)


def _identity(model: str | Path | None) -> tuple[object, ...]:
    """What changes when the file or the folder `model` does; of a shipped model nothing is asked."""
    if model is None:
        return ()
    path = Path(model)
    try:
        files = [path, *sorted(path.iterdir())] if path.is_dir() else [path]
        return (path.resolve(), *((file.name, *_state(file.stat())) for file in files))
    except OSError:  # there is no such file: a shipped name, or what opening it will tell
        return ()


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns
