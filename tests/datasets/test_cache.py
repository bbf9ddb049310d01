"""Decoded pictures that are kept on the disk: whole or not at all, never more than they may be, never a wrong one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fivebyfive import datasets
from fivebyfive.datasets import cache, decoded
from fivebyfive.datasets.lazy import Lazy
from fivebyfive.errors import Failure
from fivebyfive.pictures import fitting
from striped import photographs

Shape = tuple[int, int, int]
ROWS: Shape = (8, 8, 3)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everything is kept, and nothing is yet; nothing is so little that it stays in memory."""
    monkeypatch.setenv("FIVEBYFIVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(decoded, "IN_MEMORY", 0)
    monkeypatch.setattr(decoded, "FEW_BYTES", 0)
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return photographs(tmp_path / "photographs", 6, ((40, 30), (30, 40)))


def entries(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if not path.name.startswith("."))


def pixels(folder: Path, **how: object) -> npt.NDArray[np.uint8]:
    return datasets.load(folder, size=(16, 16), **how).everything().pixels[:]  # type: ignore[arg-type]


def never(*_: object) -> None:
    raise AssertionError("it was decoded once more")


def test_what_is_kept_is_not_decoded_again(place: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pixels(folder)
    assert len(entries(place)) == 1
    monkeypatch.setattr(decoded.Decoding, "fill", never)
    assert np.array_equal(pixels(folder), first)


@pytest.mark.parametrize("change", ["a file", "another file", "the size", "the fit", "the decoder"])
def test_what_follows_from_something_else_is_made_anew(
    place: Path, folder: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pixels(folder)
    other = next(folder.rglob("0000.jpg"))
    if change == "a file":
        shutil.copy(next(folder.rglob("0001.jpg")), other)
    elif change == "another file":
        shutil.copy(other, other.with_name("9.jpg"))
    elif change == "the decoder":
        monkeypatch.setattr(fitting, "VERSION", 99)
    found = pixels(folder, fit="pad" if change == "the fit" else fitting.USUAL)
    if change == "the size":
        datasets.load(folder, size=(17, 16))
    assert len(entries(place)) == 2
    assert np.array_equal(found, first) == (change in ("the size", "the decoder"))


@pytest.mark.parametrize("damage", ["cut", "longer", "no pixels", "no digests", "no list", "nonsense", "a link"])
def test_what_is_damaged_is_made_anew(place: Path, folder: Path, tmp_path: Path, damage: str) -> None:
    first = pixels(folder)
    (entry,) = entries(place)
    file = entry / cache.PIXELS
    if damage in ("cut", "longer"):
        file.write_bytes(file.read_bytes()[:-1] if damage == "cut" else file.read_bytes() + b"\0")
    elif damage == "nonsense":
        (entry / cache.ABOUT).write_text(json.dumps({"count": 12, "shape": 3, "unread": []}))
    elif damage == "a link":
        shutil.rmtree(entry)
        (tmp_path / "elsewhere").mkdir()
        entry.symlink_to(tmp_path / "elsewhere")
    else:
        (entry / {"no pixels": cache.PIXELS, "no digests": cache.DIGESTS, "no list": cache.ABOUT}[damage]).unlink()
    assert np.array_equal(pixels(folder), first)
    if damage != "a link":
        assert len((entry / cache.PIXELS).read_bytes()) == 12 * 16 * 16 * 3


def fill(path: Path) -> tuple[npt.NDArray[np.uint8], dict[int, str]]:
    path.write_bytes(bytes(10 * 192))
    return np.zeros((10, 32), np.uint8), {}


def test_what_was_used_longest_ago_goes_first_and_never_what_is_in_use(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 3 * 1920)
    keys = [f"{n:064x}" for n in range(5)]
    used = cache.kept(keys[0], 10, ROWS, fill)
    for key in keys[1:3]:
        cache.kept(key, 10, ROWS, fill)
    for n, key in enumerate(keys[:3]):
        os.utime(place / key / cache.ABOUT, (n, n))
    cache.kept(keys[3], 10, ROWS, fill)
    assert [path.name for path in entries(place)] == [keys[0], keys[2], keys[3]]
    assert used.rows.read(np.arange(3)).shape == (3, *ROWS)


def test_when_all_of_it_is_in_use_nothing_more_is_kept(
    place: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pixels(folder, cache=False)
    monkeypatch.setattr(cache, "MOST_BYTES", 12 * 768 + 100)
    held = cache.kept("0" * 64, 10, ROWS, fill)
    data = datasets.load(folder, size=(16, 16))
    assert any("(all that it may hold is in use); decoded for this call only" in note for note in data.notes)
    assert np.array_equal(data.everything().pixels[:], first)
    assert [path.name for path in entries(place)] == ["0" * 64]
    del held


def test_more_than_it_may_hold_is_decoded_each_time_and_said(
    place: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIVEBYFIVE_CACHE_GB", "0.000001")
    data = datasets.load(folder, size=(16, 16))
    assert any("decoded each time" in note for note in data.notes)
    assert isinstance(data.train.pixels, Lazy)
    assert not place.exists()


def test_a_cache_that_cannot_be_written_is_told_and_done_without(
    place: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = pixels(folder, cache=False)
    place.write_text("a file in the way")
    data = datasets.load(folder, size=(16, 16))
    assert any("cannot be written" in note for note in data.notes)
    assert np.array_equal(data.everything().pixels[:], expected)
    monkeypatch.setattr(cache, "reserve", full)
    with pytest.raises(Failure, match="No space left"):
        datasets.load(folder, size=(16, 16))


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


LOAD = """
import sys, hashlib
from fivebyfive import datasets
from fivebyfive.datasets import decoded
decoded.IN_MEMORY = decoded.FEW_BYTES = 0
pixels = datasets.load(sys.argv[1], size=(16, 16)).everything().pixels
print(hashlib.sha256(pixels[:].tobytes()).hexdigest())
"""


def started(folder: Path, place: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "FIVEBYFIVE_CACHE": str(place)}
    command = [sys.executable, "-c", LOAD, str(folder)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_that_fill_it_at_once_and_one_that_is_killed_leave_one_whole_entry(place: Path, tmp_path: Path) -> None:
    folder = photographs(tmp_path / "many", 60, ((400, 300),))
    killed = started(folder, place)
    while not (place.exists() and list(place.glob(f"{cache.UNFINISHED}*"))):
        assert killed.poll() is None
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not entries(place)
    both = [started(folder, place) for _ in range(2)]
    said = {process.communicate()[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(said) == 1
    assert len(entries(place)) == 1
    assert not list(place.glob(f"{cache.UNFINISHED}*"))
