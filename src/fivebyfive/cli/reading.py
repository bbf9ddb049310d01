"""What ``5x5 predict`` does, without its parser, which takes longer to start than a picture takes to be read."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fivebyfive.cli import read_out
from fivebyfive.cli.foreign import each_apart, printing_apart
from fivebyfive.cli.printing import say
from fivebyfive.errors import InputError

if TYPE_CHECKING:
    from fivebyfive.prediction.stream import Read, Source

MANY = 32
"""From so many pictures on, a progress bar is worth its place."""
SURE = 0.8
"""As `decision.SURE`, which NumPy comes along with."""
SHOWN = 1024
"""The longer side of the pictures that --stages writes."""
STANDARD = "-"
"""What stands for standard input, and for standard output."""


def read_pictures(
    images: list[str],
    model: str | None = None,
    network: str | None = None,
    raw: bool = False,
    threshold: float = SURE,
    json: bool = False,
    csv: str | None = None,
    crops: Path | None = None,
    stages: Path | None = None,
) -> int:
    """Read `images` as the options of ``5x5 predict`` say; the exit code: 2 where one of them could not be read."""
    outs = read_out.outs(json, csv, crops, stages)
    sources = _sources(images)
    from fivebyfive.prediction.opening import open_engine
    from fivebyfive.prediction.stream import Way, read_files

    with printing_apart():
        engine = open_engine(model, network)
    if sys.stderr.isatty() and (model, network) != (None, None):  # a script wants the answers alone
        from fivebyfive.pictures.preparation import IN_WORDS

        size = "×".join(map(str, engine.shape))
        say(f"the model takes {IN_WORDS[engine.preparation]}, {size}", error=True)
    way = Way(raw, threshold, SHOWN if crops is not None or stages is not None else 0)
    failed = False
    for result in _with_progress(each_apart(read_files(sources, engine, way)), len(sources)):
        failed |= result.reading is None
        for out in outs:
            out.add(result)
    for out in outs:
        out.end()
    return InputError.exit_code if failed else 0


def _sources(names: list[str]) -> list["Source"]:
    """The files that are named, and every picture in the folders that are."""
    from fivebyfive.prediction.stream import Source

    if names.count(STANDARD) > 1:
        raise InputError("standard input holds one file and can be read once; give - once")
    found = []
    for name in names:
        if name == STANDARD:
            found.append(Source(STANDARD, _from_standard_input()))
        else:
            path = Path(name)
            found += [Source(str(file), file) for file in (_in_folder(path) if _is_folder(path) else [path])]
    return found


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


def _in_folder(path: Path) -> list[Path]:
    from fivebyfive.pictures.pages import files_in

    try:
        os.scandir(path).close()
    except OSError as error:
        raise InputError(f"{path}: this folder cannot be read ({error.strerror}); check its permissions") from None
    found = files_in(path)
    if not found:
        raise InputError(f"{path}: there are no pictures in this folder (PNG, JPEG, WebP, BMP, GIF, TIFF or PDF)")
    return found


def _with_progress(results: Iterator["Read"], count: int) -> Iterator["Read"]:
    """The same, with a bar on standard error, if that is a terminal and there are many."""
    if count <= MANY or not sys.stderr.isatty():
        yield from results
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=count)
        for result in results:
            yield result
            if result.page in (None, 1):
                bar.advance(task)
