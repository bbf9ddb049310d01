"""Kills: trainings that are killed at random moments and gone on with, again and again, come to the very same end.

A training is begun, killed at a moment that chance chooses, gone on with, killed again, until it comes to its end: then
its weights, its metrics and its film are compared with those of one that nobody disturbed. Four of five kills are
SIGKILL, the others SIGTERM and Ctrl-C, which a training answers by a checkpoint. After each, the folder can be read.

Every process is forked from one that has trained before, so that the kills fall upon the training and not upon imports;
some more, `--commands`, are a `5x5 train` of its own, killed from its first moment on.

    python benchmarks/kills.py                              # 1,000 kills, and 20 of the command
    python benchmarks/kills.py --kills 100 --commands 0 --seed 7
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

import fivebyfive
from fivebyfive import datasets, model
from fivebyfive.datasets import Dataset
from fivebyfive.training import checkpoint, filming, folder, run
from fivebyfive.training.lock import LOCK
from fivebyfive.training.recipe import Recipe, get
from fivebyfive.training.reels import FILM
from fivebyfive.views import charts

SIGNALS = [signal.SIGKILL] * 8 + [signal.SIGTERM, signal.SIGINT]
MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory: a kill, unlike a cut of power, takes nothing that was written from it either."""
ERRORS = "errors"
"""Where a process writes what went wrong."""
PATIENCE = 120
"""Seconds that a training may take that nobody kills; a thousand times what it takes."""
LEFT = {LOCK, folder.CHECKPOINT}
"""What a kill may leave that comes when the run is done and its checkpoint not yet removed."""
TIMES = ("train_seconds", "images_per_second", "run")
"""What of a run's results is another each time."""
SHORT = {"samples": 800, "batch_size": 20, "display_step": 1, "validations": 4}


@dataclass(frozen=True)
class Kind:
    """A training: which network, by which recipe."""

    network: str
    recipe: Recipe


KINDS = (
    Kind("perceptron", get("classic", keep="best", **SHORT)),
    Kind("quick", get("quick", averaging=0.9, **SHORT)),
    Kind("quick", get("quick", ensemble=2, rotation=9.0, shift=2.0, pen=0.4, **SHORT)),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--commands", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)  # a process with threads is not forked
    charts.write = undrawn
    filming.SHARE = 1e9  # however long filming takes, no frame is left out: which are would depend on the pace
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kills-", dir=MEMORY if MEMORY.is_dir() else None) as place:
        data = few()
        run.train("quick", data, KINDS[1].recipe, out=Path(place) / "first")  # all that is loaded once is loaded
        kinds = [undisturbed(partial(forked, kind, data), Path(place) / str(n)) for n, kind in enumerate(KINDS)]
        run_chains(kinds, options.kills, chance, "forked from one process")
        if options.commands:
            run_chains([undisturbed(command, Path(place) / "command")], options.commands, chance, "of the command")
    return 0


def undrawn(figure: object, path: Path) -> None:  # noqa: ARG001 (as `charts.write` is called)
    """In place of the curves: drawing takes as long as all the rest, and writes nothing meanwhile."""
    path.write_bytes(b"")


class Found:
    """What the kills met, and what became of it."""

    def __init__(self) -> None:
        self.kills = self.chains = 0
        self.signals: Counter[str] = Counter()
        self.moments: Counter[str] = Counter()

    def told(self, how: str) -> str:
        """In two lines."""
        signals = ", ".join(f"{count:,} {name}" for name, count in self.signals.most_common())
        moments = ", ".join(f"{count:,} {moment}" for moment, count in self.moments.most_common())
        return (
            f"{self.kills:,} kills {how} ({signals}) of {self.chains} trainings: the same weights, metrics and film "
            f"each time\n  they came: {moments}"
        )


Start = Callable[[], int]
"""Starts, or goes on with, a training in a process of its own, whose id it returns."""


@dataclass(frozen=True)
class Undisturbed:
    """A training that nobody killed, and how others like it are started: in which folder, and in how many seconds."""

    make: Callable[[Path], Start]
    place: Path
    seconds: float


def undisturbed(make: Callable[[Path], Start], work: Path) -> Undisturbed:
    """Train so that nobody kills it."""
    work.mkdir()
    began = time.monotonic()
    expect(ended(make(work / "whole")(), PATIENCE) == 0, f"{work}: the training that nobody kills failed")
    return Undisturbed(make, work / "whole", time.monotonic() - began)


def run_chains(kinds: list[Undisturbed], kills: int, chance: random.Random, how: str) -> None:
    """Kill so often, in trainings of each kind by turns, and print what came of it."""
    found = Found()
    while found.kills < kills:
        kind = kinds[found.chains % len(kinds)]
        work = kind.place.parent / "killed"
        chain(kind, work, chance, found)
        shutil.rmtree(work)
        print(f"{found.kills:,} kills {how} so far", file=sys.stderr, flush=True)
    print(found.told(how), flush=True)


def chain(kind: Undisturbed, work: Path, chance: random.Random, found: Found) -> None:
    """Train with kills, and compare with the training that had none."""
    work.mkdir()
    cut, usual = kind.make(work / "cut"), kind.seconds
    while True:
        # Sometimes soon, so that there are many in one training; sometimes late, so that it comes to its end.
        moment = chance.uniform(0, usual * chance.choice((0.15, 0.3, 0.6, 1.2)))
        process = cut()
        code = ended(process, moment)
        if code == 0 and is_done(work / "cut"):
            break
        if code is None:
            found.moments[where(work / "cut")] += 1
            how = chance.choice(SIGNALS)
            os.kill(process, how)
            code = ended(process, PATIENCE)
            expect(code in (-how, 0, 130, 143), f"{work}: {how.name} ended it with {code}")
            found.kills += 1
            found.signals[how.name] += 1
        else:
            expect(code == 0, f"{work}: it ended by itself with {code}: {(work / ERRORS).read_text()}")
        readable(work / "cut")
        if is_done(work / "cut"):
            break
    compare(work / "cut", kind.place)
    found.chains += 1


def few() -> Dataset:
    """Some of MNIST's images, as a data set of the same name."""
    whole = datasets.load("mnist")
    return Dataset("mnist", whole.train[:400], whole.validation[:50], whole.test[:50], whole.classes, whole.sha256)


def forked(kind: Kind, data: Dataset, place: Path) -> Start:
    """Trains in a fork of this process."""

    def start() -> int:
        process = os.fork()
        if process:
            return process
        sys.stderr.flush()
        os.dup2(os.open(place.parent / ERRORS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        try:
            if (place / folder.RUN).exists():
                run.resume(place, data=data, checkpoint_seconds=0)
            else:
                run.train(kind.network, data, kind.recipe, out=place, film=10, checkpoint_seconds=0)
        except KeyboardInterrupt:
            os._exit(130)
        except BaseException as error:
            traceback.print_exception(error)
            os._exit(1)
        os._exit(0)

    return start


def command(place: Path) -> Start:
    """Trains by the command."""

    def start() -> int:
        called = [sys.executable, "-m", "fivebyfive", "train", "--checkpoint-seconds", "0"]
        begun = ["--resume", str(place)] if (place / folder.RUN).exists() else ["perceptron", "--out", str(place)]
        short = [] if "--resume" in begun else ["--film", "0", "--samples", "30000"]
        return subprocess.Popen([*called, *begun, *short], stdout=subprocess.DEVNULL).pid

    return start


def ended(process: int, seconds: float) -> int | None:
    """The exit code of a process, negative for a signal; None if it has not ended after so many seconds."""
    until = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= until:
            return None
        time.sleep(0.001)


def where(place: Path) -> str:
    """What a kill meets that comes now."""
    if not (place / folder.RUN).exists():
        return "before the run was there"
    if (place / model.WEIGHTS).exists():
        return "when its model was written"
    if not (place / folder.CHECKPOINT / checkpoint.NAME).exists():
        return "before the first checkpoint"
    return "between two checkpoints"


def is_done(place: Path) -> bool:
    return (place / folder.RUN).exists() and folder.read(place)[1]["state"] == "done"


def readable(place: Path) -> None:
    """Raise unless all that is there can be read, as at any moment."""
    if not (place / folder.RUN).exists():
        return
    folder.read(place)
    folder.history(place)
    if (place / model.WEIGHTS).exists():
        model.load(place)
    if (place / FILM).exists() and any((place / FILM).glob("*.safetensors")):
        fivebyfive.learn(place)


def compare(cut: Path, whole: Path) -> None:
    """Raise unless two runs came to the same."""
    weights = [(place / model.WEIGHTS).read_bytes() for place in (cut, whole)]
    expect(weights[0] == weights[1], f"{cut}: other weights than without kills")
    expect(metrics(cut) == metrics(whole), f"{cut}: other metrics than without kills")
    expect(said(cut) == said(whole), f"{cut}: another run.json than without kills")
    left = {path.name for path in cut.iterdir()} - {path.name for path in whole.iterdir()}
    expect(left <= LEFT, f"{cut}: it left {left}")
    if (whole / FILM).exists():
        one, other = fivebyfive.learn(cut), fivebyfive.learn(whole)
        expect((one.steps, one.names) == (other.steps, other.names), f"{cut}: another film than without kills")
        for frame in range(len(one)):
            for name in one.names:
                for quantity in ("weights", "gradients", "m", "v"):
                    pair = [film.kept(quantity, name, frame) for film in (one, other)]
                    same = pair[0] is pair[1] is None or (
                        pair[0] is not None and pair[1] is not None and pair[0].equal(pair[1])
                    )
                    expect(same, f"{cut}: frame {frame}, {quantity} of {name}: another film than without kills")


def metrics(place: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (place / folder.METRICS).read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]


def said(place: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((place / folder.RUN).read_text())
    document["results"] = {name: value for name, value in document["results"].items() if name not in TIMES}
    return document


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(f"FOUND: {otherwise}")


if __name__ == "__main__":
    sys.exit(main())
