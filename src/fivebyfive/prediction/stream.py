"""Any number of pictures, one after another: read on every core, given in order, a few in memory at a time.

The shipped reader reads in each of the processes; any other model is asked here, about what they have prepared. What
it is asked about together follows from a picture's place in the list alone, so that an answer is the same to its last
digit, wherever the reading of a list begins.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from fivebyfive.decision import SURE
from fivebyfive.errors import InputError
from fivebyfive.pictures.pages import pages
from fivebyfive.pictures.preparation import DIGITS, are_digits
from fivebyfive.pictures.prepare import Prepared, prepare
from fivebyfive.prediction.engine import BATCH, BATCH_BYTES, Engine, Floats
from fivebyfive.prediction.reader_engine import ReaderEngine
from fivebyfive.prediction.reading import Reading, answered, asked, asked_together
from fivebyfive.prediction.sharing import in_turn, is_mine
from fivebyfive.prediction.sources import Source

CHUNK = 16
"""Files a task: enough for the work to outweigh handing it over."""
FEW = 4 * CHUNK
"""Up to so many files are read here: other processes take longer to start."""


@dataclass(frozen=True)
class Read:
    """One page's reading, or why there is none.

    Attributes:
        name: the file's.
        place: which of the files it is, from 0.
        size: the file's, in bytes, where there is one.
        page: its number, from 1, where the file has several.
        prepared: what was read, and the stages on the way, where that was asked for.
    """

    name: str
    reading: Reading | None
    error: str = ""
    place: int = 0
    size: int | None = None
    page: int | None = None
    prepared: Prepared | None = None


@dataclass(frozen=True)
class Way:
    """How files are read: `raw` and `threshold` as in `predict`; `stages`: as in `prepare`, and kept."""

    raw: bool = False
    threshold: float = SURE
    stages: int = 0


@dataclass(frozen=True)
class _How:
    """How a picture is prepared for an engine."""

    preparation: str
    shape: tuple[int, int, int]
    fit: str
    digits: bool
    way: Way


@dataclass(frozen=True)
class _Placed:
    """A file, and which of them it is."""

    source: Source
    place: int


@dataclass(frozen=True)
class _Page:
    """A page as far as a process has come with it: read, prepared, or what is wrong with it; the rest as in `Read`."""

    name: str
    place: int
    size: int | None
    found: Reading | Prepared | str
    number: int | None = None


def read_files(sources: Iterable[Source], engine: Engine, way: Way, first: int = 0) -> Iterator[Read]:
    """Read every page of every file in turn; one that cannot be read gives its error and holds up nothing.

    Args:
        first: how many of the files are left out at the beginning; of the others the answers are the same as without.

    Where several processes were started together, each reads its share, and the first one gives all.

    Raises:
        Failure: processes that read pictures are killed again and again.
    """
    return in_turn(_read_mine(sources, engine, way, first), first)


def _read_mine(sources: Iterable[Source], engine: Engine, way: Way, first: int) -> Iterator[Read]:
    placed = (_Placed(source, place) for place, source in enumerate(sources))
    beginning = list(islice(placed, FEW + 1))
    few = len(beginning) <= FEW or way.stages > 0  # all stages of thousands of pictures are not in memory at once
    size = 1 if few else CHUNK
    mine = (one for one in islice(chain(beginning, placed), first - first % size, None) if is_mine(one.place))
    tasks = _in_tasks(mine, size)
    found = _found(tasks, engine, way, few)
    for together in ([page] for page in found) if few or isinstance(engine, ReaderEngine) else _batches(found):
        yield from (read for read in _answers(together, engine, way) if read.place >= first)


def _found(tasks: Iterator[tuple[_Placed, ...]], engine: Engine, way: Way, few: bool) -> Iterator[_Page]:
    """Every page of every file of `tasks`, as far as that is come with it without asking a model of others."""
    how = _How(engine.preparation, engine.shape, engine.fit, are_digits(engine.classes), way)
    work: Callable[[_Placed], Iterator[_Page]] = functools.partial(_prepared, how=how)
    if few:
        return chain.from_iterable(work(one) for task in tasks for one in task)
    from fivebyfive.prediction.workers import in_order

    if isinstance(engine, ReaderEngine):
        work = functools.partial(_read_whole, prepared=work, way=way)
    return in_order(tasks, work, _given_up)


def _in_tasks(placed: Iterator[_Placed], size: int) -> Iterator[tuple[_Placed, ...]]:
    while task := tuple(islice(placed, size)):
        yield task


def _given_up(one: _Placed, pages_before: int) -> _Page:
    name, number = one.source.name, pages_before + 1 if pages_before else None
    said = f"{name}: reading it ended the process that read it, by want of memory perhaps; leave it out"
    return _Page(name, one.place, one.source.size, said, number)


def _prepared(one: _Placed, *, how: _How) -> Iterator[_Page]:
    """Each page of a file, as far as it can be read without asking a model of others."""
    name, size, number = one.source.name, one.source.size, None
    try:
        if one.source.problem:
            raise InputError(f"{name}: {one.source.problem}")
        for page in pages(one.source.content, name, 0 if how.preparation == DIGITS else max(how.shape[:2])):
            number = page.number
            prepared = prepare(
                page.picture,
                how.preparation,
                how.shape,
                how.way.raw,
                stages=how.way.stages,
                digits=how.digits,
                fit=how.fit,
            )
            yield _Page(name, one.place, size, prepared, number)
    except InputError as error:
        said = str(error) if str(error).startswith(name) else f"{name}: {error}"
        yield _Page(name, one.place, size, said, number and number + 1)


def _read_whole(one: _Placed, *, prepared: Callable[[_Placed], Iterator[_Page]], way: Way) -> Iterator[_Page]:
    """The same, read by the shipped reader, so that nothing is left to be asked."""
    engine = ReaderEngine()
    for page in prepared(one):
        if isinstance(page.found, Prepared):
            yield replace(page, found=_read(page, asked(page.found, engine), engine, way))
        else:
            yield page


def _batches(found: Iterable[_Page]) -> Iterator[list[_Page]]:
    """Pages that a model is asked about together: of CHUNK files, from a place that CHUNK divides; or of fewer."""
    together: list[_Page] = []
    images = held = 0
    for page in found:
        ends = together and page.place // CHUNK != together[0].place // CHUNK
        if ends or images >= BATCH or held >= BATCH_BYTES:
            yield together
            together, images, held = [], 0, 0
        together.append(page)
        if isinstance(page.found, Prepared):
            images += len(page.found.images)
            held += page.found.images.nbytes
    if together:
        yield together


def _answers(found: list[_Page], engine: Engine, way: Way) -> Iterator[Read]:
    """What the pages say, once `engine` has been asked about those that are only prepared, all together."""
    probabilities = iter(asked_together([page.found for page in found if isinstance(page.found, Prepared)], engine))
    for page in found:
        prepared = page.found if isinstance(page.found, Prepared) else None
        reading = _read(page, next(probabilities), engine, way) if prepared is not None else page.found
        assert not isinstance(reading, Prepared)
        read = Read(page.name, None, place=page.place, size=page.size, page=page.number)
        if isinstance(reading, str):
            yield replace(read, error=reading)
        else:
            yield replace(read, reading=reading, prepared=prepared if way.stages else None)


def _read(page: _Page, probabilities: Floats | None, engine: Engine, way: Way) -> Reading | str:
    assert isinstance(page.found, Prepared)
    try:
        return answered(page.found, probabilities, engine, way.threshold)
    except InputError as error:
        return f"{page.name}: {error}"
