"""What each part of the `good` recipe is worth: the post's network, from `classic` to `good`, one change at a time.

    python benchmarks/lessons.py                 trains what is missing in results/lessons.json, then draws
    python benchmarks/lessons.py --seeds 3

Every variant sees as many images as the others; errors are counted on the last 5,000 training images, which no
variant learns from. The test images are not looked at. The picture is docs/pictures/lessons.png.
"""

import argparse
import dataclasses
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure

from fivebyfive.datasets import Dataset, mnist
from fivebyfive.errors import InputError
from fivebyfive.evaluation import evaluate_network
from fivebyfive.networks import build
from fivebyfive.progress import Progress
from fivebyfive.training import initialization, loop
from fivebyfive.training.recipe import Recipe, get

RESULTS = Path(__file__).parent / "results" / "lessons.json"
PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "lessons.png"
GOOD = get("good")
LESSONS: dict[str, tuple[str, ...]] = {
    "the post's recipe": (),
    "+ He's initial weights": ("he",),
    "+ rates that rise and fall": ("learning_rate", "warmup", "cooldown"),
    "+ decay, smooth labels, more dropout": ("weight_decay", "label_smoothing", "keep_prob"),
    "+ averaged weights": ("averaging",),
    "+ augmentation": ("rotation", "scale", "slant", "shift", "bend", "pen"),
}
"""The fields of `good` that each lesson takes over, on top of all those before it."""


def variants(samples: int) -> dict[str, Recipe]:
    """A recipe for each lesson, all with the same number of images."""
    recipe = get("classic", samples=samples, display_step=20)
    made = {}
    for lesson, fields in LESSONS.items():
        recipe = dataclasses.replace(recipe, **{field: getattr(GOOD, field) for field in fields})
        made[lesson] = recipe
    return made


class _Curve:
    """Keeps the loop's lines."""

    def __init__(self) -> None:
        self.lines: list[Progress] = []

    def stepped(self, _step: int, _seconds: float) -> bool:
        return False

    def displayed(self, progress: Progress) -> None:
        self.lines.append(progress)


def measure(recipe: Recipe, seed: int, data: Dataset) -> dict[str, Any]:
    """Train once: the share of the validation images that is read wrongly, the seconds, and the curve."""
    torch.manual_seed(seed)
    network = build("conv_net")
    network.keep_prob = recipe.keep_prob  # type: ignore[assignment]
    if recipe.he:
        initialization.he(network)
    curve = _Curve()
    _, seconds = loop.run(network, loop.optimizer_for(network, recipe), data.train, recipe, seed, curve)
    error = 1.0 - evaluate_network(network.eval(), data.validation, data.classes).accuracy
    lines = [(p.samples, p.loss, p.accuracy) for p in curve.lines]
    return {"seed": seed, "error": error, "seconds": seconds, "curve": lines}


def complete(results: dict[str, Any], samples: int, seeds: int, keep: Callable[[], object]) -> None:
    """Train every variant and seed that `results` lacks."""
    data = mnist.load()
    for seed in range(seeds):
        for lesson, recipe in variants(samples).items():
            runs = results.setdefault(lesson, [])
            if any(run["seed"] == seed for run in runs):
                continue
            runs.append(measure(recipe, seed, data))
            print(f"{lesson:40} seed {seed}  {runs[-1]['error']:.2%}", file=sys.stderr, flush=True)
            keep()


def draw(results: dict[str, Any], samples: int) -> Figure:
    """One bar a lesson: the error, each seed a dot; and how the loss of the first steps goes."""
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    bars, curves = figure.subplots(1, 2, width_ratios=[1.5, 1])
    names = list(LESSONS)
    colors = ["#8d99a6", "#d1495b", "#edae49", "#66a182", "#2e7fb8", "#00507a"]
    for row, (name, color) in enumerate(zip(names, colors, strict=True)):
        errors = [run["error"] * 100 for run in results[name]]
        mean = statistics.fmean(errors)
        bars.barh(row, mean, color=color, height=0.66)
        bars.plot(errors, [row] * len(errors), "o", color="#1c2733", markersize=4)
        bars.text(max(errors) + 0.05, row, f"{mean:.2f}%", va="center", color="#1c2733", fontsize=10)
        steps = [(line[0], line[1]) for line in results[name][0]["curve"]]
        curves.plot(*zip(*_smooth(steps), strict=True), color=color, linewidth=1.8)
    bars.set_yticks(range(len(names)), names)
    bars.invert_yaxis()
    bars.set_xlim(right=bars.get_xlim()[1] * 1.12)
    bars.set_title(f"Read wrongly, of 5,000 images kept apart, after {samples:,} images", loc="left", fontsize=10.5)
    bars.set_xlabel("%")
    curves.set_title("Loss of the batch", loc="left", fontsize=10.5)
    curves.set_xlabel("images seen")
    curves.xaxis.set_major_formatter(lambda x, _: f"{x / 1000:g}k" if x else "0")
    curves.set_yscale("log")
    for axes in (bars, curves):
        axes.grid(alpha=0.25, axis="x" if axes is bars else "both")
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _smooth(points: list[tuple[int, float]], width: int = 5) -> list[tuple[int, float]]:
    """The median of every `width` neighbours."""
    losses = [loss for _, loss in points]
    near = [losses[max(0, i - width // 2) : i + width // 2 + 1] for i in range(len(points))]
    return [(samples, statistics.median(losses)) for (samples, _), losses in zip(points, near, strict=True)]


def main() -> None:
    """Train what is missing, keep it, and draw."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--samples", type=int, default=440_000)
    arguments.add_argument("--seeds", type=int, default=1)
    chosen = arguments.parse_args()
    try:
        variants(chosen.samples)
    except InputError as problem:
        arguments.error(str(problem))
    everything = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    results = everything.setdefault(str(chosen.samples), {})
    RESULTS.parent.mkdir(exist_ok=True)
    complete(results, chosen.samples, chosen.seeds, lambda: RESULTS.write_text(json.dumps(everything)))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    draw(results, chosen.samples).savefig(PICTURE, dpi=120)


if __name__ == "__main__":
    main()
