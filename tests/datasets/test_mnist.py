"""MNIST as it comes with the package."""

import gzip
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from fivebyfive.datasets import Dataset, idx, mnist
from fivebyfive.errors import InputError


def test_all_seventy_thousand_images_are_there_in_the_posts_split(digits: Dataset) -> None:
    assert (len(digits.train), len(digits.validation), len(digits.test)) == (55_000, 5_000, 10_000)
    assert digits.shape == (28, 28, 1)
    assert digits.classes == tuple("0123456789")


def test_they_are_the_published_ones(digits: Dataset) -> None:
    published = "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"  # of t10k-images-idx3-ubyte
    header = np.array([2051, 10_000, 28, 28], ">u4").tobytes()
    assert hashlib.sha256(header + digits.test.pixels.tobytes()).hexdigest() == published
    assert digits.test.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_a_changed_pixel_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "mnist"
    shutil.copytree(mnist.FOLDER, folder)
    labels = bytearray(gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes()))
    labels[100] ^= 1
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    (folder / "t10k-labels-idx1-ubyte").write_bytes(labels)
    sums = {name: sha for sha, name in (line.split() for line in (folder / "SHA256SUMS").read_text().splitlines())}
    with pytest.raises(InputError, match="SHA-256 is not the published one"):
        idx.load(folder, sha256=sums)


def test_its_licence_lies_beside_it() -> None:
    assert "CC BY-SA 3.0" in (mnist.FOLDER / "README.md").read_text()
