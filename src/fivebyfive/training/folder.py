"""A run's folder: what was trained, how, how it went and what came of it, readable at any moment.

`run.json` says what the run is, from its first moment, and what it reached, at its last; `metrics.jsonl` grows by a
line a logged step, or look at the validation images; `checkpoint/` holds the last complete state while training, and
the best one so far; `film/` how the weights became what they are; `model.safetensors` and `curves.png` come at the end.
While somebody trains there, `.lock` is theirs.

What others left or damaged in it is never trusted: links are not followed, `run.json` is read as what a plan may be,
and lines of `metrics.jsonl` that are none are left out.
"""

import dataclasses
import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError
from fivebyfive.files import (
    expect_no_links,
    failure,
    flush,
    is_unfinished,
    make_folder,
    remove_unfinished,
    write_atomically,
    write_json,
)
from fivebyfive.model import WEIGHTS
from fivebyfive.networks.spec import split
from fivebyfive.progress import Look, Progress
from fivebyfive.training import best, checkpoint, plans, reels
from fivebyfive.training.checkpoint import NAME as STATE
from fivebyfive.training.lock import LOCK, only_writer
from fivebyfive.training.plans import Plan
from fivebyfive.training.reels import FILM

RUN, METRICS, CHECKPOINT, CURVES = "run.json", "metrics.jsonl", "checkpoint", "curves.png"
LONGEST_LINE = 10_000
"""Bytes that a line of `metrics.jsonl` has at the most; in fact about a hundred."""


@contextmanager
def created(out: Path | None, plan: Plan, begin: Callable[[Path], object] = lambda _: None) -> Iterator[Path]:
    """Make the folder of a new run, and be its only writer; without `out`, the next free one in `runs/`.

    The run is there once its `run.json` is, which comes last and in one move. A folder that a killed process had made
    for a run, without beginning it, is free.

    Args:
        begin: fills the folder before the run is there.

    Raises:
        InputError: `out` exists and is not empty, or somebody trains there.
        Failure: the place cannot be written; nothing is left there.
    """
    for place in _numbered(plan) if out is None else (out,):
        with ExitStack() as stack:
            try:
                stack.enter_context(_reserved(place))
            except InputError:
                if out is None:
                    continue
                raise
            try:
                begin(place)
                write_json(place / RUN, {"state": "training", **plan.as_json()})
            except BaseException:
                checkpoint.remove(place / CHECKPOINT)
                (place / RUN).unlink(missing_ok=True)
                raise
            yield place
            return
    raise InputError("runs is full of runs of this name; choose another with --out")


def _numbered(plan: Plan) -> Iterator[Path]:
    stem = Path(split(plan.network)[0].removesuffix(".py") or plan.network).name.replace("*", "x")
    return (Path("runs") / f"{stem}-{plan.recipe.name}-{number}" for number in range(1, 100_000))


@contextmanager
def _reserved(place: Path) -> Iterator[None]:
    """`place` is a folder, locked and empty; it goes again if it was made here and stays empty."""
    _expect_free(place)
    missing = not place.exists()
    make_folder(place)
    try:
        with only_writer(place):
            _expect_free(place)  # still: somebody else may have been faster
            yield
    finally:
        if missing:
            with suppress(OSError):
                place.rmdir()


def _expect_free(place: Path) -> None:
    try:
        something = place.exists() or place.is_symlink()
        free = all(map(_is_left_over, place.iterdir())) if place.is_dir() else not something
    except OSError as error:
        raise failure(place, error) from None
    if not free:
        raise InputError(f"{place} exists and is not empty; choose another --out, or go on with --resume {place}")


def _is_left_over(entry: Path) -> bool:
    """Whether `entry` is of a process that was killed before it had begun a run."""
    return not entry.is_symlink() and (entry.name == LOCK or is_unfinished(entry.name, RUN))


@contextmanager
def unfinished(folder: Path) -> Iterator[Plan]:
    """Be the only writer of the run in `folder`, whose training has not come to its end.

    Raises:
        InputError: there is no run, it is damaged or finished, somebody trains there, or something in it is a link.
    """
    _read_unfinished(folder)
    with only_writer(folder):
        yield _read_unfinished(folder)  # again: it may have ended just now


def _read_unfinished(folder: Path) -> Plan:
    plan, document = read(folder)
    if document["state"] == "done":
        raise InputError(f"run {folder} is finished; evaluate it with: 5x5 evaluate {folder}")
    return plan


def read(folder: Path) -> tuple[Plan, dict[str, Any]]:
    """A run's plan, and all that its `run.json` says.

    Raises:
        InputError: there is no run in `folder`, its `run.json` is damaged, or something in it is a symbolic link.
    """
    path = folder / RUN
    expect_no_links(folder)
    expect_no_links(folder / CHECKPOINT)
    expect_no_links(folder / FILM)
    if not path.is_file():
        raise InputError(f"{folder} is not a run folder: it has no {RUN}")
    try:
        with path.open("rb") as file:
            document = plans.parse(file.read(plans.LONGEST + 1))
        return plans.from_json(document), document
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:300]
        raise InputError(f"{path} is damaged ({said}); train anew with another --out") from None


def log(folder: Path, progress: Progress | Look) -> None:
    """Add a line to `metrics.jsonl`. It is on the disk when `flush_metrics` says so: before every checkpoint."""
    path = folder / METRICS
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(dataclasses.asdict(progress)) + "\n")
    except OSError as error:
        raise failure(path, error) from None


def flush_metrics(folder: Path) -> None:
    """Wait until all lines of `metrics.jsonl` are on the disk, so that no checkpoint is ever ahead of them."""
    path = folder / METRICS
    try:
        flush(path)
    except OSError as error:
        raise failure(path, error) from None


def history(folder: Path) -> list[Progress]:
    """The logged steps; what is no line of a step, because a kill cut it off or a disk damaged it, is left out."""
    return [said for said in _logged(folder) if isinstance(said, Progress)]


def looks(folder: Path) -> list[Look]:
    """The logged looks at the validation images, likewise."""
    return [said for said in _logged(folder) if isinstance(said, Look)]


def _logged(folder: Path) -> list[Progress | Look]:
    path = folder / METRICS
    if not path.is_file():
        return []
    with path.open("rb") as file:
        logged = [_line(line) for line in iter(lambda: file.readline(LONGEST_LINE), b"")]
    return [said for said in logged if said is not None]


def _line(line: bytes) -> Progress | Look | None:
    try:
        values = json.loads(line)
        said = Look(**values) if "validation_loss" in values else Progress(**values)
    except (ValueError, TypeError, RecursionError):
        return None
    numbers = dataclasses.asdict(said)
    whole = [numbers.pop(name) for name in ("step", "samples")]
    sound = all(type(n) is int and 0 < n < 2**63 for n in whole) and all(type(x) is float for x in numbers.values())
    return said if sound and all(map(math.isfinite, numbers.values())) else None


def rewind(folder: Path, step: int) -> None:
    """Forget the lines, the film and the best states of steps after `step`, which are about to be taken again, and what
    a kill left half written.
    """
    for path in (folder / RUN, folder / METRICS, folder / CURVES, folder / WEIGHTS, folder / CHECKPOINT / STATE):
        remove_unfinished(path)
    kept = [json.dumps(dataclasses.asdict(said)) + "\n" for said in _logged(folder) if said.step <= step]
    write_atomically(folder / METRICS, lambda path: path.write_text("".join(kept), encoding="utf-8"))
    reels.rewind(folder / FILM, step)
    best.rewind(folder / CHECKPOINT, step)


def finish(folder: Path, document: dict[str, Any]) -> None:
    """Say in `run.json` that the run is done; only then is its checkpoint of no more use."""
    write_json(folder / RUN, document)
    best.remove(folder / CHECKPOINT)
    checkpoint.remove(folder / CHECKPOINT)
