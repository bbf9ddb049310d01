"""IDX files, the format of MNIST: a magic number, the dimensions, then one byte a value; gzip-compressed or not.

The format as MNIST's own page gives it: big-endian 32-bit integers; magic 2051 is images (count, rows, columns
follow), 2049 is labels (count follows). Names are MNIST's, ending in ``-idx3-ubyte`` or ``.idx3-ubyte``, or EMNIST's
(`emnist.py`). What a header claims is compared with the file while it is read, a piece at a time.
"""

import gzip
import hashlib
import io
import math
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import emnist
from fivebyfive.datasets.dataset import FEWEST, Dataset, Images, expect_enough
from fivebyfive.datasets.limits import CHUNK, LABEL_BYTES, LARGEST_SIDE, Room
from fivebyfive.errors import InputError

Bytes = npt.NDArray[np.uint8]

IMAGES, LABELS = 2051, 2049
PARTS = {"train": ("train",), "test": ("t10k", "test")}
"""How the names of each part's files begin."""
TYPES = {9: "signed bytes", 11: "16-bit integers", 12: "32-bit integers", 13: "32-bit floats", 14: "64-bit floats"}
"""What IDX can hold beside bytes, by the third byte of its magic number."""
VALIDATION_SHARE = 12
"""One image in so many, the last ones of the training file, is kept apart: MNIST's 5,000 of 60,000."""


def load(folder: Path, name: str | None = None, sha256: Mapping[str, str] | None = None) -> Dataset:
    """The four IDX files in `folder`, named as MNIST's or EMNIST's are, with or without ``.gz``.

    The last twelfth of the training images is kept apart for validation, as the post's program does with MNIST.

    Args:
        sha256: the expected SHA-256 of each uncompressed file, if they are known.

    Raises:
        InputError: a file is missing, damaged or not what its name says; the line names the file.
    """
    digest, room, prefix = hashlib.sha256(), Room(), emnist.prefix(folder)
    parts = {}
    for part, starts in PARTS.items():
        images_path = _find(folder, [f"{prefix}{start}-images" for start in starts], IMAGES)
        labels_path = _find(folder, [f"{prefix}{start}-labels" for start in starts], LABELS)
        pixels = _read(images_path, IMAGES, room, digest, sha256 or {})
        labels = _read(labels_path, LABELS, room, digest, sha256 or {})
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
    if prefix:
        train, test = emnist.upright(train), emnist.upright(test)
    train, test, classes = _counted(folder, train, test, emnist.characters(folder, prefix) if prefix else {})
    expect_enough(str(folder), train.labels, classes, FEWEST - 1)  # which images report is given
    kept = len(train) - max(1, len(train) // VALIDATION_SHARE)
    return Dataset(
        name=name or str(folder),
        train=train[:kept],
        validation=train[kept:],
        test=test,
        classes=tuple(classes),
        sha256=digest.hexdigest(),
    ).saying(
        f"split as it comes: the test files are reported; the last {len(train) - kept:,} of train are to choose by",
        emnist.UPRIGHT if prefix else "",
    )


def holds_idx(folder: Path) -> bool:
    """Whether `folder` has any of the four files."""
    starts = [start for starts in PARTS.values() for start in starts]
    stems = [f"{start}-{what}" for start in starts for what in ("images", "labels")]
    return emnist.prefix(folder) != "" or any(
        (folder / name).is_file() for stem in stems for magic in (IMAGES, LABELS) for name in _names(stem, magic)
    )


def _counted(folder: Path, train: Images, test: Images, names: Mapping[int, str]) -> tuple[Images, Images, list[str]]:
    """Both parts, their labels counted from 0, and the names of the classes: those that a training image has."""
    known = np.unique(train.labels)
    strange = np.setdiff1d(test.labels, known)
    if strange.size:
        raise InputError(f"{folder}: a test image has the label {strange[0]}, which no training image has")
    train, test = (Images(part.pixels, np.searchsorted(known, part.labels).astype(np.int64)) for part in (train, test))
    return train, test, [names.get(int(label), str(label)) for label in known]


def _names(stem: str, magic: int) -> list[str]:
    """What a file may be called: with a dash or a dot, packed or not."""
    return [f"{stem}{dash}idx{magic & 255}-ubyte{end}" for dash in "-." for end in ("", ".gz")]


def _find(folder: Path, stems: list[str], magic: int) -> Path:
    for stem in stems:
        for name in _names(stem, magic):
            if (folder / name).is_file():
                return folder / name
    missing = folder / _names(stems[0], magic)[0]
    raise InputError(f"{missing} is missing (with or without .gz); the four files of MNIST's names are needed")


def _read(path: Path, magic: int, room: Room, digest: "hashlib._Hash", sha256: Mapping[str, str]) -> Bytes:
    """One file's values as uint8: [N, rows, columns] for images, [N] for labels."""
    found_sha256 = hashlib.sha256()
    try:
        values = _checked(path, magic, room, found_sha256)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read ({error or 'it ends too early'}); get it anew") from None
    digest.update(found_sha256.hexdigest().encode())
    expected = sha256.get(path.name.removesuffix(".gz"))
    if expected is not None and found_sha256.hexdigest() != expected:
        raise InputError(f"{path} is damaged: its SHA-256 is not the published one; get it anew")
    return values


def _checked(path: Path, magic: int, room: Room, digest: "hashlib._Hash") -> Bytes:
    kind = "images" if magic == IMAGES else "labels"
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        with gzip.open(raw) if packed else raw as file:
            shape = _header(path, file, magic, digest)
            size = math.prod(shape) * (1 if magic == IMAGES else LABEL_BYTES)
            if packed:
                room.unpack(size, path.stat().st_size, path)
            else:
                _expect_length(path, shape, kind, path.stat().st_size - 4 * (1 + len(shape)))
                room.take(size, path)
            return _values(path, file, shape, kind, digest)


def _header(path: Path, file: io.BufferedIOBase, magic: int, digest: "hashlib._Hash") -> list[int]:
    """The dimensions that the file claims."""
    kind = "images" if magic == IMAGES else "labels"
    length = 4 * (1 + magic % 256)
    header = file.read(length)
    digest.update(header)
    if len(header) < length:
        raise InputError(
            f"{path} holds {len(header)} bytes, less than the {length} of an IDX header; get the file anew"
        )
    found, *shape = (int(n) for n in np.frombuffer(header, ">u4"))
    if found != magic:
        held = f", that is IDX of {TYPES[found >> 8]}" if found >> 8 in TYPES else ""
        raise InputError(
            f"{path} begins with {found}{held}, but IDX {kind} begin with {magic}; it is not a file of {kind} in bytes"
        )
    if 0 in shape:
        raise InputError(f"{path} holds no {kind}")
    if max(shape[1:], default=1) > LARGEST_SIDE:
        raise InputError(
            f"{path} says its pictures are {shape[1]:,}×{shape[2]:,}; a side of at most {LARGEST_SIDE:,} was expected"
        )
    return shape


def _values(path: Path, file: io.BufferedIOBase, shape: list[int], kind: str, digest: "hashlib._Hash") -> Bytes:
    """All that follows the header; it is exactly as long as the header says."""
    values = np.empty(math.prod(shape), np.uint8)
    view, filled = values.data, 0
    while filled < len(view) and (piece := file.read(min(CHUNK, len(view) - filled))):
        view[filled : filled + len(piece)] = piece
        digest.update(piece)
        filled += len(piece)
    _expect_length(path, shape, kind, filled + len(file.read(1)))  # which is also where gzip compares its checksum
    return values.reshape(shape)


def _expect_length(path: Path, shape: list[int], kind: str, found: int) -> None:
    size = math.prod(shape)
    if found != size:
        header = 4 * (1 + len(shape))
        holds = f"{found + header:,}" if found < size else "more"
        raise InputError(
            f"{path} should hold {size + header:,} bytes for {'×'.join(f'{n:,}' for n in shape)} {kind}, "
            f"but holds {holds}; it is damaged, get it anew"
        )
