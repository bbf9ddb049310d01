"""Programs measured beside each other in one run: in alternation, each in a process of its own.

A contender is a program that takes the path of a data file and a mode, prints "ready", and then, for each number of
steps that it reads, does that many and prints how long they took and its peak memory (see `peers/answering.py`). All
contenders stay alive; in every round each has its turn, in an order that changes, while the others sleep. A machine
that is slow for a while is then slow for all of them, and medians and ratios are of rounds, not of luck.
"""

import dataclasses
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fivebyfive.datasets import mnist

PEERS = Path(__file__).parent / "peers"
REST = 0.3  # seconds between two turns: idle worker threads go on spinning for up to 0.2 s


@dataclass(frozen=True)
class Contender:
    """A program of `peers/`, and the Python whose packages it needs; None if there is none here.

    Attributes:
        mode: "train" or "infer"; with " bfloat16" behind it, in half precision.
    """

    name: str
    program: str
    python: str | None
    mode: str


@dataclass
class Result:
    """Images a second in each round, processor seconds an image, peak memory in bytes; or why there are none.

    Processor time counts what the program itself used, on all cores: it hardly changes when others use the machine.
    """

    name: str
    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: int = 0
    missing: str = ""


def compare(contenders: Sequence[Contender], cores: int, rounds: int, steps: int, batch: int) -> list[Result]:
    """Every contender's rate in `rounds` rounds of `steps` steps of `batch` images, on `cores` cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    results = {c.name: Result(c.name) for c in contenders}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "images.npz"
        images = mnist.load().train[: 100 * 128]
        np.savez(data, pixels=images.pixels.reshape(len(images), -1), labels=images.labels)
        running: dict[str, _Running] = {}
        for contender in contenders:
            try:
                running[contender.name] = _Running(contender, data, batch)
            except _Missing as why:
                results[contender.name].missing = str(why)
        order = list(running)
        for turn in range(rounds):
            random.Random(turn).shuffle(order)
            for name in order:
                taken = running[name].take(steps)
                results[name].rates.append(steps * batch / taken["seconds"])
                results[name].processor.append(taken["processor"] / (steps * batch))
                results[name].peak = int(taken["peak"])
                print(f"round {turn + 1}: {name}: {results[name].rates[-1]:,.0f} images/s", file=sys.stderr)
        for process in running.values():
            process.close()
    return list(results.values())


class _Missing(Exception):
    """A contender cannot be measured here."""


class _Running:
    """A contender's process, ready for its turns."""

    def __init__(self, contender: Contender, data: Path, batch: int) -> None:
        if contender.python is None:
            raise _Missing("not measured: its packages cannot be installed")
        command = [contender.python, str(PEERS / contender.program), contender.mode, str(data), str(batch)]
        log = data.with_name(f"{contender.program}.log")
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=data.parent
            )
        if self._answer() != "ready":
            raise _Missing("not measured: " + (log.read_text().strip().splitlines() or ["it said nothing"])[-1])

    def take(self, steps: int) -> dict[str, float]:
        """Do `steps` steps: `seconds`, `processor` seconds, and `peak` memory in bytes."""
        time.sleep(REST)
        assert self._process.stdin is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        answer: dict[str, float] = json.loads(self._answer())
        return answer

    def close(self) -> None:
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def machine() -> str:
    """The machine and its load in one line."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")), "unknown")
    flags = {"avx512_bf16", "avx512f", "avx2", "amx_tile"} & set(info.split())
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores ({', '.join(sorted(flags))}), {platform.platform()}, load {load:.1f}"


def document(results: Sequence[Result], title: str) -> dict[str, Any]:
    """A comparison as its file in `results/` holds it."""
    return {"title": title, "machine": machine(), "programs": [dataclasses.asdict(r) for r in results]}


def table(comparison: Mapping[str, Any], ours: str = "fivebyfive") -> str:
    """Medians, their spread, peak memory, and how many times as fast `ours` was: the median of the rounds' ratios."""
    results = [Result(**program) for program in comparison["programs"]]
    our_rates = next(r for r in results if r.name == ours).rates
    lines = [
        "| program | images/s, median | slowest – fastest | processor time an image | peak memory | fivebyfive is |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for result in sorted(results, key=lambda r: -statistics.median(r.rates or [0.0])):
        if result.missing:
            lines.append(f"| {result.name} | {result.missing} | | | | |")
            continue
        ratios = [a / b for a, b in zip(our_rates, result.rates, strict=True)]
        ratio = "" if result.name.startswith(ours) else f"{statistics.median(ratios):.2f} × as fast"
        spread = f"{min(result.rates):,.0f} – {max(result.rates):,.0f}"
        median, processor = statistics.median(result.rates), statistics.median(result.processor) * 1e3
        peak = f"{result.peak / 2**20:,.0f} MB"
        lines.append(f"| {result.name} | {median:,.0f} | {spread} | {processor:.3f} ms | {peak} | {ratio} |")
    return "\n".join(lines)
