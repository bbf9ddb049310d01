"""Pictures to choose from, on a page: one of each digit, hard ones, and whatever else is given.

They are test images of MNIST, to be looked at; nothing is chosen or measured by them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import decode, pictures_in
from fivebyfive.pictures.fitting import CROP
from fivebyfive.pictures.preparation import DIGITS, MNIST
from fivebyfive.pictures.prepare import prepare

if TYPE_CHECKING:
    from fivebyfive.datasets.dataset import Images

Pixels = npt.NDArray[np.uint8]
Probabilities = Callable[[Pixels], npt.NDArray[np.floating]]
"""Of pictures [N, H, W, C]: softmax of what the network answers, [N, classes]."""

EACH = (3, 2, 1, 30, 4, 15, 11, 0, 61, 9)
"""The first test image of each digit that the shipped models are sure of."""
HARD = (
    *(448, 583, 646, 659, 674, 726, 882, 938, 1112, 1260, 1319, 1414, 1459, 1553, 1737, 1790, 2035, 2040, 2129, 2182),
    *(2293, 2329, 2414, 2454, 2462, 2488, 2720, 2939, 3062, 3225, 3601, 3767, 3780, 3808, 4065, 4078, 4201, 4497),
    *(4507, 4571, 4699, 4740, 4761, 4823, 5457, 5937, 5955, 6091, 6172, 6173, 6558, 6571, 6572, 6576, 6578, 6597),
    *(6625, 6783, 7216, 8408, 9627, 9634, 9679, 9692),
)
"""Test images of which the shipped models are least sure; from these a network's own hardest are taken."""
HARDEST = 6
MOST = 60
"""Pictures that a gallery holds at most."""


@dataclass(frozen=True, eq=False)
class Gallery:
    """Pictures that a network takes as they are.

    Attributes:
        pixels: uint8 [N, H, W, C].
        about: of each, its ``label`` ("" where none is known), whether it is ``hard``, and its number in ``mnist``.
    """

    pixels: Pixels
    about: tuple[Mapping[str, object], ...]

    def __add__(self, other: "Gallery") -> "Gallery":
        return Gallery(np.concatenate([self.pixels, other.pixels]), (*self.about, *other.about))


def is_of_digits(shape: tuple[int, ...], classes: Iterable[str]) -> bool:
    """Whether a network takes what MNIST is made of, and names digits."""
    return shape == MNIST and set("0123456789") <= set(classes)


def of_mnist(probabilities: Probabilities, test: "Images") -> Gallery:
    """One of each digit, and the hardest: of which the network that gives these probabilities is least sure.

    Args:
        test: MNIST's test images.
    """
    said = probabilities(test.pixels[list(HARD)]).max(axis=1)
    hardest = [HARD[i] for i in np.argsort(said, kind="stable")[:HARDEST]]
    chosen = [(index, False) for index in EACH] + [(index, True) for index in hardest]
    about = tuple({"label": str(test.labels[index]), "hard": hard, "mnist": index} for index, hard in chosen)
    return Gallery(test.pixels[[index for index, _ in chosen]], about)


def of_files(paths: Iterable[Path], preparation: str, shape: tuple[int, int, int], fit: str = CROP) -> Gallery:
    """Pictures from files, or from all files in a folder, made as a model of this preparation and shape takes them.

    Raises:
        InputError: there is no picture, it cannot be decoded, no digit is in it, or there are too many.
    """
    found = [picture for path in paths for picture in _files(path)]
    if len(found) > MOST:
        raise InputError(f"the gallery has {len(found)} pictures; a page takes {MOST} at most")
    made = [_made(path, preparation, shape, fit) for path in found]
    pixels = np.stack(made) if made else np.zeros((0, *shape), np.uint8)
    return Gallery(pixels, tuple({"label": path.stem, "hard": False, "mnist": None} for path in found))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = pictures_in(path)
    if not found:
        raise InputError(f"there is no picture in {path}; the gallery takes PNG, JPEG, WebP, BMP, GIF or TIFF files")
    return found


def _made(path: Path, preparation: str, shape: tuple[int, int, int], fit: str) -> Pixels:
    found = prepare(decode(path), preparation, shape, fit=fit)
    if not len(found.images):
        raise InputError(f"{path}: no digit is found in it, and the network reads digits; leave it out")
    largest = max(range(len(found.boxes)), key=lambda i: found.boxes[i][2] * found.boxes[i][3])
    first: Pixels = found.images[largest if preparation == DIGITS else 0]
    return first
