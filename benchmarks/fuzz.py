"""Fuzzing, guided by coverage: whatever bytes come, readers of foreign files give sound data or an error of one line.

Targets are in `fuzzing.py`: networks as they are written, IDX, CSV, .npz, run folders, model files and the page's
envelopes. A finding is any exception but `InputError` and `Failure`, a crash, a file that takes more than
`SECONDS_EACH`, or more than `MEGABYTES` of memory in the process, PyTorch included. The seeds are made by code; the
input of a finding is kept in a file.

    python benchmarks/fuzz.py                      # every target, a minute each
    python benchmarks/fuzz.py npz --seconds 600
"""

import argparse
import re
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from environments import PLACE, python_of

TARGETS = ("network", "idx", "csv", "npz", "run", "model", "envelope")
SECONDS_EACH, MEGABYTES = 20, 1024
FINDINGS = PLACE / "findings"
MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory: each run writes some."""


def fuzz(python: str, target: str, seconds: int) -> bool:
    """Fuzz one target and print its line; whether nothing was found."""
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=MEMORY if MEMORY.is_dir() else None) as place:
        corpus = Path(place) / "corpus"
        corpus.mkdir()
        command = [
            *(python, str(Path(__file__).parent / "fuzzing.py"), sysconfig.get_paths()["purelib"], target, place),
            *(f"-max_total_time={seconds}", f"-timeout={SECONDS_EACH}", f"-rss_limit_mb={MEGABYTES}"),
            *(f"-artifact_prefix={FINDINGS / target}-", "-print_final_stats=1", str(corpus)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        last_input = Path(place) / "last"
        kept = FINDINGS / f"{target}-last"
        if done.returncode and last_input.is_file():
            kept.write_bytes(last_input.read_bytes())
    said = done.stdout + done.stderr

    def last(pattern: str) -> str:
        return next(reversed(re.findall(pattern, said)), "?")

    runs, edges = last(r"stat::number_of_executed_units: (\d+)"), last(r"cov: (\d+)")
    taken, peak = last(r"Done \d+ runs in (\d+)"), last(r"stat::peak_rss_mb: +(\d+)")
    print(
        f"| {target} | {runs} | {taken} | {edges} | {peak} | {'nothing' if not done.returncode else 'FOUND'} |",
        flush=True,
    )
    if done.returncode:
        print(said[-6000:], file=sys.stderr)
        print(f"exit status {done.returncode}; the input is kept: {kept}", file=sys.stderr)
    return done.returncode == 0


def main() -> None:
    """Fuzz the targets one after another; exit 1 at the first finding."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("target", nargs="?", choices=TARGETS, help="All of them by default.")
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    python = python_of("atheris")
    if python is None:
        sys.exit(1)
    print("| target | runs | seconds | coverage edges | peak memory, MB | found |\n|---|---:|---:|---:|---:|---|")
    for target in [arguments.target] if arguments.target else TARGETS:
        if not fuzz(python, target, arguments.seconds):
            sys.exit(1)


if __name__ == "__main__":
    main()
