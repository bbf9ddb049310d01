"""What a network from elsewhere costs to explain, from a cold start, beside the same one in PyTorch.

ResNet-18 at 224×224, once as the code of a module and once as the ONNX file that PyTorch wrote of it, by turns; and the
command's own help, which loads neither. Seconds by the clock and of processor time, medians.

    python benchmarks/sources.py
    python benchmarks/sources.py --runs 9
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image

ROOT = Path(__file__).parent.parent
NETWORK = "import sys\n\nsys.path.insert(0, {tests!r})\nfrom architectures import resnet18\n"


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time with that of all processes that it starts."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def prepared(folder: Path) -> dict[str, list[str]]:
    """What is compared: commands by their names."""
    sys.path.insert(0, str(ROOT / "tests"))
    from architectures import resnet18

    (folder / "net.py").write_text(NETWORK.format(tests=str(ROOT / "tests")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(resnet18().eval(), (torch.rand(1, 3, 224, 224),), str(folder / "model.onnx"), dynamo=False)
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "cat.jpg")
    command = [sys.executable, "-m", "fivebyfive"]
    return {
        "5x5 explain model.onnx cat.jpg": [*command, "explain", str(folder / "model.onnx"), str(folder / "cat.jpg")],
        "5x5 explain net.py:resnet18 cat.jpg": [
            *command,
            "explain",
            f"{folder}/net.py:resnet18",
            str(folder / "cat.jpg"),
        ],
        "5x5 --help": [*command, "--help"],
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        commands = prepared(Path(folder))
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for turn in range(runs + 1):
            for name, command in commands.items():
                seconds = measured(command)
                if turn:  # the first fills the disk's cache
                    found[name].append(seconds)
    print(f"medians of {runs}, load {os.getloadavg()[0]:.1f}")
    for name, seconds_ in found.items():
        wall, processor = (statistics.median(values) for values in zip(*seconds_, strict=True))
        print(f"{name:40} {wall:6.2f} s  {processor:6.2f} s of processor time")


if __name__ == "__main__":
    main()
