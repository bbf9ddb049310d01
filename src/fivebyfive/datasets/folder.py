"""A folder with a sub-folder a class, named after it; the pictures in it of any format and size, colour or grey.

Where the folder holds ``train`` and ``test`` (and perhaps ``val`` or ``validation``), with the classes in these, they
are what they say. Pictures become one size: the median height and width, between 16 and 128 pixels; each is scaled,
its aspect kept, and its middle cut out. If all of them are grey, so is the data set.
"""

import functools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from fivebyfive.datasets import picture
from fivebyfive.datasets.dataset import Dataset, Images, Pixels, split, with_test
from fivebyfive.errors import InputError

SMALLEST, LARGEST = 16, 128
MOST_BYTES = 4 << 30


def load(path: Path, shape: tuple[int, int, int] | None = None) -> Dataset:
    """The pictures under `path`.

    Args:
        shape: the height, width and channels that they are to have; None: found from the pictures.

    Raises:
        InputError: no classes, one only, too few pictures, or one that cannot be read, by name.
    """
    train, tests, validation = _part(path, "train"), _part(path, "test"), _part(path, "val", "validation")
    if train is None or (tests is None and validation is None):
        files, classes = _files(path)
        return split(str(path), _images(files, shape), classes)
    test = tests or validation
    assert test is not None
    files, classes = _files(train)
    images = _images(files, shape)
    test_images = _images(_files_as(test, classes), shape or images.pixels.shape[1:])
    return with_test(str(path), images, test_images, classes)


def holds_classes(path: Path) -> bool:
    """Whether `path` has sub-folders."""
    return any(_is_visible(p) for p in path.iterdir())


def _part(path: Path, *names: str) -> Path | None:
    return next((path / name for name in names if (path / name).is_dir()), None)


def _is_visible(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith((".", "__"))


def _files(path: Path) -> tuple[list[tuple[Path, int]], list[str]]:
    """Every picture with its label, and the names of the classes, in alphabetical order."""
    classes = sorted(p.name for p in path.iterdir() if _is_visible(p))
    return _files_as(path, classes), classes


def _files_as(path: Path, classes: list[str]) -> list[tuple[Path, int]]:
    strange = sorted(p.name for p in path.iterdir() if _is_visible(p) and p.name not in classes)
    if strange:
        raise InputError(f"{path} has the class {strange[0]}, of which there is nothing to train on")
    files = [
        (f, n) for n, name in enumerate(classes) if (path / name).is_dir() for f in picture.pictures_in(path / name)
    ]
    if not files:
        raise InputError(
            f"{path} holds no pictures; one sub-folder a class, with PNG or JPEG files in it, was expected"
        )
    return files


def _images(files: list[tuple[Path, int]], shape: tuple[int, ...] | None) -> Images:
    with ThreadPoolExecutor(2) as pool:
        decoded = list(
            pool.map(functools.partial(_decoded, longest=max([LARGEST, *(shape or ())])), [f for f, _ in files])
        )
    bad = [str(p) for p in decoded if isinstance(p, InputError)]
    if bad:
        more = f" ({len(bad) - 1} more cannot be read either)" if len(bad) > 1 else ""
        raise InputError(f"{bad[0]}{more}; mend it or take it out of the folder")
    pictures = [p for p in decoded if not isinstance(p, InputError)]
    height, width, channels = shape or _common_shape(pictures)
    size = len(pictures) * height * width * channels
    if size > MOST_BYTES:
        raise InputError(
            f"{len(pictures):,} pictures of {height}×{width}×{channels} take {size / 2**30:.1f} GiB of memory, "
            f"more than {MOST_BYTES >> 30}; use fewer, or smaller ones"
        )
    pixels = np.stack([picture.fitted(p, (height, width, channels)) for p in pictures])
    return Images(pixels, np.array([label for _, label in files], np.int64))


def _decoded(path: Path, longest: int) -> Pixels | InputError:
    try:
        return picture.decode(path, longest=longest).pixels
    except InputError as error:
        return error


def _common_shape(pictures: list[Pixels]) -> tuple[int, int, int]:
    height, width = (max(SMALLEST, int(np.median([p.shape[axis] for p in pictures]))) for axis in (0, 1))
    return height, width, max(p.shape[2] for p in pictures)
