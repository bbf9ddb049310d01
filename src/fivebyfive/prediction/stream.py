"""Many pictures, one after another: read on every core, given in order, a few in memory at a time.

The shipped reader reads in each of the processes; any other model is asked here, about what they have prepared.
"""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fivebyfive.decision import SURE
from fivebyfive.errors import Failure, InputError
from fivebyfive.pictures.pages import pages
from fivebyfive.pictures.preparation import are_digits
from fivebyfive.pictures.prepare import Prepared, prepare
from fivebyfive.prediction.engine import Engine, Floats
from fivebyfive.prediction.reader_engine import ReaderEngine
from fivebyfive.prediction.reading import Reading, answered, asked

if TYPE_CHECKING:
    from concurrent.futures import Future

CHUNK = 16
"""Files a task: enough for the work to outweigh handing it over."""
FEW = 4 * CHUNK
"""Up to so many files are read here: other processes take longer to start."""


@dataclass(frozen=True)
class Source:
    """A file, or the bytes of one, and what it is called."""

    name: str
    content: Path | bytes


@dataclass(frozen=True)
class Read:
    """One page's reading, or why there is none.

    Attributes:
        name: the file's.
        page: its number, from 1, where the file has several.
        prepared: what was read, and the stages on the way, where that was asked for.
    """

    name: str
    reading: Reading | None
    error: str = ""
    page: int | None = None
    prepared: Prepared | None = None


@dataclass(frozen=True)
class Way:
    """How files are read: `raw` and `threshold` as in `predict`; `stages`: as in `prepare`, and kept."""

    raw: bool = False
    threshold: float = SURE
    stages: int = 0


@dataclass(frozen=True)
class _Task:
    """What a process needs to read some files; `whole`: by the shipped reader, so that nothing is left to be asked."""

    sources: tuple[Source, ...]
    preparation: str
    shape: tuple[int, int, int]
    fit: str
    way: Way
    digits: bool
    whole: bool


@dataclass(frozen=True)
class _Page:
    """A page as far as a process has come with it: read, prepared, or what is wrong with it."""

    name: str
    found: Reading | Prepared | str
    number: int | None = None


def read_files(sources: Sequence[Source], engine: Engine, way: Way) -> Iterator[Read]:
    """Read every page of every file in turn; one that cannot be read gives its error and holds up nothing.

    Raises:
        Failure: a process that reads pictures was killed.
    """
    few = len(sources) <= FEW or way.stages > 0  # all stages of thousands of pictures are not in memory at once
    whole, size = isinstance(engine, ReaderEngine) and not few, 1 if few else CHUNK
    digits = are_digits(engine.classes)
    tasks = (
        _Task(tuple(sources[i : i + size]), engine.preparation, engine.shape, engine.fit, way, digits, whole)
        for i in range(0, len(sources), size)
    )
    if few:
        for task in tasks:
            for page in _pages(task):
                yield from _answers([page], engine, way)
    else:
        for found in _by_all_cores(tasks):
            yield from _answers(found, engine, way)


def _by_all_cores(tasks: Iterator[_Task]) -> Iterator[list[_Page]]:
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor

    from fivebyfive.processes import safe_context

    workers = os.cpu_count() or 1
    waiting: deque[Future[list[_Page]]] = deque()
    with ProcessPoolExecutor(workers, safe_context(), initializer=_one_thread) as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(_all_pages, task))
                if len(waiting) > 4 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise Failure("a process that reads pictures was killed, by want of memory perhaps; try fewer") from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _one_thread() -> None:
    """There is a process for each core already; Ctrl-C is for the one that started them."""
    import signal

    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _all_pages(task: _Task) -> list[_Page]:
    return list(_pages(task))


def _pages(task: _Task) -> Iterator[_Page]:
    """Each page of each file of `task`, as far as it can be read without asking a model of others."""
    engine = ReaderEngine() if task.whole else None
    for source in task.sources:
        for page in _prepared(source, task):
            if engine is not None and isinstance(page.found, Prepared):
                yield replace(page, found=_read(page, asked(page.found, engine), engine, task.way))
            else:
                yield page


def _prepared(source: Source, task: _Task) -> Iterator[_Page]:
    number = None
    try:
        for page in pages(source.content, source.name):
            number = page.number
            prepared = prepare(
                page.picture,
                task.preparation,
                task.shape,
                task.way.raw,
                stages=task.way.stages,
                digits=task.digits,
                fit=task.fit,
            )
            yield _Page(source.name, prepared, number)
    except InputError as error:
        said = str(error) if str(error).startswith(source.name) else f"{source.name}: {error}"
        yield _Page(source.name, said, number and number + 1)


def _answers(found: list[_Page], engine: Engine, way: Way) -> Iterator[Read]:
    """What the pages say, once `engine` has been asked about those that are only prepared, all together."""
    left = [page.found for page in found if isinstance(page.found, Prepared)]
    probabilities = iter(_asked(left, engine))
    for page in found:
        prepared = page.found if isinstance(page.found, Prepared) else None
        reading = _read(page, next(probabilities), engine, way) if prepared is not None else page.found
        assert not isinstance(reading, Prepared)
        shown = prepared if way.stages else None
        if isinstance(reading, str):
            yield Read(page.name, None, reading, page.number)
        else:
            yield Read(page.name, reading, page=page.number, prepared=shown)


def _asked(prepared: list[Prepared], engine: Engine) -> list[Floats | None]:
    """Of each the probabilities of its images, as `asked`."""
    if isinstance(engine, ReaderEngine):
        return [asked(one, engine) for one in prepared]
    images = [one.images for one in prepared if len(one.images)]
    if not images:
        return [None] * len(prepared)
    ends = np.cumsum([len(one.images) for one in prepared])
    return list(np.split(engine.probabilities(np.concatenate(images)), ends[:-1]))


def _read(page: _Page, probabilities: Floats | None, engine: Engine, way: Way) -> Reading | str:
    assert isinstance(page.found, Prepared)
    try:
        return answered(page.found, probabilities, engine, way.threshold)
    except InputError as error:
        return f"{page.name}: {error}"
