"""Handwriting as people send it: pictures of digits made to measure `5x5 predict` on, and the measurement.

Ink is a digit of MNIST, enlarged smoothly, or pen strokes drawn by a program; it is laid, with many pens, slants, sizes
and colours, on plain, ruled and squared paper, and then seen through shadow, perspective, blur, noise and JPEG.

The pictures are made in `handwritten/`, in two sets: preparation was tuned on ``tuning``, and ``honest`` is only ever
measured.

    python benchmarks/handwriting.py                         # the honest set: 2,400 pictures and 300 of nothing
    python benchmarks/handwriting.py --set tuning --scale 0.2
    python benchmarks/handwriting.py --save DIR --scale 0.01   # look at them
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from handwritten.sheets import SEEDS, sheets

COUNTS = {"single": 1600, "several": 800, "nothing": 300}


@dataclass(frozen=True)
class Outcome:
    """What came of one sheet: what was written, what was read, the surest answer, and how long preparing it took."""

    text: str
    read: str
    surest: float
    traits: dict[str, str]
    seconds: float

    @property
    def mistakes(self) -> int:
        """Digits that are wrong, missing or too many."""
        return distance(self.read, self.text)


def distance(a: str, b: str) -> int:
    """Levenshtein's: the fewest letters to change, add or remove."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def outcomes(which: str, kind: str, first: int, count: int, model: str | None) -> list[Outcome]:
    """Make `count` sheets and read each."""
    from fivebyfive.pictures.decoding import Picture
    from fivebyfive.prediction import open_engine, read

    cv2.setNumThreads(1)
    engine, results = open_engine(model), []
    for sheet in sheets(which, kind, count, first):
        height, width = sheet.picture.shape[:2]
        started = time.perf_counter()
        reading = read(Picture(sheet.picture, width, height), engine)
        seconds = time.perf_counter() - started
        surest = max((a.probability for a in reading.digits), default=0.0)
        results.append(Outcome(sheet.text, reading.text.replace("\n", ""), surest, sheet.traits, seconds))
    return results


def measure(which: str, scale: float, model: str | None) -> dict[str, object]:
    """Read a set, on all cores: shares of digits that are right, and of pictures of nothing that are taken for so."""
    found: dict[str, list[Outcome]] = {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for kind, count in COUNTS.items():
            many, size = max(1, round(count * scale)), 20
            jobs = [pool.submit(outcomes, which, kind, i, min(size, many - i), model) for i in range(0, many, size)]
            found[kind] = [outcome for job in jobs for outcome in job.result()]
    single, several, nothing_ = (found[kind] for kind in COUNTS)
    digits = sum(len(o.text) for o in several)
    return {
        "set": which,
        "pictures": len(single) + len(several),
        "single digits right": sum(o.read == o.text for o in single) / len(single),
        "digits of several right": 1 - sum(o.mistakes for o in several) / digits,
        "nothing: no sure answer": sum(o.surest < 0.8 for o in nothing_) / len(nothing_),
        "median seconds a picture": float(np.median([o.seconds for o in single + several])),
        "single, by trait": by_trait(single),
        "several, by trait": by_trait(several),
    }


def by_trait(results: list[Outcome]) -> dict[str, str]:
    """How many of the digits made with each trait are wrong, the worst first."""
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for outcome in results:
        for trait, value in outcome.traits.items():
            if trait != "style":
                wrong[f"{trait} {value}"] += outcome.mistakes
                total[f"{trait} {value}"] += len(outcome.text)
    worst = sorted(total, key=lambda t: -wrong[t] / total[t])[:12]
    return {t: f"{wrong[t]} of {total[t]}" for t in worst}


TUNED_ON = 300
"""So many of scikit-learn's digits, the first ones, were looked at when tiny pictures' preparation was chosen."""


def scikit_learn(model: str | None) -> dict[str, float]:
    """Accuracy on scikit-learn's 1,797 digits of 8×8 pixels, through the same preparation; and without the first."""
    from sklearn.datasets import load_digits

    from fivebyfive.pictures.decoding import Picture
    from fivebyfive.prediction import open_engine, read

    engine, data, right = open_engine(model), load_digits(), []
    for image, label in zip(data.images, data.target, strict=True):
        pixels = np.rint(image * (255 / 16)).astype(np.uint8)[:, :, None]
        right.append(read(Picture(pixels, 8, 8), engine).text == str(label))
    return {
        "scikit-learn digits right": float(np.mean(right)),
        "scikit-learn, not tuned on": float(np.mean(right[TUNED_ON:])),
    }


def measure_all(which: str = "honest", scale: float = 1.0, model: str | None = None) -> dict[str, object]:
    """A set, and scikit-learn's digits."""
    return measure(which, scale, model) | scikit_learn(model)


def main() -> None:
    """Measure, or save the pictures to be looked at."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--set", choices=list(SEEDS), default="honest")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the set")
    parser.add_argument("--model", help="as for 5x5 predict")
    parser.add_argument("--save", type=Path, help="only write the pictures, into this folder")
    options = parser.parse_args()
    if options.save is None:
        json.dump(measure_all(options.set, options.scale, options.model), sys.stdout, indent=2)
        print()
        return
    options.save.mkdir(parents=True, exist_ok=True)
    for kind, count in COUNTS.items():
        for i, sheet in enumerate(sheets(options.set, kind, max(1, round(count * options.scale)))):
            path = options.save / f"{kind}-{i:04}-{sheet.text}.png"
            cv2.imwrite(str(path), np.ascontiguousarray(sheet.picture[:, :, ::-1]))


if __name__ == "__main__":
    main()
