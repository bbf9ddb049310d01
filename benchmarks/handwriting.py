"""Handwriting as people send it: pictures of digits made to measure `5x5 predict` on, and the measurement.

Ink is a digit of MNIST, enlarged smoothly, or pen strokes drawn by a program; it is laid, with many pens, slants, sizes
and colours, on plain, ruled and squared paper, and then seen through shadow, perspective, blur, noise and JPEG. Each
file of `handwritten/kinds/` makes what is harder in one way: no margin, frames and tables, digits that touch, marks,
columns, turned pages, pencil, highlighters, displays, print (for which Debian's fonts have to be installed).

There are three sets of each kind: preparation may be tuned on ``tuning`` and on ``validation``, whose digits no reader
was taught; ``honest`` is only ever measured.

    python benchmarks/handwriting.py                         # the honest set: all kinds
    python benchmarks/handwriting.py --kind tables --kind marks
    python benchmarks/handwriting.py --set tuning --scale 0.2
    python benchmarks/handwriting.py --set validation --first 5000 --kind tight --misread DIR  # keeps what is misread
    python benchmarks/handwriting.py --save DIR --scale 0.3  # the pictures, a folder a kind, with what each says
    python benchmarks/handwriting.py --cases DIR             # a folder of pictures with an expected.tsv
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from fivebyfive.decision import SURE
from handwritten import fonts
from handwritten.scoring import Score, calibration_error, score, summary
from handwritten.sheet import Pixels
from handwritten.sheets import KINDS, SEEDS, sheets

if TYPE_CHECKING:
    from fivebyfive.prediction import Reading

OLD = {"single": 1600, "several": 800, "nothing": 300}
COUNTS = OLD | {kind: 700 if kind == "nothing_else" else 120 for kind in KINDS}
NOTHING = ("nothing", "nothing_else")
CALIBRATED = 0.03
"""The largest expected calibration error that probabilities may have."""


@dataclass(frozen=True)
class Pictures:
    """Which pictures of a set are read, and by what.

    Attributes:
        scale: share of each kind's pictures, from number `first` on.
        misread: a folder for those that are misread.
    """

    which: str = "honest"
    scale: float = 1.0
    first: int = 0
    model: str | None = None
    misread: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of one sheet: how near the reading is, whether any answer is sure, what it was made with, seconds."""

    score: Score
    sure: bool
    traits: dict[str, str]
    seconds: float


def outcomes(asked: Pictures, kind: str, first: int, count: int) -> list[Outcome]:
    """Make `count` sheets of a kind and read each."""
    from fivebyfive.pictures.decoding import Picture
    from fivebyfive.prediction import open_engine, read

    cv2.setNumThreads(1)
    engine, results = open_engine(asked.model), []
    for number, sheet in enumerate(sheets(asked.which, kind, count, first), first):
        height, width = sheet.picture.shape[:2]
        started = time.perf_counter()
        reading = read(Picture(sheet.picture, width, height), engine)
        seconds = time.perf_counter() - started
        answers = [(a.label, a.probability) for a in reading.digits]
        sure = any(a.sure for a in reading.digits)
        near = score(kind, (sheet.text, *sheet.others), in_cells(reading), answers)
        results.append(Outcome(near, sure, sheet.traits, seconds))
        if asked.misread and (sure if kind in NOTHING else near.wrong):
            write_picture(
                asked.misread / file_name(f"{kind} {number} is {sheet.text} read {reading.text}"), sheet.picture
            )
    return results


def file_name(told: str) -> str:
    """What is `told`, as the name of a picture's file."""
    return told.replace("\n", "|").replace("/", "÷")[:200] + ".png"


def write_picture(path: Path, picture: Pixels) -> None:
    """Write `picture`, whose colours are red, green and blue, to the file `path`."""
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(picture[:, :, ::-1]))[1].tobytes())


def in_cells(reading: "Reading") -> str:
    """The text, a line a row, without the gaps within a table's cell: its numbers are parted by the cells."""
    rows: dict[int, list[str]] = {}
    for line in reading.lines:
        rows.setdefault(line.row, []).append(line.text if line.cell is None else line.text.replace(" ", ""))
    return "\n".join(" ".join(texts) for texts in rows.values())


def read_all(asked: Pictures, kinds: Iterable[str]) -> dict[str, list[Outcome]]:
    """Make and read pictures of these kinds, on all cores."""
    size = 20
    if asked.misread:
        asked.misread.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        jobs = {
            kind: [
                pool.submit(outcomes, asked, kind, asked.first + i, min(size, many - i))
                for many in [max(1, round(COUNTS[kind] * asked.scale))]
                for i in range(0, many, size)
            ]
            for kind in kinds
        }
        return {kind: [outcome for job in parts for outcome in job.result()] for kind, parts in jobs.items()}


def measure(asked: Pictures, kinds: Iterable[str] = COUNTS) -> dict[str, object]:
    """Read pictures: shares of digits, texts and cells that are right, and of pictures of nothing seen as such."""
    found = read_all(asked, kinds)
    result: dict[str, object] = {"set": asked.which}
    if set(OLD) <= set(found):
        result |= plain_figures(*(found[kind] for kind in OLD))
    for kind in NOTHING:
        if kind in found:
            result[f"{kind}: no sure answer"] = sum(not o.sure for o in found[kind]) / len(found[kind])
    result["kinds"] = {
        kind: summary(kind, [o.score for o in of_it]) | {"worst": by_trait(of_it, 4)}
        for kind, of_it in found.items()
        if kind not in NOTHING
    }
    answers = [answer for of_it in found.values() for o in of_it for answer in o.score.answers]
    error = calibration_error(answers)
    return result | {
        "answers": len(answers),
        "expected calibration error": error,
        "calibrated": error <= CALIBRATED,
        "sure answers that are wrong, of all": sum(p >= SURE and not right for p, right in answers)
        / max(1, len(answers)),
    }


def plain_figures(single: list[Outcome], several: list[Outcome], _nothing: list[Outcome]) -> dict[str, object]:
    """What has always been measured, and is compared with what it was."""
    digits = sum(o.score.letters for o in several)
    return {
        "pictures": len(single) + len(several),
        "single digits right": sum(o.score.exact for o in single) / len(single),
        "digits of several right": 1 - sum(o.score.wrong for o in several) / digits,
        "median seconds a picture": float(np.median([o.seconds for o in single + several])),
        "single, by trait": by_trait(single),
        "several, by trait": by_trait(several),
    }


def by_trait(results: list[Outcome], most: int = 12) -> dict[str, str]:
    """How many of the digits made with each trait are wrong, the worst first."""
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for outcome in results:
        for trait, value in outcome.traits.items():
            if trait not in ("style", "kind"):
                wrong[f"{trait} {value}"] += outcome.score.wrong
                total[f"{trait} {value}"] += outcome.score.letters
    worst = sorted(total, key=lambda t: -wrong[t] / max(total[t], 1))[:most]
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


def cases(folder: Path, model: str | None) -> dict[str, object]:
    """The pictures of `folder`, each with its text in `expected.tsv`: right, doubted where wrong, or neither."""
    from fivebyfive.prediction import open_engine, read
    from fivebyfive.prediction.reading import picture_of

    engine = open_engine(model)
    counts: Counter[str] = Counter()
    failed = {}
    for line in (folder / "expected.tsv").read_text().splitlines()[1:]:
        name, text = line.split("\t")[:2]
        kind = name.rsplit("-", 1)[0]
        reading = read(picture_of(folder / name), engine)
        came = verdict(reading, text.replace("|", "\n"))
        counts[came] += 1
        counts[f"{kind}: {came}"] += 1
        if came != "right":
            failed[name] = f"{text} was read as {reading.text!r}: {came}"
    return {
        "pictures": counts["right"] + counts["doubted"] + counts["wrong"],
        "right": counts["right"],
        "wrong, but doubted": counts["doubted"],
        "wrong without a doubt": counts["wrong"],
        "not right": failed,
    }


def verdict(reading: "Reading", text: str) -> str:
    """ "right", spaces aside; "doubted" where something found is unsure or was left unread; else "wrong"."""
    if {"".join(reading.text.split(" ")), in_columns(reading.text)} & {text}:
        return "right"
    return "doubted" if reading.unread or any(not a.sure for a in reading.digits) else "wrong"


def in_columns(text: str) -> str:
    """Rows of numbers with a space between them, as one column under the other."""
    rows = [line.split() for line in text.split("\n")]
    if len({len(row) for row in rows}) != 1:
        return ""
    return "\n".join(word for column in zip(*rows, strict=True) for word in column)


def measure_all(asked: Pictures = Pictures()) -> dict[str, object]:
    """A set, and scikit-learn's digits."""
    return measure(asked) | scikit_learn(asked.model)


def save(folder: Path, asked: Pictures, kinds: Iterable[str]) -> None:
    """Write the pictures, a folder a kind, and `expected.tsv`: file, text ("|" between lines), other right texts."""
    for kind in kinds:
        place = folder / kind
        place.mkdir(parents=True, exist_ok=True)
        rows = ["file\tshould read\tor"]
        count = max(1, round(COUNTS[kind] * asked.scale))
        for i, sheet in enumerate(sheets(asked.which, kind, count, asked.first), asked.first):
            name = f"{kind}-{i:04}.png"
            write_picture(place / name, sheet.picture)
            rows.append("\t".join([name, *(text.replace("\n", "|") for text in (sheet.text, *sheet.others))]))
        (place / "expected.tsv").write_text("\n".join(rows) + "\n")


def main() -> None:
    """Measure, or save the pictures to be looked at."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--set", choices=list(SEEDS), default="honest")
    parser.add_argument("--kind", choices=list(COUNTS), action="append", help="only this; may be given again")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the set")
    parser.add_argument("--first", type=int, default=0, help="number of the first picture of each kind")
    parser.add_argument("--misread", type=Path, help="a folder for the pictures that are misread")
    parser.add_argument("--model", help="as for 5x5 predict")
    parser.add_argument("--save", type=Path, help="only write the pictures, into this folder")
    parser.add_argument("--cases", type=Path, help="only read this folder's pictures, beside its expected.tsv")
    options = parser.parse_args()
    if options.cases:
        show(cases(options.cases, options.model))
        return
    try:
        fonts.check()
    except fonts.FontsMissing as missing:
        sys.exit(f"error: {missing}")
    asked = Pictures(options.set, options.scale, options.first, options.model, options.misread)
    if options.save:
        save(options.save, asked, options.kind or COUNTS)
    elif options.kind:
        show(measure(asked, options.kind))
    else:
        show(measure_all(asked))


def show(document: dict[str, object]) -> None:
    """Print it as JSON."""
    json.dump(document, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
