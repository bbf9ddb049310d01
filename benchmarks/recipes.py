"""What the recipes reach: every seed, the mean, the seconds; `quick` in alternation with the record's own program.

    python benchmarks/recipes.py quick --seeds 30
    python benchmarks/recipes.py good --seeds 5
    python benchmarks/recipes.py best --seeds 5 --ensemble 3

Training runs through `fivebyfive.train`, as ``5x5 train`` does; the seconds are those of its steps, from the first
to the last weight. The record's program is written here from its description (T. Ahonen, train_mnist_fast, "Training a
NN to 99% accuracy on MNIST in 0.76 seconds"): two convolutions of 24 and 32 filters, hidden layer of 256, Adam with
betas 0.7 and 0.9, one cycle up to 0.01, batches of 256, the 60,000 images once, in their order. Its data is made ready
before its clock starts, as there.
"""

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import fivebyfive
from fivebyfive.datasets import Dataset, mnist
from fivebyfive.training.recipe import get

NETWORKS = {"classic": "conv_net", "good": "conv_net", "quick": "quick", "best": "best"}


@dataclass(frozen=True)
class Result:
    """One training: its seed, the share of the 10,000 test images that it reads, and its seconds."""

    seed: int
    accuracy: float
    seconds: float


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
        self.x = _normalised(np.concatenate([data.train.pixels, data.validation.pixels]))
        self.y = torch.from_numpy(np.concatenate([data.train.labels, data.validation.labels]))
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


def recipe_program(name: str, data: Dataset, ensemble: int) -> Callable[[int], Result]:
    """What trains by the recipe called `name` once, in a run folder that is thrown away."""
    recipe = get(name, display_step=1_000_000, ensemble=ensemble)

    def program(seed: int) -> Result:
        with tempfile.TemporaryDirectory() as folder:
            run = fivebyfive.train(NETWORKS[name], data, recipe, seed=seed, out=Path(folder) / "run")
        assert run.evaluation is not None
        return Result(seed, run.evaluation.accuracy, run.train_seconds)

    return program


def main() -> None:
    """Train seed after seed, print each result, and last of all one JSON document with all of them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("recipe", choices=sorted(NETWORKS))
    arguments.add_argument("--seeds", type=int, default=30)
    arguments.add_argument("--first-seed", type=int, default=0)
    arguments.add_argument("--ensemble", type=int, default=1)
    arguments.add_argument("--alone", action="store_true", help="leave the record's program out")
    chosen = arguments.parse_args()
    torch.set_num_threads(2)

    data = mnist.load()
    programs = {chosen.recipe: recipe_program(chosen.recipe, data, chosen.ensemble)}
    if not chosen.alone:
        programs["record"] = RecordProgram(data)
    results: dict[str, list[Result]] = {name: [] for name in programs}
    for seed in range(chosen.first_seed, chosen.first_seed + chosen.seeds):
        for name, program in programs.items():
            result = program(seed)
            results[name].append(result)
            print(
                f"{name:8} seed {seed:3}  {result.accuracy:.4f}  {result.seconds:8.3f} s", file=sys.stderr, flush=True
            )
    print(json.dumps(summary(results), indent=2))


def summary(results: dict[str, list[Result]]) -> dict[str, object]:
    """Each program's mean, spread and median; the ratio of the record's seconds to the recipe's, run by run."""
    document: dict[str, object] = {
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
        "torch": torch.__version__,
    }
    for name, runs in results.items():
        accuracies = [r.accuracy for r in runs]
        document[name] = {
            "runs": len(runs),
            "mean_accuracy": round(statistics.fmean(accuracies), 5),
            "lowest": min(accuracies),
            "highest": max(accuracies),
            "deviation": round(statistics.pstdev(accuracies), 5),
            "median_seconds": round(statistics.median(r.seconds for r in runs), 3),
            "seeds": {r.seed: [r.accuracy, round(r.seconds, 3)] for r in runs},
        }
    if "record" in results:
        recipe = next(name for name in results if name != "record")
        ratios = [b.seconds / a.seconds for a, b in zip(results[recipe], results["record"], strict=True)]
        document["times_faster"] = round(statistics.median(ratios), 2)
    return document


if __name__ == "__main__":
    main()
