"""How the values of the `best` recipe were chosen: by reading people whose writing was never learned.

    python benchmarks/writers.py                 trains what is missing in results/writers.json, prints it as a table
    python benchmarks/writers.py best longer     only these

MNIST's training images are two collections, laid one between the other: at odd places those of the one, form after
form, so that the next label there is one higher three times as often as by chance; at even places those of the other,
by other people, mixed. Half of the images kept apart at the end are therefore most likely by people who were learned
from already, as those of the test are not. Here a `deep` learns from the images at odd places, up to the 56,000th, and
reads those at even places. The test images are not looked at.
"""

import argparse
import itertools
import json
import statistics
import sys
from pathlib import Path

import torch

from fivebyfive.datasets import Images, mnist, together
from fivebyfive.evaluation import evaluate_network
from fivebyfive.networks.deep import Deep
from fivebyfive.progress import Progress
from fivebyfive.training import loop
from fivebyfive.training.recipe import get

RESULTS = Path(__file__).parent / "results" / "writers.json"
MIXED = 56_000
"""Images up to here alternate."""
SAMPLES = 330_000
SEEDS = 3
CHANGES: dict[str, dict[str, float]] = {
    "best": {},
    "longer": {"samples": 2 * SAMPLES},
    "as it was": {"bend": 0.6, "pen": 0.2, "scale": 0.12, "keep_prob": 0.75},
    "not bent": {"bend": 0.0},
    "bent more": {"bend": 1.0},
    "turned and moved": {"rotation": 20.0, "shift": 5.6, "bend": 0.0, "pen": 0.0, "scale": 0.0, "slant": 0.0},
    "half dropped": {"keep_prob": 0.5},
    "hard labels": {"label_smoothing": 0.0},
}


class _Quiet:
    def stepped(self, _step: int, _seconds: float) -> bool:
        return False

    def displayed(self, _progress: Progress) -> None:
        pass


def wrong(changes: dict[str, float], learned: Images, read: Images, classes: tuple[str, ...], seed: int) -> int:
    """How many of the images `read` a network that has `learned` others, by a changed recipe, gets wrong."""
    # The loss is the one that `best` had when its other values were chosen.
    common: dict[str, float | str] = {"samples": SAMPLES, "display_step": 1_000_000, "loss": "softmax"}
    recipe = get("best", **{**common, **changes})
    torch.manual_seed(seed)
    network = Deep(keep_prob=recipe.keep_prob)
    loop.run(network, loop.optimizer_for(network, recipe), learned, recipe, seed, _Quiet())
    said = evaluate_network(network.eval(), read, classes).said
    return int((said != read.labels).sum())


def measure(names: list[str], results: dict[str, list[int]], place: Path) -> None:
    """Train every seed of the recipes that `results` lacks, and keep each result in `place` at once."""
    data = mnist.load()
    images = together(data.train, data.validation)
    learned, read = images[1:MIXED:2], images[0:MIXED:2]
    for seed, name in itertools.product(range(SEEDS), names):
        found = results.setdefault(name, [])
        if len(found) == seed:
            found.append(wrong(CHANGES[name], learned, read, data.classes, seed))
            print(f"{name}, seed {seed}: {found[-1]} wrong", file=sys.stderr, flush=True)
            place.write_text(json.dumps(results, indent=2) + "\n")


def main() -> None:
    """Measure what is missing and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("recipes", nargs="*", metavar="RECIPE", help=f"of: {', '.join(CHANGES)}; all, if none")
    arguments.add_argument("--save", type=Path, default=RESULTS)
    chosen = arguments.parse_args()
    names = chosen.recipes or list(CHANGES)
    if unknown := [name for name in names if name not in CHANGES]:
        arguments.error(f"recipe {unknown[0]} is none of: {', '.join(CHANGES)}")
    results = json.loads(chosen.save.read_text()) if chosen.save.is_file() else {}
    measure(names, results, chosen.save)
    print(f"| recipe | wrong of {MIXED // 2:,} | of all seeds |\n|---|---:|---|")
    for name in names:
        print(f"| {name} | {statistics.mean(results[name]):.0f} | {', '.join(map(str, results[name]))} |")


if __name__ == "__main__":
    main()
