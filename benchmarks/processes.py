"""Two processes of one thread beside one process of two threads: the same trainings, by turns.

    python benchmarks/processes.py

Each training is a whole call of `5x5 train`; what is compared is the time of 300 steps, which it tells itself, and the
weights after 50: with those of one process that takes each batch whole, where sums are formed in another order,
and with those of one that takes it in the same two parts (not where batches are normalized: each part would be so by
itself). Pictures are random numbers, for no step cares. Prints a table in Markdown, and `results/processes.json` holds
every round.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file

from fivebyfive.datasets import mnist
from side_by_side import machine

RESULTS = Path(__file__).parent / "results" / "processes.json"
WAYS = ("one process of two threads", "two processes of one thread")
STEPS, COMPARED = 300, 50
"""Of the trainings that are timed (a process takes its first steps slowly), and of those whose weights are compared."""


@dataclass(frozen=True)
class Training:
    """What is trained: pictures of the size `side`, or MNIST."""

    name: str
    network: str
    batch: int
    side: int
    options: tuple[str, ...] = ()
    normalized: bool = False


PHOTOGRAPHS = ("--recipe", "photos", "--keep", "last", "--validations", "0")
TRAININGS = (
    Training("the post's recipe, a perceptron, MNIST", "perceptron", 128, 28),
    Training("the post's network and recipe, MNIST", "conv_net", 128, 28, ("--keep-prob", "1")),
    *(
        Training(f"photographs, {side}×{side}", "photo_net", 32, side, PHOTOGRAPHS, normalized=True)
        for side in (128, 224)
    ),
)


@dataclass
class Rounds:
    """Seconds of a training by each of the ways, round by round, and how far two processes' weights are from those of
    one: of one that takes each batch whole, and in the same parts; None where batches are normalized.
    """

    name: str
    batch: int
    seconds: list[tuple[float, float]] = field(default_factory=list)
    apart: float = 0.0
    apart_in_parts: float | None = None


def measure(training: Training, rounds: int) -> Rounds:
    """So many trainings by each way, by turns, after one of each that does not count."""
    found = Rounds(training.name, training.batch)
    with tempfile.TemporaryDirectory() as folder:
        data = _pictures(training, Path(folder) / "pictures.npz")
        for turn in range(-1, rounds):
            seconds = [0.0, 0.0]
            for way in (0, 1) if turn % 2 else (1, 0):
                seconds[way] = _train(training, data, Path(folder) / f"{turn}-{way}", way + 1)
            if turn >= 0:
                found.seconds.append((seconds[0], seconds[1]))
                print(f"{training.name}, round {turn + 1}: {seconds[0] / seconds[1]:.2f} × as fast", file=sys.stderr)
        whole, parts, two = (Path(folder) / name for name in ("whole", "parts", "two"))
        _train(training, data, whole, 1, steps=COMPARED)
        _train(training, data, two, 2, steps=COMPARED)
        found.apart = _apart(whole, two)
        if not training.normalized:
            _train(training, data, parts, 1, "--accumulate", "2", steps=COMPARED)
            found.apart_in_parts = _apart(parts, two)
    return found


def _apart(*runs: Path) -> float:
    """How far a weight of two runs is apart, at the most."""
    one, two = (load_file(run / "model.safetensors") for run in runs)
    return max(float((one[name] - two[name]).abs().max()) for name in one if ".running_" not in name)


def _pictures(training: Training, path: Path) -> str:
    """A data set of random pictures; MNIST, where that is trained on."""
    if training.side == mnist.load().shape[0]:
        return "mnist"
    draw = np.random.default_rng(0)
    shape = (training.batch * 4, training.side, training.side, 3)
    labels = np.arange(len(range(shape[0]))) % 5
    np.savez(path, x_train=draw.integers(0, 256, shape, np.uint8), y_train=labels)
    return str(path)


def _train(training: Training, data: str, place: Path, processes: int, *more: str, steps: int = STEPS) -> float:
    """The seconds that its steps take."""
    samples = str((steps + 1) * training.batch)
    call = [sys.executable, "-m", "fivebyfive", "train", training.network, "--data", data, "--out", str(place)]
    call += ["--samples", samples, "--batch-size", str(training.batch), "--film", "0", "--json"]
    call += [*training.options, *more]
    call += ["--processes", str(processes)] if processes > 1 else []
    done = subprocess.run(
        call, env=os.environ | {"OMP_NUM_THREADS": str(3 - processes)}, check=True, stdout=subprocess.PIPE, text=True
    )
    return float(json.loads(done.stdout)["train_seconds"])


def table(document: dict[str, Any]) -> str:
    """Medians, the median of the rounds' ratios with the middle half of them, and how far weights were apart."""
    lines = [
        f"| training | {WAYS[0]}, images/s | {WAYS[1]} | ratio, median (middle half) "
        f"| weights apart after {COMPARED} steps | in the same parts |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for training in document["trainings"]:
        images = STEPS * training["batch"]
        rates = [statistics.median(images / s for s in column) for column in zip(*training["seconds"], strict=True)]
        ratios = [one / two for one, two in training["seconds"]]
        parts = training["apart_in_parts"]
        apart = [f"{training['apart']:.0e}", "" if parts is None else f"{parts:.0e}"]
        low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
        lines.append(
            f"| {training['name']} | {rates[0]:,.0f} | {rates[1]:,.0f} "
            f"| {statistics.median(ratios):.2f} ({low:.2f} – {high:.2f}) | {' | '.join(apart)} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="trainings whose name holds this")
    chosen = parser.parse_args(arguments)
    trainings = [t for t in TRAININGS if not chosen.only or chosen.only in t.name]
    document = {"machine": machine(), "trainings": [asdict(measure(t, chosen.rounds)) for t in trainings]}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n")
    print(table(document))


if __name__ == "__main__":
    main()
