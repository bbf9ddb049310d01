"""Pictures that do not fit into memory: how fast they are decoded, how fast they come out of the cache, and what memory
all of it takes.

``python benchmarks/photographs.py photographs --times 25`` makes 60,600; ``python benchmarks/cache.py photographs``
decodes all of them into an empty cache (the first epoch), takes every training picture out of it in the order of an
epoch (the second), decodes some batches as ``--no-cache`` does, and trains a small network for some steps. Memory is
that of this process and of all that it started, each shared page counted once (Linux' PSS), at its highest.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fivebyfive import datasets
from fivebyfive.datasets import Dataset
from fivebyfive.training.batches import Batches
from fivebyfive.training.feeding import feed
from fivebyfive.training.reporter import Reporter
from fivebyfive.training.run import train

BATCH, UNCACHED_STEPS, TRAINED_STEPS = 64, 40, 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--network", default="photo_net")
    parser.add_argument("--out", type=Path, help="where the cache and the run lie; none: a temporary folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.out) as place:
        os.environ["FIVEBYFIVE_CACHE"] = place
        json.dump(measure(asked.folder, asked.network, Path(place)), sys.stdout, indent=2)
    print()


def measure(folder: Path, network: str, place: Path) -> dict[str, object]:
    """All figures; `place` is where the cache lies."""
    result: dict[str, object] = {}
    with memory(result, "first"):
        seconds, data = timed(lambda: datasets.load(folder))
    count = sum(len(part) for part in (data.train, data.validation, data.test))
    rates = {"first": count / seconds}
    with memory(result, "second"):
        steps = len(data.train) // BATCH
        seconds, _ = timed(lambda: fed(data, steps))
        rates["second"] = steps * BATCH / seconds
    with memory(result, "no_cache"):
        decoded = datasets.load(folder, data.shape, cache=False)
        steps = min(UNCACHED_STEPS, len(data.train) // BATCH)
        seconds, _ = timed(lambda: fed(decoded, steps))
        rates["no_cache"] = steps * BATCH / seconds
    with memory(result, "training"):
        samples = TRAINED_STEPS * BATCH
        train(network, folder, out=place / "run", samples=samples, batch_size=BATCH, reporter=Reporter())
    size = sum(file.stat().st_size for file in place.rglob("pixels"))
    return {
        "pictures": count,
        "shape": data.shape,
        "cache_gb": round(size / 1e9, 2),
        "images_per_second": {name: round(rate, 1) for name, rate in rates.items()},
        "second_to_first": round(rates["second"] / rates["first"], 2),
        "memory_mb": result,
    }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that `work` takes, and what it gives."""
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def fed(data: Dataset, steps: int) -> None:
    """What a training asks for, and nothing done with it."""
    batches = Batches(len(data.train), BATCH, 0)
    pictures = feed(data.train.pixels, batches, range(steps))
    for step in range(steps):
        pictures(batches[step])


@contextmanager
def memory(found: dict[str, object], name: str) -> Iterator[None]:
    """The highest PSS meanwhile, in MB, into `found`."""
    done, highest = threading.Event(), [0]

    def watch() -> None:
        while not done.wait(0.2):
            highest[0] = max(highest[0], sum(map(_pss, _family(os.getpid()))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        found[name] = highest[0] // 1000


def _family(process: int) -> Iterator[int]:
    """A process, and all that come of it."""
    yield process
    try:
        children = Path(f"/proc/{process}/task").glob("*/children")
        for child in (int(number) for file in children for number in file.read_text().split()):
            yield from _family(child)
    except OSError:
        return


def _pss(process: int) -> int:
    """In kB; 0 of a process that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
