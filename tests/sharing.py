"""Several processes that torchrun starts, or threads in their place, and what they find: for tests."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from fivebyfive.neighbours import Neighbours

T = TypeVar("T")
RUN = [sys.executable, "-m", "torch.distributed.run"]


def start(*arguments: str | Path, processes: int = 2, **variables: str) -> subprocess.CompletedProcess[str]:
    """What torchrun comes to with `arguments`, in so many processes of one thread each."""
    call = [*RUN, "--standalone", f"--nproc-per-node={processes}", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | variables
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False, timeout=300)


def found(script: Path, *arguments: str | Path, processes: int = 2) -> list[dict[str, Any]]:
    """What each process of a script has found, by rank: it writes a document RANK.json into its first argument."""
    done = start(script, *arguments, processes=processes)
    assert done.returncode == 0, done.stderr
    return [json.loads((Path(arguments[0]) / f"{rank}.json").read_text()) for rank in range(processes)]


def by_all(size: int, work: Callable[[Neighbours], T]) -> list[T]:
    """What each of so many neighbours finds; here, they are threads."""
    told: list[str] = [""] * size
    all_here = threading.Barrier(size)

    def one(rank: int) -> T:
        def gathered(mine: str) -> list[str]:
            told[rank] = mine
            all_here.wait()
            found = list(told)
            all_here.wait()
            return found

        return work(Neighbours(rank, size, gathered))

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(one, range(size)))
