"""What tests share besides fixtures."""

import gzip
import importlib.metadata
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from fivebyfive import trust
from fivebyfive.datasets import Dataset
from fivebyfive.networks.from_file import load_network as make_network
from fivebyfive.networks.spec import parse
from fivebyfive.text import printable
from fivebyfive.training.reporter import Reporter

Command = Callable[..., subprocess.CompletedProcess[str]]
"""The command line as a process: arguments in, exit code and both outputs out."""

Call = Callable[..., tuple[int, str, str]]
"""The command line in this process: arguments in; exit code, standard output and standard error out."""


def write_idx(path: Path, values: npt.NDArray[np.uint8], magic: int | None = None) -> None:
    """Write `values` as an IDX file, compressed if its name ends in .gz."""
    header = struct.pack(f">{1 + values.ndim}I", magic or 2048 + values.ndim, *values.shape)
    data = header + values.tobytes()
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)


def noise(shape: tuple[int, int, int], edge: int = 0) -> npt.NDArray[np.uint8]:
    """A picture of noise, uint8 [h, w, c]; with a black edge it is taken for a digit as MNIST has them, and not
    searched for handwriting.
    """
    height, width, channels = shape
    inside = np.random.default_rng(0).integers(1, 256, (height - 2 * edge, width - 2 * edge, channels), np.uint8)
    return np.pad(inside, ((edge, edge), (edge, edge), (0, 0)))


class Does(nn.Module):
    """A network that does what it is given."""

    def __init__(self, does: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.does = does

    def forward(self, x: Tensor) -> Any:
        """What was given, done to `x`."""
        return self.does(x)


def line_of(file: str, text: str) -> int:
    """The number of the first line of `file` that holds `text`."""
    return next(i for i, line in enumerate(Path(file).read_text().splitlines(), 1) if text in line)


def plant(folder: Path, canary: Path) -> None:
    """Lay modules into `folder` that leave `canary` if they are imported: of the standard library's every name, of
    every package that is installed, and of those that Python imports by itself when it starts.
    """
    packages = importlib.metadata.packages_distributions()
    names = {*sys.stdlib_module_names, *packages, "sitecustomize", "usercustomize"}
    trap = f"with open({str(canary)!r}, 'a') as file: print(__name__, file=file)\n"
    folder.mkdir(exist_ok=True)
    for name in filter(str.isidentifier, names):
        (folder / f"{name}.py").write_text(trap)
    for name in ("PIL", "torch", "numpy", "multiprocessing"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(trap)
    (folder / "matplotlibrc").write_text("backend: module://evil\nno colon\n")


def expect_sound(data: Dataset) -> None:
    """That `data` is what everything after it relies on."""
    for part in (data.train, data.validation, data.test):
        assert part.pixels.dtype == np.uint8
        assert part.pixels.shape == (len(part), *data.shape)
        assert part.pixels.flags.c_contiguous
        assert part.labels.dtype == np.int64
        assert len(part) > 0
        assert part.labels.min() >= 0
        assert part.labels.max() < len(data.classes)
    assert len(set(data.classes)) == len(data.classes) >= 2
    assert all(name.encode() and len(name.splitlines()) == 1 and "\x1b" not in name for name in data.classes)


def load_network(text: str, **sizes: int) -> nn.Module:
    """What a user gets who names a network so."""
    spec = parse(text)
    code = trust.by_user(spec)
    assert code is not None
    return make_network(spec, code, **sizes)


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
