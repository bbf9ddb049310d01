"""Several processes that torchrun starts, and what they find: for tests."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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
