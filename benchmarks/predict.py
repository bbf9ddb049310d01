"""How long `5x5 predict` takes, start included, and over a folder, beside the same job in PyTorch and TensorFlow.

The same job: start Python, read one picture of 28×28, run the post's network once, print the digit.

    python benchmarks/predict.py                 # a cold start, medians of 9; a folder of 10,000
    python benchmarks/predict.py --pictures 1000
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

import environments

RUNS = 9

PYTORCH = """
import sys, numpy, torch, PIL.Image
from torch import nn
net = nn.Sequential(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5, padding=2),
                    nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 1024), nn.ReLU(), nn.Linear(1024, 10))
image = torch.from_numpy(numpy.asarray(PIL.Image.open(sys.argv[1])).copy())[None, None] / 255
with torch.inference_mode():
    print(int(net.eval()(image).argmax()))
"""

TENSORFLOW = """
import sys, numpy, PIL.Image, tensorflow as tf
L = tf.keras.layers
net = tf.keras.Sequential([L.Conv2D(32, 5, padding="same", activation="relu"), L.MaxPool2D(),
                           L.Conv2D(64, 5, padding="same", activation="relu"), L.MaxPool2D(), L.Flatten(),
                           L.Dense(1024, activation="relu"), L.Dense(10)])
image = numpy.asarray(PIL.Image.open(sys.argv[1]))[None, :, :, None] / numpy.float32(255)
print(int(numpy.argmax(net(image))))
"""


def cold(command: list[str]) -> float:
    """Median seconds of `command`, after one run that fills the disk's cache."""
    seconds = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


def photos(folder: Path, count: int) -> None:
    """`count` pictures of MNIST's test digits on paper, each of another size."""
    from fivebyfive.datasets import load

    test = load("mnist").test.pixels[:, :, :, 0]
    for i in range(count):
        side = 56 + 7 * (i % 13)
        ink = np.asarray(Image.fromarray(test[i % len(test)]).resize((side, side), Image.Resampling.BICUBIC))
        Image.fromarray((235 - 0.8 * ink).astype(np.uint8)).save(folder / f"{i:05}.png", compress_level=1)


def measure(pictures: int = 10_000, model: list[str] | None = None) -> dict[str, object]:
    """Cold starts, ours and the others', and a folder of `pictures`."""
    model = model or []
    command = [sys.executable, "-m", "fivebyfive", "predict", *model]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "photos"
        folder.mkdir()
        photos(folder, pictures)
        small = str(Path(place) / "7.png")
        Image.fromarray(np.asarray(Image.open(folder / "00000.png").resize((28, 28)))).save(small)
        result: dict[str, object] = {
            "cold start, one photo, s": cold([*command, str(folder / "00007.png")]),
            "the same job in PyTorch, s": cold([sys.executable, "-c", PYTORCH, small]),
        }
        if (python := environments.python_of("tensorflow")) is not None:
            result["the same job in TensorFlow, s"] = cold([python, "-c", TENSORFLOW, small])
        started, before = time.perf_counter(), os.times()
        subprocess.run([*command, str(folder), "--json"], check=True, capture_output=True)
        seconds, after = time.perf_counter() - started, os.times()
        busy = (after.children_user + after.children_system - before.children_user - before.children_system) / seconds
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        result |= {
            "pictures": pictures,
            "pictures a second": pictures / seconds,
            "cores busy": busy,
            "largest process, MB": largest,
        }
    return result


def main() -> None:
    """Measure, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--model", help="as for 5x5 predict")
    options = parser.parse_args()
    json.dump(measure(options.pictures, ["--model", options.model] if options.model else []), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
