"""What tests share besides fixtures."""

import gzip
import os
import signal
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fivebyfive.text import printable
from fivebyfive.training.run import Reporter

Command = Callable[..., subprocess.CompletedProcess[str]]
"""The command line as a process: arguments in, exit code and both outputs out."""

Call = Callable[..., tuple[int, str, str]]
"""The command line in this process: arguments in; exit code, standard output and standard error out."""


def write_idx(path: Path, values: npt.NDArray[np.uint8], magic: int | None = None) -> None:
    """Write `values` as an IDX file, compressed if its name ends in .gz."""
    header = struct.pack(f">{1 + values.ndim}I", magic or 2048 + values.ndim, *values.shape)
    data = header + values.tobytes()
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)


def weights(folder: Path) -> bytes:
    """What training made, byte for byte."""
    return (folder / "model.safetensors").read_bytes()


class StopAt(Reporter):
    """Asks to stop, as Ctrl-C does, after a step."""

    def __init__(self, step: int) -> None:
        self.step = step

    def stepped(self, step: int, seconds: float) -> None:
        if step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


class Silent:
    """Watches training and says nothing."""

    def stepped(self, _step: int, _seconds: float) -> bool:
        return False

    def displayed(self, _progress: object) -> None:
        pass


def expect_sentence(said: tuple[int, str, str], code: int = 2) -> str:
    """What was said must be one sentence on standard error, and nothing else."""
    assert (said[0], said[1]) == (code, "")
    (line,) = said[2].splitlines()
    assert line.startswith("error: ")
    assert printable(line) == line
    assert "unexpected" not in line
    assert "Errno" not in line
    return line
