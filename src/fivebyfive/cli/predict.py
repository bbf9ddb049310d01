"""``5x5 predict``: the digits in pictures, or their classes."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivebyfive.cli import options
from fivebyfive.cli.foreign import each_apart, printing_apart
from fivebyfive.cli.printing import as_json, say, say_error

if TYPE_CHECKING:
    from fivebyfive.prediction.reading import Reading
    from fivebyfive.prediction.stream import Read

MANY = 32
"""From so many pictures on, a progress bar is worth its place."""


def predict(
    image: Annotated[list[str], typer.Argument(help="Pictures, or folders of pictures.", show_default=False)],
    model: Annotated[
        str | None,
        typer.Option(
            help="Run folder, .safetensors or .onnx file, or shipped name.", show_default="the shipped reader"
        ),
    ] = None,
    network: options.Network = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="The pictures are as the model was taught: digits 28×28, light on black.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Read the digits in photos, scans and drawings, in order, each with how sure it is."""
    from fivebyfive.prediction.opening import open_engine
    from fivebyfive.prediction.stream import read_files

    paths = _files(image)
    with printing_apart():
        engine = open_engine(model, network)
    if sys.stderr.isatty() and (model, network) != (None, None):  # a script wants the answers alone
        from fivebyfive.pictures.preparation import IN_WORDS

        size = "×".join(map(str, engine.shape))
        say(f"the model takes {IN_WORDS[engine.preparation]}, {size}", error=True)
    results = _with_progress(each_apart(read_files(paths, engine, raw=raw)), len(paths))
    failed = _print_json(results) if json else _print_lines(results)
    if failed:
        raise typer.Exit(2)


def _files(names: list[str]) -> list[Path]:
    """The files that are named, and every picture in the folders that are."""
    return [file for path in map(Path, names) for file in (_in_folder(path) if _is_folder(path) else [path])]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, say; the picture's own error will tell
        return False


def _in_folder(path: Path) -> list[Path]:
    from fivebyfive.errors import InputError
    from fivebyfive.pictures.decoding import pictures_in

    try:
        os.scandir(path).close()
    except OSError as error:
        raise InputError(f"{path}: this folder cannot be read ({error.strerror}); check its permissions") from None
    found = pictures_in(path)
    if not found:
        raise InputError(f"{path}: there are no pictures in this folder (PNG, JPEG, WebP, BMP, GIF or TIFF)")
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
            bar.advance(task)


def _print_json(results: Iterable["Read"]) -> bool:
    """One list, written as it comes, so that any number of pictures fits; whether any could not be read."""
    failed, before = False, "["
    for result in results:
        failed |= result.reading is None
        about = result.reading.as_json() if result.reading is not None else {"error": result.error}
        print(before + as_json({"image": str(result.path)} | about), end="")
        before = ",\n"
    print("]")
    return failed


def _print_lines(results: Iterable["Read"]) -> bool:
    failed = False
    for result in results:
        if result.reading is None:
            failed = True
            say_error(result.error)
        else:
            say(f"{result.path}: {_in_words(result.reading)}")
    return failed


def _in_words(reading: "Reading") -> str:
    from fivebyfive.decision import NO_DIGIT, UNSURE

    if not reading.digits:
        return f"{NO_DIGIT}: {reading.note}" if reading.note else NO_DIGIT
    text = " / ".join(reading.text.split("\n"))
    if len(reading.digits) == 1:
        only = reading.digits[0]
        return f"{text}  {only.probability:.1%}{'' if only.sure else f' ({UNSURE})'}"
    doubtful = [f"{a.label} at {a.box[0]},{a.box[1]}: {a.probability:.0%}" for a in reading.digits if not a.sure]
    lowest = min(a.probability for a in reading.digits)
    return f"{text}  " + (f"{UNSURE} of {'; '.join(doubtful)}" if doubtful else f"each at least {lowest:.1%}")
