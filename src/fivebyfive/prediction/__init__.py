"""Reading pictures: the digits that are written on them, or their class, for a model of other classes."""

import functools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, overload

from fivebyfive.decision import SURE
from fivebyfive.errors import InputError
from fivebyfive.pictures.preparation import are_digits
from fivebyfive.pictures.prepare import Prepared, prepare
from fivebyfive.prediction import arrays
from fivebyfive.prediction.engine import BATCH_BYTES, Engine
from fivebyfive.prediction.opening import open_engine
from fivebyfive.prediction.reading import Answer, Reading, answered, asked_together, picture_of, read

__all__ = ["Answer", "Engine", "Reading", "open_engine", "predict", "predict_each", "read"]

OPEN = 4
"""So many models are kept open between calls."""
TOGETHER = 64
"""So many pictures go through a model at once."""


Image: TypeAlias = Any
"""A path, the bytes of a file, a PIL image, an array or a tensor (`arrays` says which), or a page's picture."""


@overload
def predict(
    image: list[Image] | tuple[Image, ...], model: Any = None, *, raw: bool = False, threshold: float = SURE
) -> list[Reading]: ...
@overload
def predict(image: Image, model: Any = None, *, raw: bool = False, threshold: float = SURE) -> Reading: ...
def predict(image: Image, model: Any = None, *, raw: bool = False, threshold: float = SURE) -> Reading | list[Reading]:
    """What is in a picture: its digits in reading order, each with its probability and box; or its class.

    A model's file is opened once, and again where it has changed since. Several pictures go through the model together.

    Args:
        image: a path, the bytes of a file, a PIL image, or an array or a tensor, [h, w], [h, w, C] or [1, h, w]; or
            several, for a list of readings in their order: a list of such, or an array [N, h, w], [N, h, w, C] or
            [N, C, h, w]. Every page of a file: ``predict([page.picture for page in pages(path)])``, with ``pages`` of
            `fivebyfive.pictures.pages`. More than memory holds: `predict_each`.
        model: a run folder, a model file or a shipped name; a `Model`; an `Engine`. None: the shipped one.
        raw: `image` is already as the model was taught, for digits 28×28 with light ink on black.
        threshold: from this probability on, an answer is sure.

    Raises:
        InputError: a picture or the model cannot be read.
    """
    engine = _engine(model)
    if not isinstance(image, list | tuple) and not arrays.is_batch(image):
        return read(picture_of(image), engine, raw=raw, threshold=threshold)
    readings = []
    for found in _each(image if isinstance(image, list | tuple) else arrays.pictures_of(image), engine, raw, threshold):
        if isinstance(found, InputError):
            raise found
        readings.append(found)
    return readings


def predict_each(
    images: Iterable[Image], model: Any = None, *, raw: bool = False, threshold: float = SURE
) -> Iterator[Reading | InputError]:
    """What is in each of any number of pictures, in their order, as they come; the rest as in `predict`.

    A few are in memory at a time, and go through the model together. One that cannot be read gives its `InputError` and
    holds up nothing.

    Raises:
        InputError: the model cannot be read.
    """
    return _each(images, _engine(model), raw, threshold)


def _each(images: Iterable[Image], engine: Engine, raw: bool, threshold: float) -> Iterator[Reading | InputError]:
    digits = are_digits(engine.classes)
    together: list[Prepared | InputError] = []
    held = 0
    for image in images:
        try:
            prepared = prepare(picture_of(image), engine.preparation, engine.shape, raw, digits=digits, fit=engine.fit)
            held += prepared.images.nbytes
            together.append(prepared)
        except InputError as error:
            together.append(error)
        if len(together) >= TOGETHER or held >= BATCH_BYTES:
            yield from _answers(together, engine, threshold)
            together, held = [], 0
    yield from _answers(together, engine, threshold)


def _answers(together: list[Prepared | InputError], engine: Engine, threshold: float) -> Iterator[Reading | InputError]:
    found = iter(asked_together([one for one in together if isinstance(one, Prepared)], engine))
    for one in together:
        if isinstance(one, InputError):
            yield one
            continue
        try:
            yield answered(one, next(found), engine, threshold)
        except InputError as error:
            yield error


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
