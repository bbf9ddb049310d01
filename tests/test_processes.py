"""Modules that lie in the current folder, beside somebody's pictures, run in none of the package's processes."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from fivebyfive import processes
from fivebyfive.datasets import Dataset
from support import plant

WAYS = {
    "launcher": [sys.executable, "-P", "-m", "fivebyfive"],
    "installed": [str(Path(sys.executable).with_name("5x5"))],
}
COMMANDS = {
    "predict": ["predict", "."],  # so many pictures that other processes prepare them
    "explain": ["explain", "0.png"],
    "train": ["train", "perceptron", "--samples", "500", "--out", "run"],
    "evaluate": ["evaluate", "quick", "--out", "evaluated"],
    "export": ["export", "quick", "--to", "onnx"],
}

EACH = [
    pytest.param(command, way, marks=[] if way == "launcher" or command == "train" else pytest.mark.exhaustive)
    for command in COMMANDS
    for way in WAYS
]
"""Every command as people start it, and one in the other way."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Path:
    """A folder of 33 pictures, with a module of every name among them."""
    folder = tmp_path_factory.mktemp("pictures")
    plant(folder, folder.parent / "ran")
    for number in range(33):
        Image.fromarray(digits.test.pixels[number, ..., 0]).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def here(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """That folder as the current one; what a command makes in it is removed, and nothing in it has run."""
    before = set(pictures.iterdir())
    monkeypatch.chdir(pictures)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    yield pictures
    for path in set(pictures.iterdir()) - before:
        path.rename(pictures.parent / f"made-{os.urandom(4).hex()}")
    ran = pictures.parent / "ran"
    assert not ran.exists(), ran.read_text()


@pytest.mark.parametrize(("command", "way"), EACH)
@pytest.mark.usefixtures("here")
def test_no_command_imports_what_lies_in_the_current_folder(command: str, way: str) -> None:
    done = subprocess.run(
        [*WAYS[way], *COMMANDS[command]],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert "matplotlibrc" not in done.stderr
    if command == "predict":
        assert done.stdout.count(".png: ") == 33


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("here")
def test_the_server_imports_nothing_of_it_either(way: str) -> None:
    with subprocess.Popen([*WAYS[way], "serve", "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[2]
        for page in ("", "api/network", "api/mnist/0"):
            assert urllib.request.urlopen(f"{address}{page}", timeout=120).status == 200
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0


def test_the_modules_would_run_without_this(here: Path, tmp_path: Path) -> None:
    """The traps work, and matplotlib would read the folder's matplotlibrc."""
    code = "import matplotlib, json"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert "matplotlibrc" in done.stderr
    ran = here.parent / "ran"
    subprocess.run([sys.executable, "-c", "import wave"], check=True, capture_output=True)
    assert "wave" in ran.read_text()
    ran.rename(tmp_path / "ran")


@pytest.mark.usefixtures("here")
def test_a_process_of_ones_own_starts_safely_and_leaves_the_environment_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", f":{Path(processes.__file__).parent.parent}:")
    before = dict(os.environ)
    process = processes.safe_context().Process(target=print)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert dict(os.environ) == before


def test_the_environment_of_a_process_has_no_empty_place_to_import_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", ":/a::/b:")
    assert processes.environment()["PYTHONPATH"] == "/a:/b"
    monkeypatch.setenv("PYTHONPATH", "::")
    assert "PYTHONPATH" not in processes.environment()
    assert processes.environment()["PYTHONSAFEPATH"] == "1"
