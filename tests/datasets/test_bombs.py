"""The memory that loading takes, in a process of its own: never more than `limits` states, whatever a file claims.

What is measured is the most that the process ever held beyond what it held before, with its libraries, it loaded.
"""

import gzip
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fivebyfive.datasets import limits
from support import write_idx

MIB = 1 << 20
LIMIT = 64 * MIB
BESIDE = 64 * MIB
"""For the interpreter, a block of lines, a piece of a file: the same for data of any size."""
KEEPER = """
import json, os, pathlib, signal, sys
import torch.utils.data
from fivebyfive import datasets
from fivebyfive.datasets import dataset, folder, idx, limits, npz, table, values
from fivebyfive.pictures import decoding

def peak():
    line = next(l for l in pathlib.Path("/proc/self/status").read_text().splitlines() if l.startswith("VmHWM"))
    return int(line.split()[1]) << 10

for line in sys.stdin:
    path, limits.MOST_BYTES = json.loads(line)
    child = os.fork()
    if child:
        if status := os.waitpid(child, 0)[1]:
            print(json.dumps([f"ended with {status}", 0]), flush=True)
        continue
    signal.alarm(300)
    before = peak()
    try:
        found = datasets.load(path)
        said = f"{len(found.train) + len(found.validation) + len(found.test)} images"
    except datasets.InputError as error:
        said = f"InputError: {error}"
    print(json.dumps([said, peak() - before]), flush=True)
    os._exit(0)
"""
"""Forks a process for each line that it reads, whose memory begins with what all of them share."""

Loaded = Callable[..., tuple[str, int]]


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """What came of loading a path, and the bytes it took at most."""
    with subprocess.Popen(
        [sys.executable, "-c", KEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as keeper:
        asked, answers = keeper.stdin, keeper.stdout
        assert asked is not None
        assert answers is not None

        def load(path: Path, most: int = limits.MOST_BYTES) -> tuple[str, int]:
            print(json.dumps([str(path), most]), file=asked, flush=True)
            said, peak = json.loads(answers.readline())
            return said, peak

        yield load


# --- what is right takes no more than is stated ----------------------------------------------------------------------

LABELS = np.arange(4000, dtype=np.int64) % 10
SIDE = 120  # 4,000 pictures of 120×120 are 55 MiB


def _pictures() -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.random.default_rng(0).integers(0, 256, (len(LABELS), SIDE, SIDE), np.uint8)


def _idx(path: Path) -> Path:
    pictures = _pictures()
    write_idx(path / "train-images-idx3-ubyte.gz", pictures[:3000])
    write_idx(path / "train-labels-idx1-ubyte", LABELS[:3000].astype(np.uint8))
    write_idx(path / "t10k-images-idx3-ubyte", pictures[3000:])
    write_idx(path / "t10k-labels-idx1-ubyte.gz", LABELS[3000:].astype(np.uint8))
    return path


def _npz(path: Path) -> Path:
    np.savez(path / "data.npz", images=_pictures(), labels=LABELS)
    return path / "data.npz"


def _npz_in_columns(path: Path) -> Path:
    np.savez(path / "data.npz", images=np.asfortranarray(_pictures()), labels=LABELS)
    return path / "data.npz"


def _npz_of_floats(path: Path) -> Path:
    pictures = _pictures()[::8] / 255
    np.savez(
        path / "data.npz", x_train=pictures, y_train=LABELS[::8] // 2, x_test=pictures[:9], y_test=LABELS[:72:8] // 2
    )
    return path / "data.npz"


def _npz_of_one_pixel(path: Path) -> Path:
    """Labels take more than pictures here."""
    images = np.random.default_rng(0).integers(0, 256, (800_000, 1, 1), np.uint8)
    np.savez(path / "data.npz", images=images, labels=np.arange(len(images)) % 10)
    return path / "data.npz"


def _csv(path: Path) -> Path:
    rows = np.random.default_rng(0).integers(0, 256, (15_000, 1 + 28 * 28), np.uint8)
    rows[:, 0] %= 10
    with (path / "data.csv").open("w") as file:
        file.writelines(",".join(map(str, row)) + "\n" for row in rows.tolist())
    return path / "data.csv"


def _folder(path: Path) -> Path:
    for name in ("a", "b"):
        (path / name).mkdir()
        for n in range(500):
            Image.new("RGB", (150, 150), (n % 256, 7, 9)).save(path / name / f"{n}.bmp")
    return path


@pytest.mark.parametrize("make", [_idx, _npz, _npz_in_columns, _npz_of_floats, _npz_of_one_pixel, _csv, _folder])
def test_loading_takes_at_most_what_is_stated(loaded: Loaded, tmp_path: Path, make: Callable[[Path], Path]) -> None:
    said, peak = loaded(make(tmp_path), LIMIT)
    assert said.endswith("images")
    assert peak <= limits.PEAK * LIMIT + BESIDE


@pytest.mark.parametrize("make", [_idx, _npz, _npz_of_floats, _npz_of_one_pixel, _csv])
def test_what_is_larger_than_the_limit_is_refused_before_it_is_read(
    loaded: Loaded, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    said, peak = loaded(make(tmp_path), 10 * MIB)
    assert "more than 0.0 GiB; use fewer or smaller" in said
    assert peak <= limits.PEAK * 10 * MIB + BESIDE


# --- what claims, or unpacks to, far too much ------------------------------------------------------------------------


def _zeros(size: int) -> bytes:
    """gzip of so many zeros, a thousandth of it."""
    packer = zlib.compressobj(9, wbits=31)
    piece = bytes(16 * MIB)
    return b"".join([*(packer.compress(piece) for _ in range(size // len(piece))), packer.flush()])


def _claiming_idx(path: Path, *shape: int, body: bytes, packed: bool) -> Path:
    write_idx(path / "train-labels-idx1-ubyte", np.zeros(8, np.uint8))
    write_idx(path / "t10k-labels-idx1-ubyte", np.zeros(8, np.uint8))
    write_idx(path / "t10k-images-idx3-ubyte", np.zeros((8, 28, 28), np.uint8))
    data = struct.pack(">4I", 2051, *shape)
    file = path / ("train-images-idx3-ubyte" + (".gz" if packed else ""))
    file.write_bytes((gzip.compress(data) if packed else data) + body)
    return path


def _npy(shape: str, descr: str = "|u1") -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n"


def _zip(path: Path, header: bytes, zeros: int) -> Path:
    with zipfile.ZipFile(path / "data.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("images.npy", "w", force_zip64=True) as file:
            file.write(header)
            for _ in range(zeros // (16 * MIB)):
                file.write(bytes(16 * MIB))
        with archive.open("labels.npy", "w") as file:
            np.lib.format.write_array(file, np.arange(30) % 3)
    return path / "data.npz"


def _sparse(path: Path, name: str, begin: bytes, size: int) -> Path:
    with (path / name).open("wb") as file:
        file.write(begin)
        file.truncate(size)
    return path / name


BOMBS: dict[str, Callable[[Path], Path]] = {
    "an .npz of a thousandth of its claim": lambda p: _zip(p, _npz_header(1 << 30), 1 << 30),
    "an .npz with a header of 512 MB": lambda p: _zip(p, b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 29), 1 << 29),
    "an .npz that claims more than any machine has": lambda p: _zip(p, _npy(f"({10**30}, 28, 28)"), 0),
    "an .npz that holds more than its shape": lambda p: _zip(p, _npy("(30, 28, 28)"), 1 << 29),
    "an .npz of names of a gigabyte": lambda p: _zip(p, _npy("(30,)", f"<U{10**7}"), 0),
    "an .idx.gz of a thousandth of its claim": lambda p: _claiming_idx(
        p, 1 << 16, 128, 128, body=_zeros(1 << 30), packed=True
    ),
    "an .idx.gz that goes on": lambda p: _claiming_idx(p, 8, 28, 28, body=_zeros(1 << 29), packed=True),
    "an .idx that claims all": lambda p: _claiming_idx(p, 2**32 - 1, 4096, 4096, body=b"\0" * 99, packed=False),
    "a CSV of one line": lambda p: _sparse(p, "data.csv", b"1,2,3", 3 << 30),
    "a CSV of a line that goes on": lambda p: _repeated(p, b"0,0,0,0," * (MIB // 8), 40),
    "a CSV of nothing but rows": lambda p: _repeated(p, b"0,0\n1,0\n" * (MIB // 8), 64),
    "an .npz that is a hole": lambda p: _sparse(p, "data.npz", b"PK\3\4", 1 << 40),
}


def _npz_header(size: int) -> bytes:
    return _npy(f"({size // 1024}, 32, 32)")


def _repeated(path: Path, piece: bytes, times: int) -> Path:
    with (path / "data.csv").open("wb") as file:
        for _ in range(times):
            file.write(piece)
    return path / "data.csv"


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_file_takes_no_memory(loaded: Loaded, tmp_path: Path, bomb: str) -> None:
    said, peak = loaded(BOMBS[bomb](tmp_path), LIMIT)
    assert said.startswith("InputError")
    assert peak <= limits.PEAK * LIMIT + BESIDE


def test_pictures_do_not_pack_to_a_hundredth(loaded: Loaded, tmp_path: Path) -> None:
    said, peak = loaded(_zip(tmp_path, _npz_header(1 << 30), 1 << 30))
    assert "unpacks to more than 100 times its size" in said
    assert peak < 32 * MIB
