"""What filming a training costs: with a film and without one, by turns.

    python benchmarks/film.py

The whole training is timed, from before the first frame until the film is on the disk: `quick` by its own recipe, and
some hundred steps of the post's network, where every step counts more than in a whole training. Both end in the same
weights, which is checked. Prints a table in Markdown, and `results/film.json` holds every round.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from fivebyfive.datasets import Dataset, mnist
from fivebyfive.networks import build
from fivebyfive.progress import Progress
from fivebyfive.training import loop, randomness, recipe, reels
from fivebyfive.training.filming import filming
from fivebyfive.training.frames import FRAMES
from fivebyfive.training.recipe import Recipe
from side_by_side import REST, machine

RESULTS = Path(__file__).parent / "results" / "film.json"
STEPS = 300
"""Of the post's network."""


@dataclass
class Rounds:
    """One training, round by round: seconds and processor seconds without and with a film, and what it came to."""

    name: str
    seconds: list[tuple[float, float]] = field(default_factory=list)
    processor: list[tuple[float, float]] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)


class _Nobody:
    """A watcher with nothing to do."""

    def stepped(self, step: int, seconds: float) -> bool:  # noqa: ARG002
        return False

    def displayed(self, progress: Progress) -> None: ...


@dataclass
class _Taken:
    """One training: what it took, what it ended in, and its film's frames and bytes."""

    seconds: float
    processor: float
    weights: list[torch.Tensor]
    frames: int = 0
    bytes: int = 0


def _train(name: str, chosen: Recipe, data: Dataset, frames: int, folder: Path) -> _Taken:
    randomness.seed(0)
    network = build(name)
    optimizer = loop.optimizer_for(network, chosen)
    film = filming(folder, network, optimizer, chosen, frames, data, "logits", sys.exit) if frames else None
    time.sleep(REST)
    started, used = time.perf_counter(), time.process_time()
    if film is not None:
        film.begin(0, 0.0)
    loop.run(network, optimizer, data.train, chosen, 0, _Nobody(), film=film)
    filmed = len(film.pending) if film is not None else 0
    if film is not None:
        film.write()
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    weights = [p.detach().clone() for p in network.parameters()]
    return _Taken(seconds, processor, weights, filmed, reels.size(folder))


def measure(name: str, title: str, chosen: Recipe, rounds: int) -> Rounds:
    """So many trainings without and with a film, by turns, after one of each that does not count."""
    data, found = mnist.load(), Rounds(title)
    for turn in range(-1, rounds):
        taken: dict[int, _Taken] = {}
        for frames in (0, FRAMES) if turn % 2 else (FRAMES, 0):
            with tempfile.TemporaryDirectory() as folder:
                taken[frames] = _train(name, chosen, data, frames, Path(folder) / reels.FILM)
        without, filmed = taken[0], taken[FRAMES]
        if not all(a.equal(b) for a, b in zip(without.weights, filmed.weights, strict=True)):
            sys.exit(f"{name} ends in other weights when it is filmed")
        if turn < 0:
            continue
        found.seconds.append((without.seconds, filmed.seconds))
        found.processor.append((without.processor, filmed.processor))
        found.frames.append(filmed.frames)
        found.bytes.append(filmed.bytes)
        print(f"round {turn + 1}: {title}: {filmed.seconds / without.seconds:.3f}", file=sys.stderr)
    return found


def table(document: dict[str, Any]) -> str:
    """Medians, and the median of the rounds' ratios with the middle half of them."""
    lines = [
        "| training | seconds unfilmed | filmed | ratio, median (middle half) | of processor time | frames | MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for training in document["trainings"]:
        without, filmed = (statistics.median(column) for column in zip(*training["seconds"], strict=True))
        times, processor = _ratios(training["seconds"]), _ratios(training["processor"])
        low, _, high = statistics.quantiles(times, n=4)
        lines.append(
            f"| {training['name']} | {without:.3f} | {filmed:.3f} "
            f"| {statistics.median(times):.3f} ({low:.3f} – {high:.3f}) | {statistics.median(processor):.3f} "
            f"| {statistics.median(training['frames']):.0f} | {statistics.median(training['bytes']) / 1e6:.1f} |"
        )
    return "\n".join(lines)


def _ratios(pairs: Sequence[Sequence[float]]) -> list[float]:
    return [filmed / without for without, filmed in pairs]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cores", type=int, default=2, help="how many cores may be used (default: 2)")
    arguments.add_argument("--rounds", type=int, default=15, help="turns of each training (default: 15)")
    chosen = arguments.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.cores])
    torch.set_num_threads(chosen.cores)
    silent = {"display_step": 1 << 40}
    short = recipe.get("classic", samples=(STEPS + 1) * 128, **silent)
    trainings = [
        measure("quick", "quick", recipe.get("quick", **silent), chosen.rounds),
        measure("conv_net", f"conv_net, {STEPS} steps", short, max(3, chosen.rounds // 4)),
    ]
    title = f"Training with and without a film, {chosen.cores} cores, {chosen.rounds} rounds"
    document = {"title": title, "machine": machine(), "trainings": [asdict(training) for training in trainings]}
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")
    print(f"{title}; {document['machine']}\n\n{table(document)}")


if __name__ == "__main__":
    main()
