"""How well the shipped readers read single shapes: each part of what they were taught, of hands and fonts kept apart.

    python benchmarks/reader.py                       # of digits and marks, and of two digits that touch
    python benchmarks/reader.py written FILE.onnx     # another of digits and marks
    python benchmarks/reader.py pairs FILE.onnx       # another of pairs

Of each part: the share read rightly, the share of wrong answers that are sure, and how far its probabilities can be
believed (expected calibration error); then what is mistaken for what most often, and the time for an image.
"""

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from fivebyfive import calibration
from fivebyfive.datasets import written
from fivebyfive.datasets.written import pairs
from fivebyfive.decision import SURE
from fivebyfive.prediction.onnx_engine import OnnxEngine

MODELS = Path(__file__).parent.parent / "src" / "fivebyfive" / "models"
SHIPPED = {"written": MODELS / "reader.onnx", "pairs": MODELS / "pairs.onnx"}
TAUGHT = {"written": written.parts_apart, "pairs": pairs.parts_apart}
MISTAKES = 12


def main() -> None:
    for what, file in {sys.argv[1]: Path(sys.argv[2])}.items() if len(sys.argv) > 2 else SHIPPED.items():
        print(f"{what}: {file}\n")
        measure(what, OnnxEngine(file))


def measure(what: str, engine: OnnxEngine) -> None:
    """Prints how well `engine` reads each part of what is taught."""
    mistaken: Counter[str] = Counter()
    all_said, all_labels = [], []
    print("| part | images | read rightly | surely wrong | calibration error |\n|---|---|---|---|---|")
    for name, images in TAUGHT[what]().items():
        said = engine.probabilities(images.pixels)
        print(_row(name, said, images.labels))
        all_said.append(said)
        all_labels.append(images.labels)
        for right, wrong in zip(images.labels, said.argmax(axis=1), strict=True):
            if right != wrong:
                mistaken[f"{engine.classes[right]} for {engine.classes[wrong]}"] += 1
    said, labels = np.concatenate(all_said), np.concatenate(all_labels)
    print(_row("all", said, labels))
    print("\nmistaken most often:", *(f"{what} {count}" for what, count in mistaken.most_common(MISTAKES)), sep="  ")
    print(f"{_seconds(engine) * 1e3:.2f} ms an image, 200 at a time, one thread\n")


def _row(name: str, said: np.ndarray, labels: np.ndarray) -> str:
    wrong = said.argmax(axis=1) != labels
    surely = wrong & (said.max(axis=1) >= SURE)
    error = calibration.expected_error(said, labels)
    return f"| {name} | {len(labels):,} | {1 - wrong.mean():.2%} | {surely.mean():.2%} | {error:.4f} |"


def _seconds(engine: OnnxEngine) -> float:
    """For one image, in the fastest of ten batches of 200."""
    images = np.random.default_rng(0).integers(0, 256, (200, *engine.shape), dtype=np.uint8)
    times = []
    for _round in range(10):
        started = time.perf_counter()
        engine.probabilities(images)
        times.append(time.perf_counter() - started)
    return min(times) / len(images)


if __name__ == "__main__":
    main()
