"""IDX files, the format of MNIST: a magic number, the dimensions, then one byte a value; gzip-compressed or not.

The format as MNIST's own page gives it: big-endian 32-bit integers; magic 2051 is images (count, rows, columns
follow), 2049 is labels (count follows).
"""

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets.dataset import FEWEST, Dataset, Images, expect_enough
from fivebyfive.errors import InputError

Bytes = npt.NDArray[np.uint8]

IMAGES, LABELS = 2051, 2049
PARTS = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
MOST_BYTES = 4 << 30
"""No file may unpack to more than this: a few kilobytes of gzip can claim any amount of memory."""
VALIDATION_SHARE = 12
"""One image in so many, the last ones of the training file, is kept apart: MNIST's 5,000 of 60,000."""


def load(folder: Path, name: str | None = None, sha256: Mapping[str, str] | None = None) -> Dataset:
    """The four IDX files in `folder`, named as MNIST's are, with or without ``.gz``.

    The last twelfth of the training images is kept apart for validation, as the post's program does with MNIST.

    Args:
        sha256: the expected SHA-256 of each uncompressed file, if they are known.

    Raises:
        InputError: a file is missing, damaged or not what its name says; the line names the file.
    """
    digest = hashlib.sha256()
    parts = {}
    for part, (images_name, labels_name) in PARTS.items():
        images_path, labels_path = _find(folder, images_name), _find(folder, labels_name)
        pixels = _read(images_path, IMAGES, digest, (sha256 or {}).get(images_name))
        labels = _read(labels_path, LABELS, digest, (sha256 or {}).get(labels_name))
        if len(pixels) != len(labels):
            raise InputError(
                f"{images_path} holds {len(pixels):,} images but {labels_path} holds {len(labels):,} labels; "
                "each image needs one label"
            )
        parts[part] = Images(pixels[..., None], labels.astype(np.int64))
    train, test = parts["train"], parts["test"]
    if train.pixels.shape[1:] != test.pixels.shape[1:]:
        raise InputError(
            f"{folder}: training images are {train.pixels.shape[1]}×{train.pixels.shape[2]} but test images are "
            f"{test.pixels.shape[1]}×{test.pixels.shape[2]}; they must be of one size"
        )
    highest = int(max(train.labels.max(), test.labels.max()))
    if not np.array_equal(np.unique(train.labels), np.arange(highest + 1)):
        raise InputError(
            f"{folder}: the labels go up to {highest}, but not every class from 0 to {highest} has a training image; "
            "number the classes 0, 1, 2, … without gaps"
        )
    if highest == 0:
        raise InputError(f"{folder}: every label is 0; training needs at least two classes")
    classes = tuple(str(n) for n in range(highest + 1))
    expect_enough(str(folder), train, classes, FEWEST - 1)  # which images report is given
    kept = len(train) - max(1, len(train) // VALIDATION_SHARE)
    return Dataset(
        name=name or str(folder),
        train=train[:kept],
        validation=train[kept:],
        test=test,
        classes=classes,
        sha256=digest.hexdigest(),
    )


def holds_idx(folder: Path) -> bool:
    """Whether `folder` has any of the four files."""
    names = [name for pair in PARTS.values() for name in pair]
    return any((folder / f"{name}{end}").exists() for name in names for end in ("", ".gz"))


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise InputError(f"{folder / name} is missing (with or without .gz); the four files of MNIST's names are needed")


def _read(path: Path, magic: int, digest: "hashlib._Hash", sha256: str | None) -> Bytes:
    """One file's values as uint8: [N, rows, columns] for images, [N] for labels."""
    kind, dimensions = ("images", 3) if magic == IMAGES else ("labels", 1)
    data = _unpack(path)
    header = 4 * (1 + dimensions)
    if len(data) < header:
        raise InputError(f"{path} holds {len(data)} bytes, less than the {header} of an IDX header; get the file anew")
    found, *shape = (int(n) for n in np.frombuffer(data, ">u4", 1 + dimensions))
    if found != magic:
        raise InputError(f"{path} begins with {found}, but IDX {kind} begin with {magic}; it is not a file of {kind}")
    expected = header + int(np.prod(shape, dtype=object))
    if len(data) != expected:
        raise InputError(
            f"{path} should hold {expected:,} bytes for {'×'.join(f'{n:,}' for n in shape)} {kind}, "
            f"but holds {len(data):,}; it is damaged, get it anew"
        )
    if 0 in shape:
        raise InputError(f"{path} holds no {kind}")
    found_sha256 = hashlib.sha256(data).hexdigest()
    digest.update(found_sha256.encode())
    if sha256 is not None and found_sha256 != sha256:
        raise InputError(f"{path} is damaged: its SHA-256 is not the published one; get it anew")
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape).copy()  # writable, as PyTorch wants it


def _unpack(path: Path) -> bytes:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read: {error or 'it ends too early'}; get it anew") from None
    if len(data) > MOST_BYTES:
        raise InputError(f"{path} unpacks to more than {MOST_BYTES >> 30} GiB; that is no file of this kind")
    return data
