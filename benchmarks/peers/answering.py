"""A contender's side of the conversation with `side_by_side.py`; nothing but the standard library."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path


def answer(work: Callable[[int], None], warm_up: int = 5) -> None:
    """Warm up, say so, and then time `work(steps)` for every number of steps read, until the input ends."""
    work(warm_up)
    print("ready", flush=True)
    for line in sys.stdin:
        started, used = time.perf_counter(), time.process_time()
        work(int(line))
        seconds, processor = time.perf_counter() - started, time.process_time() - used
        print(json.dumps({"seconds": seconds, "processor": processor, "peak": _peak_memory()}), flush=True)


def _peak_memory() -> int:
    """The most memory that this process has had at once, in bytes."""
    status = Path("/proc/self/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
