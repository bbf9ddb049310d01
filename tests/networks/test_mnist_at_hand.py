"""MNIST for a file that asks torchvision for it, with a stand-in for that package."""

import sys
from pathlib import Path

import numpy as np
import pytest

from fivebyfive import datasets, model
from fivebyfive.datasets import idx
from fivebyfive.networks.mnist_at_hand import load_data

TORCHVISION = '''
import os


class MNIST:
    """As torchvision 0.28 has it."""

    def __init__(self, root, train=True, download=False):
        self.raw_folder = os.path.join(root, type(self).__name__, "raw")
        if download:
            self.download()
        if not self._check_exists():
            raise RuntimeError("Dataset not found. You can use download=True to download it")

    def _check_exists(self):
        names = [f"{part}-{what}-ubyte" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1")]
        return all(os.path.isfile(os.path.join(self.raw_folder, name)) for name in names)

    def download(self):
        raise OSError("no network")


class FashionMNIST(MNIST):
    pass
'''
NETWORK = """
from torch import nn
from torchvision.datasets.mnist import FashionMNIST, MNIST

data = MNIST("data", train=True, download=True)
try:
    FashionMNIST("data", download=True)
except OSError as error:
    assert str(error) == "no network"
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
"""


def test_torchvisions_files_are_there_where_a_file_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "torchvision" / "datasets"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("")
    (package / "mnist.py").write_text(TORCHVISION)
    (tmp_path / "net.py").write_text(NETWORK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    try:
        model.load_own("net.py:net")
        from torchvision.datasets.mnist import MNIST  # type: ignore[import-not-found]

        with pytest.raises(OSError, match="no network"):  # as it was
            MNIST("elsewhere", download=True)
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
    found = idx.load(tmp_path / "data" / "MNIST" / "raw")
    assert np.array_equal(found.test.pixels, datasets.load("mnist").test.pixels)
    assert not (tmp_path / "elsewhere").exists()


def test_kerass_loader_gives_bytes_and_labels() -> None:
    (images, labels), (tests, test_labels) = load_data()
    assert images.shape == (60_000, 28, 28)
    assert tests.shape == (10_000, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    assert np.array_equal(test_labels[:3], [7, 2, 1])
    assert np.array_equal(labels[:5], [5, 0, 4, 1, 9])  # MNIST's own order
