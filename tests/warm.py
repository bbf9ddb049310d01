"""The command ``5x5`` in processes of its own that begin at once: each is forked from one that has loaded PyTorch.

To load it takes two seconds, and is not what is asked here; tests of what a command loads, and of what lies in its way,
start Python themselves. The rest is as in any process: a folder, an environment, outputs and an exit code of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SECONDS = 300
"""So long a command may take: then its process is ended."""

KEEPER = f"""
import json, os, random, runpy, signal, sys
import cv2, matplotlib.backends.backend_agg, matplotlib.figure, PIL.Image, pygments, rich.console, torch, typer

assert len(os.listdir("/proc/self/task")) == 1  # a thread would not be there in what is forked, and be waited for

for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm({SECONDS})
        for place, number in ((os.devnull, 0), (asked["out"], 1), (asked["err"], 2)):
            os.dup2(os.open(place, os.O_RDWR), number)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        random.seed()
        sys.path[0], sys.argv = os.getcwd(), ["5x5", *asked["arguments"]]
        runpy.run_module("fivebyfive", run_name="__main__", alter_sys=True)  # ends with SystemExit
        sys.exit()
    _, status, used = os.wait4(child, 0)
    print(os.waitstatus_to_exitcode(status), used.ru_maxrss, flush=True)
"""


class Warm:
    """A process that has loaded what all commands load, and forks one for each call.

    Attributes:
        memory: the most that the last call's process had at a time, in kilobytes, with what it was forked with.
    """

    def __init__(self, folder: Path) -> None:
        """Its outputs go through files in `folder`."""
        self.files = {name: folder / name for name in ("out", "err")}
        self.memory = 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", KEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
        )

    def __call__(
        self, arguments: list[str], folder: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        for file in self.files.values():
            file.write_bytes(b"")
        asked = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
        places = {name: str(file) for name, file in self.files.items()}
        self.process.stdin.write(json.dumps(asked | places) + os.linesep)
        self.process.stdin.flush()
        code, self.memory = map(int, self.process.stdout.readline().split())
        out, err = (file.read_text() for file in self.files.values())
        return subprocess.CompletedProcess(arguments, code, out, err)

    def close(self) -> None:
        """End it."""
        self.process.communicate()
