"""Killed at random moments, a training comes to the same end: a part of what `benchmarks/kills.py` does."""

import subprocess
import sys
from pathlib import Path

import pytest

KILLS = Path(__file__).parents[2] / "benchmarks" / "kills.py"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kills", "commands"), [(6, 0), pytest.param(1000, 20, marks=pytest.mark.exhaustive)], ids=["a few", "a thousand"]
)
def test_killed_again_and_again_it_comes_to_the_same(kills: int, commands: int) -> None:
    call = [sys.executable, str(KILLS), "--kills", str(kills), "--commands", str(commands)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "the same weights, metrics and film each time" in done.stdout
