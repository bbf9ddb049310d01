"""What reading a picture costs, by turns with the state before; and the dearest pictures that anybody could send.

The state before is a commit, in a worktree that is made for this and removed. Every figure is processor seconds (what
all cores together worked, which hardly changes when others use the machine), the median of rounds in which each state
has its turn: one digit of 300×300 pixels, without the start; a cold start; a page of 35 megapixels with 1,000 digits; a
folder. Then each picture of `crowded.py` is read in a process of its own.

    python benchmarks/reading_speed.py                          # all, a folder of 10,000
    python benchmarks/reading_speed.py --pictures 500 --rounds 3
    python benchmarks/reading_speed.py --only hostile           # only what is dear
    python benchmarks/reading_speed.py --before 04b8f57
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import hostile
import predict
from handwritten.ink import Mnist
from handwritten.paper import PLAIN, empty_sheet
from handwritten.sheet import Pixels
from handwritten.writing import lay
from side_by_side import machine

ROOT = Path(__file__).parent.parent
RESULT = Path(__file__).parent / "results" / "reading_speed.json"
BEFORE = "04b8f57"
"""Before reading was made quick."""

GOALS = {"one digit, ms": 8.0, "a page of 1,000 digits, s": 3.0, "cold start, s": 0.35}
PICTURES_A_SECOND, HOSTILE_SECONDS = 200, 5.0

READ = """
import sys, time
from fivebyfive.prediction import open_engine, predict
engine, paths, rounds = open_engine(), sys.argv[2:], int(sys.argv[1])
digits = sum(len(predict(path, engine).digits) for path in paths)
started = time.process_time()
for _ in range(rounds):
    for path in paths:
        predict(path, engine)
print((time.process_time() - started) / rounds / len(paths), digits)
"""
COLD = [sys.executable, "-m", "fivebyfive", "predict"]


@contextlib.contextmanager
def state_before(commit: str) -> Iterator[Path]:
    """A worktree of `commit`."""
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place) / "before"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def small_pictures(folder: Path, count: int = 20) -> list[str]:
    """Digits on paper, 300×300 pixels, as PNG files."""
    mnist, rng, paths = Mnist("test"), np.random.default_rng(0), []
    for i in range(count):
        sheet = empty_sheet(300, 300, 170, rng, {}, PLAIN)
        ink = mnist.digit(i % 10, 170, rng)[0]
        lay(sheet, ink, 150 - ink.shape[1] / 2, 60, np.array((30, 40, 120), np.float32))
        sheet += rng.normal(0, 2, sheet.shape).astype(np.float32)
        paths.append(str(folder / f"small-{i}.png"))
        cv2.imwrite(paths[-1], np.clip(sheet[:, :, ::-1], 0, 255).astype(np.uint8))
    return paths


def page(folder: Path, columns: int = 25, rows: int = 40) -> str:
    """A scan of 7,000×5,000 pixels with 1,000 digits, a third of them broken, and dust, as a JPEG file."""
    mnist, rng = Mnist("test"), np.random.default_rng(0)
    sheet = np.full((7000, 5000), 244, np.float32)
    for row in range(rows):
        for column in range(columns):
            ink = mnist.digit(int(rng.integers(10)), int(rng.integers(85, 120)), rng)[0]
            if rng.random() < 0.33:
                ink[int(ink.shape[0] * rng.uniform(0.3, 0.7)) :][:4] = 0
            y, x = 60 + row * 172 + int(rng.integers(-6, 7)), 60 + column * 195 + int(rng.integers(-8, 9))
            place = sheet[y : y + ink.shape[0], x : x + ink.shape[1]]
            place += ink[: place.shape[0], : place.shape[1]] * (35 - place)
    for y, x in rng.integers(20, (6980, 4980), (600, 2)):
        sheet[y : y + int(rng.integers(2, 8)), x : x + int(rng.integers(2, 8))] = 60
    grain = rng.normal(0, 2, (500, 500)).astype(np.float32)
    whole: Pixels = np.clip(sheet + np.tile(grain, (14, 10)), 0, 255).astype(np.uint8)
    path = str(folder / "page.jpg")
    cv2.imwrite(path, whole, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return path


def inside(tree: Path, paths: list[str], repeats: int) -> float:
    """Processor seconds a picture, in a process of `tree`'s own that has started and read each once."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(repeats), *paths],
        check=True, capture_output=True, text=True, env=environment(tree), cwd=tree,
    )  # fmt: skip
    return float(done.stdout.split()[0])


def whole(tree: Path, arguments: list[str]) -> tuple[float, float]:
    """Of `5x5 predict`, from its start to its end: seconds, and processor seconds."""
    started, before = time.perf_counter(), os.times()
    subprocess.run([*COLD, *arguments, "--json"], check=True, capture_output=True, env=environment(tree), cwd=tree)
    seconds, after = time.perf_counter() - started, os.times()
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, worked


def environment(tree: Path) -> dict[str, str]:
    """For a process that takes the package from `tree`."""
    return os.environ | {"PYTHONPATH": str(tree / "src")}


def by_turns(trees: dict[str, Path], pictures: int, rounds: int) -> dict[str, dict[str, float]]:
    """Medians of each state, and how many times as dear the state before is."""
    figures: dict[str, dict[str, list[float]]] = {}

    def note(name: str, state: str, value: float) -> None:
        figures.setdefault(name, {}).setdefault(state, []).append(value)

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        photos = folder / "photos"
        photos.mkdir()
        predict.photos(photos, pictures)
        small, scan = small_pictures(folder), page(folder)
        for turn in range(rounds):
            for state, tree in list(trees.items())[:: 1 if turn % 2 else -1]:
                note("one digit, ms", state, 1000 * inside(tree, small, 5))
                seconds, worked = whole(tree, [small[0]])
                note("cold start, s", state, seconds)
                note("cold start, processor s", state, worked)
        for turn in range(max(1, rounds // 3)):
            for state, tree in list(trees.items())[:: 1 if turn % 2 else -1]:
                note("a page of 1,000 digits, s", state, inside(tree, [scan], 1))
                seconds, worked = whole(tree, [str(photos)])
                note("a folder, pictures a second", state, pictures / seconds)
                note("a folder, processor ms a picture", state, 1000 * worked / pictures)
    result = {name: {state: statistics.median(v) for state, v in of.items()} for name, of in figures.items()}
    for of in result.values():
        if len(of) == 2:
            of["before beside now"] = of["before"] / of["now"]
    return result


def dear() -> dict[str, dict[str, Any]]:
    """Each crowded picture: bytes, processor seconds, megabytes, what was said."""
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    found = {}
    for row in hostile.crowds():
        print(f"{row.seconds:6.2f} s  {row.name}: {row.said}", file=sys.stderr, flush=True)
        found[row.name] = {"bytes": row.size, "seconds": row.seconds, "megabytes": row.megabytes, "said": row.said}
    return found


def missed(result: dict[str, Any]) -> list[str]:
    """What does not keep to the goals, in words."""
    turns, pictures = result.get("by turns", {}), result.get("hostile", {})
    failures = [
        f"{name}: {turns[name]['now']:.3g}" for name, most in GOALS.items() if turns and turns[name]["now"] > most
    ]
    if turns and turns["a folder, pictures a second"]["now"] < PICTURES_A_SECOND:
        failures.append(f"a folder: {turns['a folder, pictures a second']['now']:.0f} pictures a second")
    return failures + [
        f"{name}: {row['seconds']:.1f} s, {row['said']}"
        for name, row in pictures.items()
        if row["seconds"] > HOSTILE_SECONDS or row["said"].startswith("crashed")
    ]


def measure(pictures: int = 10_000, rounds: int = 9, before: str = BEFORE, only: str = "") -> dict[str, Any]:
    """All of it, or "turns" or "hostile" only."""
    result: dict[str, Any] = {"machine": machine(), "before": before, "pictures": pictures}
    if only != "hostile":
        with state_before(before) as tree:
            result["by turns"] = by_turns({"now": ROOT, "before": tree}, pictures, rounds)
    if only != "turns":
        result["hostile"] = dear()
    return result | {"missed": missed(result)}


def main() -> None:
    """Measure, write the result and print it; exit 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--pictures", type=int, default=10_000, help="in the folder")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--before", default=BEFORE, help="a commit to compare with")
    parser.add_argument("--only", choices=["turns", "hostile"], default="")
    parser.add_argument("--out", type=Path, default=RESULT, help="where the result is written, as JSON")
    options = parser.parse_args()
    result = measure(options.pictures, options.rounds, options.before, options.only)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    json.dump(result, sys.stdout, indent=1)
    print()
    sys.exit(1 if result["missed"] else 0)


if __name__ == "__main__":
    main()
