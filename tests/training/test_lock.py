"""One writer a run, in real processes: the second is told, the first goes on, and a kill frees the run."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fivebyfive.errors import InputError
from fivebyfive.training.lock import LOCK, only_writer
from support import Command, weights

HOLDER = """
import sys
from pathlib import Path
from fivebyfive.training.lock import only_writer

with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""

TRAINER = """
import sys
from fivebyfive.training import run
from fivebyfive.training.recipe import get
from fivebyfive.training.reporter import Reporter

class Wait(Reporter):
    def started(self, *_):
        print("trains", flush=True)
        sys.stdin.readline()

how, place, data = sys.argv[1:]
if how == "train":
    run.train("perceptron", data, get("classic", samples=3000), out=place, reporter=Wait())
else:
    run.resume(place, reporter=Wait())
"""


@contextmanager
def process(code: str, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A Python process that has said its first line and waits for one."""
    call = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        try:
            assert started.stdout.readline().strip() in ("held", "trains")
            yield started
        finally:
            started.kill()


def test_a_second_writer_is_told_and_a_kill_frees_the_folder(tmp_path: Path) -> None:
    with process(HOLDER, tmp_path) as holder:
        with pytest.raises(InputError, match="is being trained already"), only_writer(tmp_path):
            pytest.fail("two writers")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (tmp_path / LOCK).exists()
    with only_writer(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_one_process_is_one_writer_too(tmp_path: Path) -> None:
    with (
        only_writer(tmp_path),
        pytest.raises(InputError, match="is being trained already"),
        only_writer(tmp_path),
    ):
        pytest.fail("two writers")
    assert not list(tmp_path.iterdir())


def test_two_trainings_of_one_run_and_the_first_comes_to_the_very_same_weights(
    tmp_path: Path, idx_folder: Path, five_by_five: Command
) -> None:
    """Both at their beginning and after a kill: the second ends with one sentence and changes nothing."""
    run, whole = tmp_path / "run", tmp_path / "whole"
    assert (
        five_by_five("train", "perceptron", "--data", idx_folder, "--samples", "3000", "--out", whole).returncode == 0
    )
    with process(TRAINER, "train", run, idx_folder):
        for call in (("--resume", run), ("perceptron", "--out", run)):
            second = five_by_five("train", *call)
            assert second.returncode == 2
            assert second.stderr.count("\n") == 1
            assert ("is being trained already" in second.stderr) == (call[0] == "--resume")
    assert (run / LOCK).exists()  # left by the kill, and free
    with process(TRAINER, "resume", run, idx_folder) as first:
        before = {p: p.read_bytes() for p in run.rglob("*")}
        second = five_by_five("train", "--resume", run)
        assert (second.returncode, second.stderr) == (
            2,
            f"error: run {run} is being trained already; wait until it ends, or stop it first\n",
        )
        assert {p: p.read_bytes() for p in run.rglob("*")} == before
        first.communicate("go on\n")
        assert first.returncode == 0
    assert weights(run) == weights(whole)
    assert {p.name for p in run.iterdir()} == {p.name for p in whole.iterdir()}


def test_what_is_trained_once_needs_no_lock_to_be_read(tmp_path: Path, idx_folder: Path, five_by_five: Command) -> None:
    run = tmp_path / "run"
    assert five_by_five("train", "perceptron", "--data", idx_folder, "--samples", "300", "--out", run).returncode == 0
    with only_writer(run):
        assert five_by_five("evaluate", run).returncode == 0
