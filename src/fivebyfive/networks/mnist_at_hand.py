"""MNIST for a file that would download it: while a user's code runs, Keras and torchvision give the embedded one.

``keras.datasets.mnist.load_data()``, under each of its names, and ``torchvision.datasets.MNIST(root, download=True)``,
whose files are written to where the program asks for them.
"""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from fivebyfive import datasets
from fivebyfive.datasets.dataset import Images, together
from fivebyfive.networks.after_import import after_import

KERAS = frozenset(
    {
        "keras.src.datasets.mnist",
        "keras.datasets.mnist",
        "keras._tf_keras.keras.datasets.mnist",
        "tf_keras.src.datasets.mnist",
    }
)
TORCHVISION = "torchvision.datasets.mnist"

Undo = Callable[[], None]


@contextmanager
def mnist_at_hand() -> Iterator[None]:
    """Within it, whoever asks Keras or torchvision for MNIST gets the embedded images."""
    undo: list[Undo] = []
    try:
        with after_import(dict.fromkeys((*KERAS, TORCHVISION), lambda module: _replace(module, undo))):
            yield
    finally:
        for put_back in reversed(undo):
            put_back()


def load_data(path: str = "mnist.npz") -> Any:
    """MNIST as ``keras.datasets.mnist.load_data`` gives it: (images, labels) to train on, and to test."""
    del path
    parts = whole()
    return tuple((np.ascontiguousarray(part.pixels[..., 0]), part.labels.astype(np.uint8)) for part in parts)


def whole() -> tuple[Images, Images]:
    """All 60,000 images to train on, in MNIST's own order, and the 10,000 to test."""
    mnist = datasets.load("mnist")
    return together(mnist.train, mnist.validation), mnist.test


def _replace(module: ModuleType, undo: list[Undo]) -> None:
    """Let a module that has been imported give the embedded MNIST."""
    if module.__name__ in KERAS:
        before = module.load_data
        module.load_data = load_data  # type: ignore[attr-defined]
        undo.append(lambda: setattr(module, "load_data", before))
        return
    cls = module.MNIST
    download = cls.download

    def written(self: Any) -> None:
        """MNIST's own files; of the classes that are made from it, such as FashionMNIST, not."""
        if type(self) is not cls:
            download(self)
        elif not self._check_exists():
            _write(Path(self.raw_folder))

    cls.download = written
    undo.append(lambda: setattr(cls, "download", download))


def _write(folder: Path) -> None:
    """The four IDX files, where there are none."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in (resources.files("fivebyfive") / "datasets" / "mnist").iterdir():
        target = folder / file.name.removesuffix(".gz")
        if file.name.endswith(".gz") and not target.exists():
            target.write_bytes(gzip.decompress(file.read_bytes()))
