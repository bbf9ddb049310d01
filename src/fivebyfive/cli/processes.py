"""``5x5 train --processes N``: PyTorch's launcher starts the command N times, and again when one of them was killed.

The processes print and end as `endings` says; of the launcher's own reports nothing is shown.
"""

import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fivebyfive import endings
from fivebyfive.errors import Failure
from fivebyfive.processes import environment

OPTION = "--processes"
RESTARTS = 3
"""How often all are started again, in a training's life, because one was killed."""


def start(count: int, arguments: Sequence[str]) -> int:
    """Run ``5x5`` with `arguments`, without their ``--processes``, in `count` processes; the exit code.

    Raises:
        Failure: a process was killed more often than it is started again.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.disable(logging.CRITICAL)
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        outcome = Path(folder) / "outcome"
        threads = str(max(1, (os.cpu_count() or 1) // count))
        os.environ.update({"OMP_NUM_THREADS": threads} | environment() | {endings.OUTCOME: str(outcome)})
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=count,
            run_id="5x5",
            rdzv_backend="c10d",
            rdzv_endpoint="localhost:0",
            local_addr="localhost",
            max_restarts=RESTARTS,
            monitor_interval=0.1,
            logs_specs=DefaultLogsSpecs(log_dir=folder),
        )
        try:
            elastic_launch(config, sys.executable)("-m", "fivebyfive", *_without(arguments))
        except SignalException:
            return 130
        except ChildFailedError:
            if not outcome.is_file():
                raise Failure(
                    f"a process was killed again and again, {RESTARTS + 1} times, by want of memory perhaps; try fewer "
                    "processes, then go on with --resume"
                ) from None
        return int(outcome.read_text(encoding="utf-8")) if outcome.is_file() else 0


def _without(arguments: Sequence[str]) -> list[str]:
    """`arguments` without ``--processes N``."""
    kept, skip = [], False
    for argument in arguments:
        if skip or argument.startswith(f"{OPTION}="):
            skip = False
        elif argument == OPTION:
            skip = True
        else:
            kept.append(argument)
    return kept
