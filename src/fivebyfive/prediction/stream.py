"""Many pictures, one after another: prepared on every core, read in order, a few in memory at a time."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fivebyfive.errors import Failure, InputError
from fivebyfive.pictures.decoding import decode
from fivebyfive.pictures.preparation import are_digits
from fivebyfive.pictures.prepare import Prepared, prepare
from fivebyfive.prediction.engine import Engine, Floats
from fivebyfive.prediction.reading import Reading, answered
from fivebyfive.processes import safe_context

CHUNK = 16
"""Pictures a task: enough for the work to outweigh handing it over."""
FEW = 2 * CHUNK
"""Up to so many pictures are prepared here: other processes take longer to start."""


@dataclass(frozen=True)
class Read:
    """One file's reading, or why there is none."""

    path: Path
    reading: Reading | None
    error: str = ""


@dataclass(frozen=True)
class _Task:
    """What a process needs to prepare some files."""

    paths: tuple[Path, ...]
    preparation: str
    shape: tuple[int, int, int]
    raw: bool
    digits: bool


def read_files(paths: Sequence[Path], engine: Engine, *, raw: bool = False) -> Iterator[Read]:
    """Read every file in turn; one that cannot be read gives its error and holds up nothing.

    Raises:
        Failure: a process that prepares pictures was killed.
    """
    digits = are_digits(engine.classes)
    tasks = (
        _Task(tuple(paths[i : i + CHUNK]), engine.preparation, engine.shape, raw, digits)
        for i in range(0, len(paths), CHUNK)
    )
    for task, prepared in _prepared(tasks, len(paths)):
        yield from _answers(task, prepared, engine)


def _prepared(tasks: Iterator[_Task], count: int) -> Iterator[tuple[_Task, list[Prepared | str]]]:
    if count <= FEW:
        yield from ((task, _prepare_all(task)) for task in tasks)
        return
    workers = os.cpu_count() or 1
    waiting: deque[tuple[_Task, Future[list[Prepared | str]]]] = deque()
    with ProcessPoolExecutor(workers, safe_context(), initializer=_one_thread) as pool:
        try:
            for task in tasks:
                waiting.append((task, pool.submit(_prepare_all, task)))
                if len(waiting) > 2 * workers:
                    first, done = waiting.popleft()
                    yield first, done.result()
            for task, done in waiting:
                yield task, done.result()
        except BrokenProcessPool:
            raise Failure("a process that prepares pictures was killed, by want of memory perhaps; try fewer") from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _one_thread() -> None:
    """There is a process for each core already; Ctrl-C is for the one that started them."""
    import signal

    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _prepare_all(task: _Task) -> list[Prepared | str]:
    """Each file of `task` as the model takes it, or what is wrong with it."""
    return [_prepare(path, task) for path in task.paths]


def _prepare(path: Path, task: _Task) -> Prepared | str:
    try:
        return prepare(decode(path), task.preparation, task.shape, task.raw, digits=task.digits)
    except InputError as error:
        return str(error) if str(error).startswith(str(path)) else f"{path}: {error}"


def _answers(task: _Task, prepared: list[Prepared | str], engine: Engine) -> Iterator[Read]:
    images = [p.images for p in prepared if isinstance(p, Prepared) and len(p.images)]
    probabilities = engine.probabilities(np.concatenate(images)) if images else None
    first = 0
    for path, item in zip(task.paths, prepared, strict=True):
        if isinstance(item, str):
            yield Read(path, None, item)
            continue
        last = first + len(item.images)
        its = probabilities[first:last] if last > first and probabilities is not None else None
        yield _read(path, item, its, engine)
        first = last


def _read(path: Path, prepared: Prepared, probabilities: Floats | None, engine: Engine) -> Read:
    try:
        return Read(path, answered(prepared, probabilities, engine))
    except InputError as error:
        return Read(path, None, f"{path}: {error}")
