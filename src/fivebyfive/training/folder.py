"""A run's folder: what was trained, how, how it went and what came of it, readable at any moment.

`run.json` says what the run is, from its first moment, and what it reached, at its last; `metrics.jsonl` grows by a
line a logged step; `checkpoint/` holds the last complete state while training; `model.safetensors` and `curves.png`
come at the end.
"""

import dataclasses
import json
import platform
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import torch

import fivebyfive
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.files import failure, make_folder, remove_unfinished, write_atomically, write_json
from fivebyfive.model import WEIGHTS
from fivebyfive.training.checkpoint import NAME as STATE
from fivebyfive.training.loop import Progress
from fivebyfive.training.recipe import Recipe, checked

RUN, METRICS, CHECKPOINT, CURVES = "run.json", "metrics.jsonl", "checkpoint", "curves.png"


@dataclass(frozen=True)
class Plan:
    """What a run is, all of it known before its first step."""

    network: str
    recipe: Recipe
    seed: int
    data: str
    data_sha256: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    versions: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """As `run.json` holds it."""
        return dataclasses.asdict(self)


def plan(network: str, recipe: Recipe, seed: int, data: Dataset) -> Plan:
    """What is about to be trained, with the versions of what trains it."""
    versions = {
        "fivebyfive": fivebyfive.__version__,
        "torch": str(torch.__version__),
        "numpy": numpy.__version__,
        "python": platform.python_version(),
    }
    return Plan(network, recipe, seed, data.name, data.sha256, data.classes, data.shape, versions)


def create(out: Path | None, plan: Plan) -> Path:
    """Make the folder of a new run with its `run.json`, in one move; without `out`, the next free one in `runs/`.

    Raises:
        InputError: `out` exists and is not empty.
    """
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} exists and is not empty; choose another --out, or go on with --resume {out}")
    stem = Path(plan.network.partition(".py:")[0]).name.replace("*", "x")
    parent = out.parent if out is not None else Path("runs")
    make_folder(parent)
    made = None
    try:
        made = Path(tempfile.mkdtemp(prefix=".new-run-", dir=parent))
        made.chmod(0o755)
        write_json(made / RUN, {"state": "training", **plan.as_json()})
        (made / METRICS).touch()
        return _settle(made, [out] if out is not None else None, parent, f"{stem}-{plan.recipe.name}")
    except OSError as error:
        raise failure(out or parent, error) from None
    finally:
        if made is not None:  # in its place by now, unless something failed
            shutil.rmtree(made, ignore_errors=True)


def _settle(made: Path, places: list[Path] | None, parent: Path, stem: str) -> Path:
    """Move the new folder to its place; of numbered places, the first that nobody has taken."""
    for place in places or (parent / f"{stem}-{number}" for number in range(1, 100_000)):
        try:
            return made.rename(place)
        except OSError:
            if places:
                raise
    raise InputError(f"{parent} is full of runs called {stem}; choose another name with --out")


def read(folder: Path) -> tuple[Plan, dict[str, Any]]:
    """A run's plan, and all that its `run.json` says.

    Raises:
        InputError: there is no run in `folder`, or its `run.json` is damaged.
    """
    path = folder / RUN
    if not path.is_file():
        raise InputError(f"{folder} is not a run folder: it has no {RUN}")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        values = {f.name: document[f.name] for f in dataclasses.fields(Plan)}
        values["recipe"] = checked(Recipe(**values["recipe"]))
        values["classes"], values["shape"] = tuple(values["classes"]), tuple(values["shape"])
        return Plan(**values), document
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error}); train anew with another --out") from None


def log(folder: Path, progress: Progress) -> None:
    """Add a line to `metrics.jsonl`."""
    path = folder / METRICS
    try:
        with path.open("a") as file:
            file.write(json.dumps(dataclasses.asdict(progress)) + "\n")
    except OSError as error:
        raise failure(path, error) from None


def history(folder: Path) -> list[Progress]:
    """The logged steps; a line that was cut off while being written is left out."""
    path = folder / METRICS
    lines = path.read_text().splitlines() if path.is_file() else []
    logged = []
    for line in lines:
        try:
            logged.append(Progress(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return logged


def rewind(folder: Path, step: int) -> None:
    """Forget the lines of steps after `step`, which are about to be taken again, and what a kill left half written."""
    for path in (folder / RUN, folder / METRICS, folder / CURVES, folder / WEIGHTS, folder / CHECKPOINT / STATE):
        remove_unfinished(path)
    kept = [json.dumps(dataclasses.asdict(p)) + "\n" for p in history(folder) if p.step <= step]
    write_atomically(folder / METRICS, lambda path: path.write_text("".join(kept)))


def finish(folder: Path, document: dict[str, Any]) -> None:
    """Say in `run.json` that the run is done; only then is its checkpoint of no more use."""
    write_json(folder / RUN, document)
    checkpoint = folder / CHECKPOINT
    if checkpoint.is_dir():
        for file in checkpoint.iterdir():
            file.unlink()
        checkpoint.rmdir()
