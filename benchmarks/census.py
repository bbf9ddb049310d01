"""A census of architectures: what explaining them lacks, by frequency, and what of it is wrong.

    python benchmarks/census.py            all of them, an hour or two on two cores; writes docs/census.md
    python benchmarks/census.py --quick    twelve, in two minutes
    python benchmarks/census.py --only timm/resnet18 --only transformers/bert
    python benchmarks/census.py --list

Every network that `counting/` names, of timm and of transformers, is built from its configuration without a download
and examined in a process of its own, two at a time, with a limit of memory and time. What is found of each is kept in
`.peers/census-found/`, under a name that stands for the code that was examined: an interrupted census goes on where it
was, and changed code begins anew.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from counting import table
from counting.population import QUICK, names
from environments import PLACE, python_of
from side_by_side import machine

ROOT = Path(__file__).parent.parent
ONE = Path(__file__).parent / "counting" / "one.py"
DOCUMENT = ROOT / "docs" / "census.md"
AT_A_TIME = 2
LONGEST = 1800
"""Seconds for one network, on a machine that others may use too."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="twelve networks of different kinds")
    parser.add_argument("--only", action="append", metavar="NAME", help="this network; may be given again")
    parser.add_argument("--list", action="store_true", help="print the names")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(names()))
        return
    unknown = set(asked.only or ()) - set(names())
    if unknown:
        sys.exit(f"no network of the census is called {', '.join(sorted(unknown))}; --list prints all names")
    python = python_of("census")
    if python is None:
        sys.exit("the census needs timm and transformers")
    found = census(python, asked.only or (QUICK if asked.quick else names()))
    text = table.document(found, machine())
    if asked.only or asked.quick:
        print(text)
    else:
        DOCUMENT.write_text(text)
        print(table.summary(found, machine()))


def census(python: str, chosen: Sequence[str]) -> list[dict[str, Any]]:
    """What is found of each of the chosen networks, in their order."""
    folder = PLACE / "census-found" / _fingerprint()
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"{name.replace('/', '--')}.json" for name in chosen}
    missing = [name for name in chosen if not files[name].is_file()]
    random.Random(0).shuffle(missing)  # so that what is there after a while is a fair part of all
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for name, took in zip(missing, pool.map(lambda n: _examine(python, n, files[n]), missing), strict=True):
            print(f"{name}: {took}", file=sys.stderr)
    return [json.loads(files[name].read_text()) for name in chosen]


def _examine(python: str, name: str, file: Path) -> str:
    """Examine one network in a process of its own; in a word, how that went."""
    folders = [ROOT / "src", ROOT / "tests", ROOT / "benchmarks"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders)), "HF_HUB_OFFLINE": "1"}
    command = [python, str(ONE), name, str(file)]
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False)
        failed = "" if file.is_file() else f"ended by {ended.returncode}: {ended.stderr.strip()[-300:]}"
    except subprocess.TimeoutExpired:
        failed = f"it took more than {LONGEST} seconds"
    if failed:
        file.write_text(json.dumps({"name": name, "failed": failed}))
    return failed or "done"


def _fingerprint() -> str:
    """A name for the code that is examined and that examines."""
    code = [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "src").rglob("*.js"),
        *ONE.parent.glob("*.py"),
        ROOT / "tests/sums.py",
    ]
    digest = hashlib.sha256()
    for path in sorted(code):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    main()
