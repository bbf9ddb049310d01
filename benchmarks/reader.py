"""How well the shipped reader reads single shapes: each part of what it was taught, from hands and fonts kept apart.

    python benchmarks/reader.py [FILE.onnx]

Of each part: the share read rightly, the share of wrong answers that are sure, and how far its probabilities can be
believed (expected calibration error); then what is mistaken for what most often, and the time for an image.
"""

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from fivebyfive import calibration
from fivebyfive.datasets.written import parts_apart
from fivebyfive.decision import SURE
from fivebyfive.prediction.onnx_engine import OnnxEngine

SHIPPED = Path(__file__).parent.parent / "src" / "fivebyfive" / "models" / "reader.onnx"
MISTAKES = 12


def main() -> None:
    engine = OnnxEngine(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
    mistaken: Counter[str] = Counter()
    all_said, all_labels = [], []
    print("| part | images | read rightly | surely wrong | calibration error |\n|---|---|---|---|---|")
    for name, images in parts_apart().items():
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
    print(f"{_seconds(engine) * 1e3:.2f} ms an image, 200 at a time, one thread")


def _row(name: str, said: np.ndarray, labels: np.ndarray) -> str:
    wrong = said.argmax(axis=1) != labels
    surely = wrong & (said.max(axis=1) >= SURE)
    error = calibration.expected_error(said, labels)
    return f"| {name} | {len(labels):,} | {1 - wrong.mean():.2%} | {surely.mean():.2%} | {error:.4f} |"


def _seconds(engine: OnnxEngine) -> float:
    """For one image, in the fastest of ten batches of 200."""
    images = np.random.default_rng(0).integers(0, 256, (200, 28, 28, 1), dtype=np.uint8)
    times = []
    for _round in range(10):
        started = time.perf_counter()
        engine.probabilities(images)
        times.append(time.perf_counter() - started)
    return min(times) / len(images)


if __name__ == "__main__":
    main()
