"""The sets of `handwriting.py` read by us, by Tesseract, and in the tutorial's way, in one table.

Tesseract is Debian's, told to look for digits only (and for marks where they are), and how each kind lies: one digit,
one line, or a block. The tutorial's way is what most code beside an MNIST network does with a photo: grey, inverted
where the paper is light, and resized to 28×28, then asked of the post's network; it gives one digit a picture.

    python benchmarks/reading_peers.py                       # the honest set
    python benchmarks/reading_peers.py --scale 0.2 --kind tables
    python benchmarks/reading_peers.py --install             # Tesseract by apt-get first
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from handwriting import COUNTS, in_cells
from handwritten import fonts
from handwritten.scoring import GOALS, Score, score
from handwritten.sheet import Pixels, Sheet
from handwritten.sheets import SEEDS, sheets

RESULT = Path(__file__).parent / "results" / "reading_peers.json"
NOTHING = ("nothing", "nothing_else")
ONE_DIGIT, ONE_LINE, BLOCK = "10", "7", "6"
LIES = {"single": ONE_DIGIT, "tight": ONE_DIGIT} | dict.fromkeys(
    ("patterned", "frames", "touching", "touching_long", "broken", "flagged", "sizes", "marks", "pencil",
     "highlighter", "displays"), ONE_LINE)  # fmt: skip
"""How a page is segmented, in Tesseract's numbers; all other kinds are a block."""
MARKED = {"marks", "patterned", "displays", "printed"}


def ours(sheet: Sheet, _kind: str) -> str:
    """`5x5 predict`'s text."""
    from fivebyfive.pictures.decoding import Picture
    from fivebyfive.prediction import read

    height, width = sheet.picture.shape[:2]
    reading = read(Picture(sheet.picture, width, height), _engine())
    if not sheet.text:  # nothing is written: what counts is whether anything is answered surely
        return "".join(a.label for a in reading.digits if a.sure)
    return in_cells(reading)


@cache
def _engine() -> Any:
    from fivebyfive.prediction import open_engine

    return open_engine()


def tesseract(sheet: Sheet, kind: str) -> str:
    """What Tesseract prints for the picture as a PNG."""
    letters = "0123456789" + (".,-/:" if kind in MARKED else "")
    _, data = cv2.imencode(".png", np.ascontiguousarray(sheet.picture[:, :, ::-1]))
    command = ["tesseract", "-", "-", "--psm", LIES.get(kind, BLOCK), "-c", f"tessedit_char_whitelist={letters}"]
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, input=data.tobytes(), capture_output=True, env=environment, check=False)
    return done.stdout.decode(errors="replace").replace("\f", "").strip()


def tutorial(sheet: Sheet, _kind: str) -> str:
    """One digit: the whole picture made 28×28."""
    from fivebyfive.prediction import predict

    return predict(as_in_tutorials(sheet.picture), _post(), raw=True).text


@cache
def _post() -> Any:
    from fivebyfive.prediction import open_engine

    return open_engine("conv_net")


def as_in_tutorials(picture: Pixels) -> Pixels:
    """Grey, light ink on black, 28×28: uint8 [h, w, 3] → [28, 28]."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if np.median(grey) > 127:
        grey = 255 - grey
    return np.asarray(cv2.resize(grey, (28, 28), interpolation=cv2.INTER_AREA), np.uint8)


READERS = {"fivebyfive": ours, "Tesseract": tesseract, "28×28, as in tutorials": tutorial}


def scores(which: str, kind: str, first: int, count: int, readers: list[str]) -> dict[str, list[Score]]:
    """What each reader makes of `count` sheets."""
    cv2.setNumThreads(1)
    found: dict[str, list[Score]] = {name: [] for name in readers}
    for sheet in sheets(which, kind, count, first):
        for name in readers:
            found[name].append(score(kind, (sheet.text, *sheet.others), READERS[name](sheet, kind)))
    return found


def measure(which: str = "honest", scale: float = 1.0, kinds: Iterable[str] = COUNTS) -> dict[str, object]:
    """For each kind and reader, the share that is right by the measure of that kind."""
    readers = [name for name in READERS if name != "Tesseract" or shutil.which("tesseract")]
    rows: dict[str, dict[str, object]] = {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        jobs = {}
        for kind in kinds:
            many = max(1, round(COUNTS[kind] * scale))
            parts = range(0, many, 10)
            jobs[kind] = [pool.submit(scores, which, kind, i, min(10, many - i), readers) for i in parts]
        for kind, parts_of in jobs.items():
            found = [job.result() for job in parts_of]
            measured = what_counts(kind)
            rows[kind] = {"measure": measured, "pictures": sum(len(f[readers[0]]) for f in found)} | {
                name: share(measured, [s for f in found for s in f[name]]) for name in readers
            }
    return {"set": which, "scale": scale, "tesseract": version(), "kinds": rows}


def what_counts(kind: str) -> str:
    """ "texts", "digits", "cells", or "no sure answer" for pictures of nothing."""
    if kind in NOTHING:
        return "no sure answer"
    return GOALS[kind][0] if kind in GOALS else ("digits" if kind == "several" else "texts")


def share(measured: str, of: list[Score]) -> float:
    """The share of `of` that is right."""
    if measured in ("texts", "no sure answer"):
        return sum(s.exact for s in of) / len(of)
    if measured == "cells":
        return sum(s.found for s in of) / sum(s.cells for s in of)
    return max(0.0, 1 - sum(s.wrong for s in of) / sum(s.letters for s in of))


def version() -> str:
    """Tesseract's first line about itself."""
    if shutil.which("tesseract") is None:
        return "not measured: apt-get install tesseract-ocr"
    said = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=True)
    return (said.stdout or said.stderr).splitlines()[0]


def table(result: dict[str, Any]) -> str:
    """As Markdown, a row a kind."""
    names = [name for name in READERS if all(name in row for row in result["kinds"].values())]
    lines = [f"| kind | right | {' | '.join(names)} |", f"|---|---|{'---:|' * len(names)}"]
    for kind, row in result["kinds"].items():
        shares = " | ".join(f"{row[name]:.1%}" for name in names)
        lines.append(f"| {kind.replace('_', ' ')} ({row['pictures']:,}) | {row['measure']} | {shares} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, write the result, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--set", choices=list(SEEDS), default="honest")
    parser.add_argument("--kind", choices=list(COUNTS), action="append", help="only this; may be given again")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the set")
    parser.add_argument("--install", action="store_true", help="install Tesseract first, by apt-get")
    parser.add_argument("--out", type=Path, default=RESULT, help="where the result is written, as JSON")
    options = parser.parse_args()
    if options.install:
        subprocess.run(["apt-get", "install", "-y", "-qq", "tesseract-ocr", "tesseract-ocr-eng"], check=True)
    try:
        fonts.check()
    except fonts.FontsMissing as missing:
        sys.exit(f"error: {missing}")
    result = measure(options.set, options.scale, options.kind or COUNTS)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))
    if "not measured" in str(result["tesseract"]):
        print(f"\nTesseract {result['tesseract']}")


if __name__ == "__main__":
    main()
