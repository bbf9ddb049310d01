"""What the recipes reach: every seed, the mean, the seconds; `quick` in alternation with the record's own program.

    python benchmarks/recipes.py quick --seeds 30
    python benchmarks/recipes.py best --seeds 5 --together 3

Training runs through `fivebyfive.train`, as ``5x5 train`` does; the seconds are those of its steps, from the first to
the last weight. The first seed's accuracy on the 5,000 images kept apart is looked at on the way, with the clock
stopped; where a recipe learns from these too, in one more training that does not. `--together 3` lets every three of
the trained networks answer together, by the mean of their probabilities, as ``--ensemble 3`` does. The record's program
is written here from its description (T. Ahonen, train_mnist_fast, "Training a NN to 99% accuracy on MNIST in 0.76
seconds"): two convolutions of 24 and 32 filters, hidden layer of 256, Adam with betas 0.7 and 0.9, one cycle up to
0.01, batches of 256, the 60,000 images once, in their order. Its data is made ready before its clock starts, as there.
"""

import argparse
import dataclasses
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import fivebyfive
from fivebyfive import datasets
from fivebyfive.datasets import Dataset, Images, mnist
from fivebyfive.evaluation import evaluate_network
from fivebyfive.networks import as_input, build, parameter_count
from fivebyfive.networks.ensemble import mean_logits
from fivebyfive.training.plans import Plan
from fivebyfive.training.recipe import Recipe, get
from fivebyfive.training.reporter import Reporter
from fivebyfive.training.result import Run
from side_by_side import machine

NETWORKS = {"classic": "conv_net", "good": "conv_net", "quick": "quick", "best": "best"}


@dataclass(frozen=True)
class Result:
    """One training.

    Attributes:
        accuracy: the share of the 10,000 test images that it reads.
        curve: [seconds, accuracy on the images kept apart], on the way; empty where nobody looked.
        logits: of the test images, [10,000, 10]; None where nobody asks for them.
    """

    seed: int
    accuracy: float
    seconds: float
    curve: list[tuple[float, float]] = field(default_factory=list)
    logits: Tensor | None = None


class RecordNetwork(nn.Module):
    """The network of the record's program."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 24, 5), nn.Conv2d(24, 32, 3)
        self.fc1, self.fc2 = nn.Linear(800, 256), nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.fc1(x.flatten(1)))
        return F.log_softmax(self.fc2(x), dim=1)


class RecordProgram:
    """Its data, ready; called with a seed, it trains once."""

    def __init__(self, data: Dataset) -> None:
        images = datasets.together(data.train, data.validation)
        self.x, self.y = _normalised(images.pixels), torch.from_numpy(images.labels)
        self.test_x, self.test_y = _normalised(data.test.pixels), torch.from_numpy(data.test.labels)

    def __call__(self, seed: int) -> Result:
        torch.manual_seed(seed)
        started = time.perf_counter()
        network = RecordNetwork()
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01, betas=(0.7, 0.9))
        steps = -(-len(self.x) // 256)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=steps, cycle_momentum=False)
        for x, y in zip(torch.split(self.x, 256), torch.split(self.y, 256), strict=True):
            optimizer.zero_grad()
            F.nll_loss(network(x), y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        seconds = time.perf_counter() - started
        with torch.inference_mode():
            said = torch.cat([network(x).argmax(1) for x in torch.split(self.test_x, 2000)])
        return Result(seed, (said == self.test_y).float().mean().item(), seconds)


def _normalised(pixels: np.ndarray) -> Tensor:
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    return ((x - 0.1307) / 0.3081).contiguous()


class Looking(Reporter):
    """Looks at the accuracy on the images kept apart: at first often, then ever more rarely."""

    def __init__(self, data: Dataset) -> None:
        self.data, self.next = data, 0.0
        self.curve: list[tuple[float, float]] = []

    def started(self, plan: Plan, place: Path, first_step: int, network: nn.Module, *_: object) -> None:  # noqa: ARG002
        self.network = network

    def stepped(self, step: int, seconds: float) -> None:  # noqa: ARG002
        if seconds >= self.next:
            accuracy = evaluate_network(self.network, self.data.validation, self.data.classes).accuracy
            self.curve.append((round(seconds, 4), accuracy))
            self.next = max(1.4 * seconds, 0.05)


def recipe_program(name: str, data: Dataset, look_at: int, keep_logits: bool) -> Callable[[int], Result]:
    """What trains by the recipe called `name` once, in a run folder that is thrown away.

    Args:
        look_at: the seed whose curve is kept.
    """
    recipe = get(name, display_step=1_000_000)

    def program(seed: int) -> Result:
        run, curve = _trained(name, data, recipe, seed, looks=seed == look_at and not recipe.use_validation)
        if seed == look_at and recipe.use_validation:
            _, curve = _trained(name, data, dataclasses.replace(recipe, use_validation=False), seed, looks=True)
        assert run.evaluation is not None
        logits = _logits(run.model.network, data.test) if keep_logits else None
        return Result(seed, run.evaluation.accuracy, run.train_seconds, curve, logits)

    return program


def _trained(name: str, data: Dataset, recipe: Recipe, seed: int, looks: bool) -> tuple[Run, list[tuple[float, float]]]:
    """One training, and its curve if it `looks` on the way."""
    looking = Looking(data)
    with tempfile.TemporaryDirectory() as folder:
        reporter = looking if looks else Reporter()
        run = fivebyfive.train(NETWORKS[name], data, recipe, seed=seed, out=Path(folder) / "run", reporter=reporter)
    if looks:
        kept_apart = evaluate_network(run.model.network, data.validation, data.classes).accuracy
        looking.curve.append((round(run.train_seconds, 4), kept_apart))
    return run, looking.curve


def _logits(network: nn.Module, images: Images) -> Tensor:
    with torch.inference_mode():
        batches = torch.split(torch.from_numpy(images.pixels), 500)
        return torch.cat([network(as_input(batch, network)) for batch in batches])


def together(results: list[Result], size: int, images: Images) -> dict[str, Any]:
    """How well every `size` of the trained networks read when they answer together."""
    labels, reached = torch.from_numpy(images.labels), {}
    for chosen in itertools.combinations(results, size):
        answer = mean_logits([result.logits for result in chosen if result.logits is not None]).argmax(1)
        reached["+".join(str(result.seed) for result in chosen)] = (answer == labels).float().mean().item()
    accuracies = list(reached.values())
    return {
        "size": size,
        "choices": len(reached),
        "mean_accuracy": round(statistics.fmean(accuracies), 5),
        "lowest": round(min(accuracies), 4),
        "highest": round(max(accuracies), 4),
        "seeds": {seeds: round(accuracy, 4) for seeds, accuracy in reached.items()},
    }


def measure(name: str, seeds: range, beside_record: bool = False, size: int = 0) -> dict[str, Any]:
    """Train seed after seed by the recipe called `name`, by turns with the record's program if asked for.

    Args:
        size: so many of the trained networks answer together; 0: each alone.
    """
    data = mnist.load()
    programs = {name: recipe_program(name, data, seeds.start, size > 0)}
    if beside_record:
        programs["record"] = RecordProgram(data)
    results: dict[str, list[Result]] = {program: [] for program in programs}
    for seed in seeds:
        for who, program in programs.items():
            result = program(seed)
            results[who].append(result)
            print(f"{who:8} seed {seed:3}  {result.accuracy:.4f}  {result.seconds:8.3f} s", file=sys.stderr, flush=True)
    document = {
        "machine": machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "network": NETWORKS[name],
        "parameters": parameter_count(build(NETWORKS[name])),
        "record_parameters": parameter_count(RecordNetwork()),
        **summary(results),
    }
    return document | {"together": together(results[name], size, data.test)} if size else document


def summary(results: dict[str, list[Result]]) -> dict[str, Any]:
    """Each program's mean, spread and median; the ratio of the record's seconds to the recipe's, run by run."""
    summed: dict[str, Any] = {}
    for name, runs in results.items():
        accuracies = [r.accuracy for r in runs]
        summed[name] = {
            "runs": len(runs),
            "mean_accuracy": round(statistics.fmean(accuracies), 5),
            "lowest": min(accuracies),
            "highest": max(accuracies),
            "deviation": round(statistics.pstdev(accuracies), 5),
            "median_seconds": round(statistics.median(r.seconds for r in runs), 3),
            "seeds": {str(r.seed): [round(r.accuracy, 4), round(r.seconds, 3)] for r in runs},
            "curve": next((r.curve for r in runs if r.curve), []),
        }
    if "record" in results:
        recipe = next(name for name in results if name != "record")
        ratios = [b.seconds / a.seconds for a, b in zip(results[recipe], results["record"], strict=True)]
        summed["times_faster"] = round(statistics.median(ratios), 2)
    return summed


def main() -> None:
    """Train seed after seed, print each result, and last of all one JSON document with all of them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("recipe", choices=sorted(NETWORKS))
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--first-seed", type=int, default=0)
    arguments.add_argument("--together", type=int, default=0, help="so many of the trained networks answer together")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--beside-record", action="store_true", help="by turns with the record's program")
    arguments.add_argument("--save", type=Path, help="write the document to this file instead")
    chosen = arguments.parse_args()
    if chosen.together > chosen.seeds:
        arguments.error(f"--together {chosen.together} needs as many trainings; give --seeds {chosen.together} or more")
    torch.set_num_threads(chosen.threads)
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    text = json.dumps(measure(chosen.recipe, seeds, chosen.beside_record, chosen.together), indent=2) + "\n"
    if chosen.save is None:
        print(text, end="")
    else:
        chosen.save.write_text(text)


if __name__ == "__main__":
    main()
