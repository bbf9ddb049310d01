"""How the values of the `best` recipe were chosen: by reading people whose writing was never learned.

    python benchmarks/writers.py                 trains what is missing in results/writers.json, prints it as a table
    python benchmarks/writers.py --samples 660000 --save longer.json

MNIST's training images are two collections, laid one between the other: at odd places those of the one, form after
form, so that the next label there is one higher three times as often as by chance; at even places those of the other,
by other people, mixed. Half of the images kept apart at the end are therefore most likely by people who were learned
from already, as those of the test are not. Here a `deep` learns from the images at odd places, up to the 56,000th, and
reads those at even places, or the other way round. The test images are not looked at.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import torch

from fivebyfive.datasets import Images, mnist, together
from fivebyfive.errors import InputError
from fivebyfive.evaluation import evaluate
from fivebyfive.networks import build
from fivebyfive.training import loop
from fivebyfive.training.loop import Progress
from fivebyfive.training.recipe import Recipe, get

RESULTS = Path(__file__).parent / "results" / "writers.json"
MIXED = 56_000
"""Images up to here alternate."""
CHANGES: dict[str, dict[str, float]] = {
    "best": {},
    "rotation 5": {"rotation": 5.0},
    "rotation 20": {"rotation": 20.0},
    "scale 0.1": {"scale": 0.1},
    "slant 0.3": {"slant": 0.3},
    "shift 5": {"shift": 5.0},
    "bend 0": {"bend": 0.0},
    "bend 0.6": {"bend": 0.6},
    "bend 1": {"bend": 1.0},
    "pen 0.2": {"pen": 0.2},
    "pen 1": {"pen": 1.0},
    "keep_prob 0.5": {"keep_prob": 0.5},
    "keep_prob 0.75": {"keep_prob": 0.75},
    "label_smoothing 0": {"label_smoothing": 0.0},
}


class _Quiet:
    def stepped(self, _step: int, _seconds: float) -> bool:
        return False

    def displayed(self, _progress: Progress) -> None:
        pass


def wrong(recipe: Recipe, learned: Images, read: Images, classes: tuple[str, ...]) -> int:
    """How many of the images `read` a network that has `learned` others gets wrong."""
    torch.manual_seed(0)
    network = build("deep")
    network.keep_prob = recipe.keep_prob  # type: ignore[assignment]
    loop.run(network, loop.optimizer_for(network, recipe), learned, recipe, 0, _Quiet())
    said = evaluate(network.eval(), read, classes).said
    return int((said != read.labels).sum())


def measure(samples: int, results: dict[str, Any], place: Path) -> None:
    """Train every change that `results` lacks, both ways, and keep each result in `place` at once."""
    data = mnist.load()
    images = together(data.train, data.validation)
    halves = {"odd": images[1:MIXED:2], "even": images[0:MIXED:2]}
    for name, change in CHANGES.items():
        recipe = get("best", samples=samples, display_step=1_000_000)
        recipe = dataclasses.replace(recipe, **change)  # type: ignore[arg-type]
        for learned, read in (("odd", "even"), ("even", "odd")):
            found = results.setdefault(name, {})
            if read not in found:
                found[read] = wrong(recipe, halves[learned], halves[read], data.classes)
                print(f"{name:20} learned {learned:4} read {read:4} {found[read]:4} wrong", file=sys.stderr, flush=True)
                place.write_text(json.dumps(results, indent=2) + "\n")


def main() -> None:
    """Measure what is missing and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--samples", type=int, default=330_000)
    arguments.add_argument("--save", type=Path, default=RESULTS)
    chosen = arguments.parse_args()
    try:
        get("best", samples=chosen.samples)
    except InputError as problem:
        arguments.error(str(problem))
    results = json.loads(chosen.save.read_text()) if chosen.save.is_file() else {}
    measure(chosen.samples, results, chosen.save)
    print(f"| recipe | of {MIXED // 2:,} at even places | of {MIXED // 2:,} at odd places |\n|---|---:|---:|")
    for name, found in results.items():
        print(f"| {name} | {found['even']} | {found['odd']} |")


if __name__ == "__main__":
    main()
