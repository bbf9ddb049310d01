"""What ``5x5 predict`` does, without its parser, which takes longer to start than a picture takes to be read."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fivebyfive.cli import read_out
from fivebyfive.cli.foreign import each_apart, printing_apart
from fivebyfive.cli.interrupts import held
from fivebyfive.cli.printing import say
from fivebyfive.errors import InputError
from fivebyfive.group import current

if TYPE_CHECKING:
    from fivebyfive.prediction.engine import Engine
    from fivebyfive.prediction.sources import Listing
    from fivebyfive.prediction.stream import Read

MANY = 32
"""From so many pictures on, a progress bar is worth its place."""
SURE = 0.8
"""As `decision.SURE`, which NumPy comes along with."""
SHOWN = 1024
"""The longer side of the pictures that --stages writes."""
STANDARD = "-"
"""What stands for standard input, and for standard output."""


@dataclass(frozen=True)
class Asked:
    """What ``5x5 predict`` is asked to do, beside the pictures; as its options."""

    model: str | None = None
    network: str | None = None
    raw: bool = False
    threshold: float = SURE
    json: bool = False
    jsonl: bool = False
    csv: str | None = None
    crops: Path | None = None
    stages: Path | None = None
    resume_into: Path | None = None
    files_from: str | None = None
    recursive: bool = True


def read_pictures(images: list[str], asked: Asked) -> int:
    """Read `images`; the exit code: 2 where one of them could not be read.

    However it ends, Ctrl-C too, what was read until then is written, and a document or a table is whole.
    """
    first = current().first
    outs = read_out.outs(asked.json, asked.jsonl, asked.csv, asked.crops, asked.stages) if first else []
    _expect_nothing_else(asked)
    try:
        sources = _sources(images, asked)
        from fivebyfive.prediction.opening import open_engine

        with printing_apart():
            engine = open_engine(asked.model, asked.network)
    except KeyboardInterrupt:
        for out in outs:
            if isinstance(out, read_out.Json):  # a list of nothing; a table that was there before stays
                out.end()
        raise
    if sys.stderr.isatty() and (asked.model, asked.network) != (None, None):  # a script wants the answers alone
        from fivebyfive.pictures.preparation import IN_WORDS

        size = "×".join(map(str, engine.shape))
        say(f"the model takes {IN_WORDS[engine.preparation]}, {size}", error=True)
    answers = _answers(sources, engine, asked) if asked.resume_into is None else _resumed(sources, engine, asked)
    failed = False
    try:
        for entry, read in answers:
            failed |= "error" in entry
            with held():
                for out in outs:
                    out.add(entry, read)
    finally:
        with held():
            for out in outs:
                out.end()
    return InputError.exit_code if failed else 0


def _answers(sources: "Listing", engine: "Engine", asked: Asked) -> Iterator[tuple[read_out.Entry, "Read"]]:
    for read in _reads(sources, engine, asked):
        yield read_out.entry_of(read), read


def _reads(sources: "Listing", engine: "Engine", asked: Asked, first: int = 0) -> Iterator["Read"]:
    from fivebyfive.prediction.stream import Way, read_files

    way = Way(asked.raw, asked.threshold, SHOWN if asked.crops is not None or asked.stages is not None else 0)
    return _with_progress(each_apart(read_files(sources, engine, way, first)), sources, first)


def _resumed(sources: "Listing", engine: "Engine", asked: Asked) -> Iterator[tuple[read_out.Entry, "Read | None"]]:
    """What stands in the file of results already, and then what is read, once it stands there too."""
    from fivebyfive.prediction.results import Results

    assert asked.resume_into is not None
    if not current().first:
        for read in _reads(sources, engine, asked, current().told(0)):
            yield read_out.entry_of(read), read
        return
    about = {"model": engine.fingerprint(), "threshold": asked.threshold} | ({"raw": True} if asked.raw else {})
    with closing(Results(asked.resume_into, about, sources)) as results:
        if results.done:
            say(f"{asked.resume_into} has {results.done:,} of the pictures already; going on", error=True)
        done = current().told(results.done)
        for entry in results.entries():
            yield entry, None
        for read in _reads(sources, engine, asked, done):
            entry = results.entry(read_out.entry_of(read), read.size)
            with held():
                results.add(entry)
            yield entry, read


def _expect_nothing_else(asked: Asked) -> None:
    if asked.resume_into is not None and (asked.crops is not None or asked.stages is not None):
        what = "--crops" if asked.crops is not None else "--stages"
        raise InputError(f"{what} wants an empty folder and --resume-into goes on with what is there; give one of them")


def _sources(names: list[str], asked: Asked) -> "Listing":
    """The files that are named, and every picture in the folders that are."""
    from fivebyfive.prediction.sources import Folder, Listing, Names, Source

    if [*names, asked.files_from].count(STANDARD) > 1:
        raise InputError("standard input holds one file and can be read once; give - once")
    if not names and asked.files_from is None:
        raise InputError("there is nothing to be read; give pictures, folders of them, or --files-from LIST")
    if not current().alone and STANDARD in (*names, asked.files_from):
        raise InputError("standard input is one process's, and torchrun has started several; give files")
    parts: list[Iterable[Source]] = []
    for name in names:
        path = Path(name)
        if name == STANDARD:
            parts.append([Source(STANDARD, _from_standard_input())])
        else:
            parts.append(Folder(path, asked.recursive) if _is_folder(path) else [Source(str(path), path)])
    if asked.files_from == STANDARD:
        parts.append(Names(sys.stdin.buffer, "the list on standard input"))
    elif asked.files_from is not None:
        with Path(asked.files_from).open("rb") as file:
            parts.append(Names(file, f"the list {asked.files_from}"))
    return Listing(parts)


def _from_standard_input() -> bytes:
    from fivebyfive.pictures.decoding import FILE_BYTES

    if sys.stdin.isatty():
        raise InputError("- reads a picture from standard input, which is a terminal; send one: 5x5 predict - < FILE")
    data = sys.stdin.buffer.read(FILE_BYTES + 1)
    if len(data) > FILE_BYTES:
        raise InputError(f"{STANDARD}: standard input holds over {FILE_BYTES >> 20} MB; make the picture smaller")
    return data


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, say; the picture's own error will tell
        return False


def _with_progress(results: Iterator["Read"], sources: "Listing", first: int) -> Iterator["Read"]:
    """The same, with a bar, if there is a terminal and there are many."""
    count = sum(1 for _ in sources) if sys.stderr.isatty() else 0
    if count <= MANY:
        yield from results
        return
    from fivebyfive import working

    with working.at("reading", count) as done:
        done(first)
        for result in results:
            yield result
            done(result.place + 1)
