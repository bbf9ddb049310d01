"""Arrays and tables that memory should not hold: the same data set, its pixels in a file, and memory stays small."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fivebyfive import datasets
from fivebyfive.datasets import limits, spilled
from fivebyfive.datasets.lazy import Lazy
from fivebyfive.errors import Failure, InputError

PIXELS = np.random.default_rng(4).integers(0, 256, (60, 9, 9, 3), np.uint8)
LABELS = np.arange(60) % 3
KINDS = {
    "bytes": PIXELS,
    "columns first": np.asfortranarray(PIXELS),
    "channels first": np.ascontiguousarray(PIXELS.transpose(0, 3, 1, 2)),
    "from 0 to 1": PIXELS / 255,
    "the other end first": (PIXELS.astype(np.int32)).astype(">i4"),
}


def both(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[datasets.Dataset, datasets.Dataset]:
    """What is loaded when memory holds it, and when it should not."""
    small = datasets.load(path)
    monkeypatch.setattr(spilled, "IN_MEMORY", 100)
    monkeypatch.setattr(spilled, "SOME", 2000)
    return small, datasets.load(path)


def expect_alike(small: datasets.Dataset, large: datasets.Dataset) -> None:
    assert isinstance(large.train.pixels, Lazy)
    for one, other in zip(small.parts(), large.parts(), strict=True):
        assert np.array_equal(one.pixels, other.pixels[:])
        assert np.array_equal(one.labels, other.labels)
    assert small.classes == large.classes


@pytest.mark.parametrize("values", KINDS.values(), ids=KINDS)
def test_an_npz_is_the_same_data_set(
    tmp_path: Path, values: npt.NDArray[np.generic], monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "data.npz", images=values, labels=LABELS)
    expect_alike(*both(tmp_path / "data.npz", monkeypatch))


@pytest.mark.parametrize("factor", [1, 1 / 255])
def test_a_table_is_the_same_data_set(tmp_path: Path, factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.concatenate([LABELS[:, None], PIXELS.reshape(60, -1) * factor], 1)
    np.savetxt(tmp_path / "data.csv", rows, "%.6g", ",")
    expect_alike(*both(tmp_path / "data.csv", monkeypatch))


def test_parts_of_their_own_stay_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "data.npz", x_train=PIXELS[:40], y_train=LABELS[:40], x_test=PIXELS[40:], y_test=LABELS[40:])
    expect_alike(*both(tmp_path / "data.npz", monkeypatch))


def test_another_picture_is_another_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilled, "IN_MEMORY", 100)
    other = PIXELS.copy()
    other[7, 3, 3, 0] ^= 1
    found = []
    for number, pixels in enumerate((PIXELS, PIXELS, other)):
        np.savez(tmp_path / f"{number}.npz", images=pixels, labels=LABELS)
        found.append(datasets.load(tmp_path / f"{number}.npz").sha256)
    assert found[0] == found[1] != found[2]


def test_there_is_an_end_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilled, "IN_MEMORY", 100)
    monkeypatch.setattr(limits, "MOST_ON_DISK", 1000)
    np.savez(tmp_path / "data.npz", images=PIXELS, labels=LABELS)
    with pytest.raises(InputError, match=r"data\.npz: images takes .* of disk"):
        datasets.load(tmp_path / "data.npz")
    monkeypatch.setattr(limits, "MOST_ON_DISK", 1 << 30)
    monkeypatch.setattr(spilled.cache, "reserve", full)  # type: ignore[attr-defined]
    with pytest.raises(Failure, match="cannot be put on the disk"):
        datasets.load(tmp_path / "data.npz")


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


MEASURED = """
import resource, sys
from fivebyfive import datasets
from fivebyfive.datasets import spilled
spilled.IN_MEMORY, spilled.SOME = 1 << 20, 4 << 20
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
data = datasets.load(sys.argv[1])
for at in range(0, len(data.train), 100):
    data.train.pixels[at : at + 100]
print(peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measured as Linux counts it")
def test_memory_stays_far_below_what_the_file_holds(tmp_path: Path) -> None:
    pixels = np.zeros((4000, 128, 128, 3), np.uint8)
    pixels[:, 0, 0, 0] = 255
    np.savez(tmp_path / "data.npz", images=pixels, labels=np.arange(4000) % 2)
    environment = {**os.environ, "FIVEBYFIVE_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", MEASURED, str(tmp_path / "data.npz")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert pixels.nbytes >> 20 == 187
    assert int(done.stdout) < 60
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.startswith(".array")]
