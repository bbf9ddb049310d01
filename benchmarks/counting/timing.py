"""What explaining costs beside a plain forward: processor time, taken by turns, medians."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from counting.population import Member
from fivebyfive import explain

SECONDS = 3
"""Of processor time, for one network."""
LEAST, MOST = 3, 11


def against_plain(member: Member, *, torchlens: bool) -> dict[str, Any]:
    """Medians in milliseconds of processor time: a plain forward, `explain`, and TorchLens' trace where it is asked."""
    runs: dict[str, Callable[[], object]] = {
        "plain": member.call,
        "explain": lambda: explain(member.network, member.given),
    }
    if torchlens:
        runs["TorchLens"] = lambda: _torchlens(member)
    times: dict[str, list[float]] = {name: [] for name in runs}
    start = time.process_time()
    for turn in range(MOST + 1):
        if turn > LEAST and time.process_time() - start > SECONDS:
            break
        for name, run in runs.items():
            before = time.process_time()
            run()
            if turn:  # the first time, code is read and memory is taken
                times[name].append(1e3 * (time.process_time() - before))
    return {name: statistics.median(taken) for name, taken in times.items()}


def _torchlens(member: Member) -> object:
    import torchlens

    if isinstance(member.given, dict):
        return torchlens.trace(member.network, (), member.given)
    return torchlens.trace(member.network, member.given)
