"""Damages: one byte of one file of a run's folder is another, and every command works, or says in one sentence why not.

A finished run and one that was stopped are made, with a film, looks at the validation images and a log as CSV. In each
of their files 200 bytes, chosen by chance, are changed, one at a time; then the run is evaluated, explained, predicted
with, exported and its film is looked at, and the stopped one is gone on with. A finding is a crash, a traceback, an
error that is no sentence of ours, or a call of more than five seconds of processor time.

    python benchmarks/damages.py
    python benchmarks/damages.py --each 20 --seed 3
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

import forked
from environments import PLACE
from fivebyfive import datasets
from fivebyfive.training import folder as folder_of_run
from fivebyfive.training import run
from fivebyfive.training.recipe import get
from fivebyfive.training.reporter import Reporter

FINDINGS = PLACE / "findings"
SHORT: dict[str, Any] = {"samples": 600, "batch_size": 20, "display_step": 1, "validations": 4, "keep": "best"}


class StopAt(Reporter):
    """Asks to stop, as Ctrl-C does, after a step."""

    def stepped(self, step: int, seconds: float) -> None:  # noqa: ARG002
        """Stop half-way."""
        if step == 15:
            os.kill(os.getpid(), signal.SIGINT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=200, help="Damages of each file.")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    chance = random.Random(options.seed)
    outcomes: Counter[str] = Counter()
    found = 0
    with tempfile.TemporaryDirectory(prefix="damages-") as place:
        runs = made(Path(place))
        for folder in runs:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                whole = file.read_bytes()
                mine: Counter[str] = Counter()
                for said, what in damaged(folder, file, whole, options.each, chance, Path(place)):
                    mine["worked" if said.code == 0 else "said why not"] += 1
                    if said.fault and not (goes_on(file, said) and "--resume" in what):
                        found += 1
                        print(f"FOUND {what}: {said.fault}", flush=True)
                outcomes += mine
                counts = ", ".join(f"{count:,} {word}" for word, count in sorted(mine.items()))
                print(f"{folder.name}/{file.relative_to(folder)}: {counts}", flush=True)
    print(f"{sum(outcomes.values()):,} calls: {dict(outcomes)}, {found} findings")
    return 1 if found else 0


def made(place: Path) -> list[Path]:
    """A finished run and a stopped one, of few images; with what a call needs besides."""
    whole = datasets.load("mnist")
    np.savez(
        place / "data.npz", x_train=whole.train.pixels[:300], y_train=whole.train.labels[:300],
        x_test=whole.test.pixels[:40], y_test=whole.test.labels[:40],
    )  # fmt: skip
    Image.fromarray(whole.test.pixels[0, ..., 0]).save(place / "digit.png")
    about = ("quick", str(place / "data.npz"), get("quick", **SHORT))
    run.train(*about, out=place / "done", film=6, log=["csv"])
    run.train(*about, out=place / "stopped", film=6, log=["csv"], checkpoint_seconds=0, reporter=StopAt())
    forked.call("evaluate", str(place / "done"))
    return [place / "done", place / "stopped"]


def damaged(
    folder: Path, file: Path, whole: bytes, count: int, chance: random.Random, place: Path
) -> Iterator[tuple[forked.Said, str]]:
    """Each call on the run with another byte of `file` changed, and what that was."""
    for _ in range(count):
        at, flip = chance.randrange(len(whole)), chance.randrange(1, 256)
        if chance.random() < 0.5:
            at = chance.randrange(min(len(whole), 4096))  # where names and sizes stand
        data = bytearray(whole)
        data[at] ^= flip
        file.write_bytes(data)
        try:
            for arguments in calls(folder, place, chance):
                said = forked.call(*arguments)
                if said.fault:
                    forked.kept(FINDINGS, f"damage-{file.name}-{at}", bytes(data))
                yield said, f"{file.name}, byte {at} ^ {flip}, 5x5 {' '.join(arguments)}"
        finally:
            file.write_bytes(whole)


def goes_on(file: Path, said: forked.Said) -> bool:
    """Whether a training has more to do than its plan said before: then five seconds are not enough for it."""
    return file.name == folder_of_run.RUN and said.code == -signal.SIGXCPU


def calls(folder: Path, place: Path, chance: random.Random) -> Iterator[list[str]]:
    """What is tried on a run; of the stopped one a copy is gone on with."""
    picture = str(place / "digit.png")
    if folder.name == "stopped":
        copy = place / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        yield ["train", "--resume", str(copy)]
    choices = [
        ["evaluate", str(folder)],
        ["explain", "--model", str(folder), picture],
        ["predict", "--model", str(folder), picture],
        ["export", str(folder), "--to", "safetensors", "--out", str(place / "exported")],
        ["explain", "--model", str(folder), picture, "--html", str(place / "page.html")],
    ]
    yield chance.choice(choices)


if __name__ == "__main__":
    sys.exit(main())
