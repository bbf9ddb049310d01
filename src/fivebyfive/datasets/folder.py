"""A folder with a sub-folder a class, named after it; the pictures in it of any format and size, colour or grey.

Where the folder holds ``train`` and ``test`` or ``val``, with the classes in these, they are what they say; names that
others use for them (``training``, ``valid``, ``Test`` …) mean the same, and a ``test`` beside the classes, with the
same classes in it, is the test part. Without ``test``, ``val`` is reported. Pictures become one size: the median height
and width, between 16 and 128 pixels; each is scaled, its aspect kept, and its middle cut out. If all of them are grey,
so is the data set.
"""

import dataclasses
import functools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from fivebyfive.datasets.dataset import Dataset, Images, Pixels, split, with_test
from fivebyfive.datasets.limits import LABEL_BYTES, Room, shown
from fivebyfive.datasets.tree import Tree
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import decode, fitted

SMALLEST, LARGEST = 16, 128
TRAIN, TEST, VALIDATION = ("train", "training"), ("test", "testing"), ("val", "valid", "validation")
"""What the parts are called, in letters of either case."""
TOGETHER, TOGETHER_BYTES = 256, 64 << 20
"""So many pictures are decoded, and at most so many bytes of them if they are large, before their sizes are added."""
BAD_SHOWN = 5

Files = list[tuple[Path, int]]
Shape = tuple[int, int, int]


def load(path: Path, shape: Shape | None = None, skip_broken: bool = False) -> Dataset:
    """The pictures under `path`.

    Args:
        shape: the height, width and channels that they are to have; None: found from the pictures.
        skip_broken: go on without those that cannot be read; the data set names them.

    Raises:
        InputError: no classes, one only, too few pictures, or some that cannot be read, by name.
    """
    if shape is not None and shape[2] not in (1, 3, 4):
        raise InputError(f"{path}: pictures have 1, 3 or 4 channels; {shape[2]} were asked for")
    tree, room = Tree(), Room()
    left_out: list[str] | None = [] if skip_broken else None
    train, folders, others = _parts(tree, path)
    classes = [folder.name for folder in folders]
    images = _images(_files(tree, train, folders, classes), shape, room, left_out)
    if not others:
        found = split(str(path), images, classes)
    else:
        height, width, channels = images.pixels.shape[1:]
        test, *validation = (
            _images(_files(tree, part, tree.folders(part), classes), (height, width, channels), room, left_out)
            for part in others
        )
        found = with_test(str(path), images, test, classes, validation[0] if validation else None)
    return dataclasses.replace(found, left_out=tuple(left_out or ()))


def holds_classes(path: Path) -> bool:
    """Whether `path` has sub-folders."""
    with os.scandir(path) as entries:
        return any(e.is_dir() and not e.name.startswith((".", "__")) for e in entries)


def _parts(tree: Tree, path: Path) -> tuple[Path, list[Path], list[Path]]:
    """Where the training images are, the folders of the classes in it, and where those to test and to choose by are."""
    folders = tree.folders(path)
    train, *others = (
        next((f for f in folders if f.name.lower() in names), None) for names in (TRAIN, TEST, VALIDATION)
    )
    found = [part for part in others if part is not None]
    if train is not None and (found or len(folders) == 1):
        return train, tree.folders(train), found
    beside = [part for part in found if _same_classes(tree, part, folders)]
    return path, [f for f in folders if f not in beside], beside


def _same_classes(tree: Tree, part: Path, folders: list[Path]) -> bool:
    names = {f.name for f in folders if f != part}
    return any(f.name in names for f in tree.folders(part))


def _files(tree: Tree, path: Path, folders: list[Path], classes: list[str]) -> Files:
    """Every picture in the folders of a part, with its label."""
    strange = next((f.name for f in folders if f.name not in classes), None)
    if strange is not None:
        raise InputError(f"{path} has the class {shown(strange)}, of which there is nothing to train on")
    files = [(file, classes.index(folder.name)) for folder in folders for file in tree.pictures(folder)]
    if not files:
        raise InputError(
            f"{path} holds no pictures; one sub-folder a class, with PNG or JPEG files in it, was expected"
        )
    return files


def _images(files: Files, shape: Shape | None, room: Room, left_out: list[str] | None) -> Images:
    """The pictures in `files`; what cannot be read is added to `left_out`, or is an error where that is None."""
    decoded, labels = _all_decoded(files, max([LARGEST, *(shape or ())]), room, left_out)
    height, width, channels = shape or _common_shape(decoded)
    held, size = sum(p.nbytes for p in decoded), len(decoded) * height * width * channels
    what = f"{len(decoded):,} pictures of {height}×{width}×{channels}"
    room.take(max(0, size - held) + len(labels) * LABEL_BYTES, what)
    pixels = np.empty((len(decoded), height, width, channels), np.uint8)
    for n in range(len(decoded)):
        pixels[n] = fitted(decoded[n], (height, width, channels))
        decoded[n] = decoded[n][:0].copy()  # given back at once
    return Images(pixels, np.array(labels, np.int64))


def _all_decoded(files: Files, longest: int, room: Room, left_out: list[str] | None) -> tuple[list[Pixels], list[int]]:
    """The pictures, none of them larger than `longest`, all of them together no larger than there is room for; and
    their labels.
    """
    decoded: list[Pixels] = []
    labels: list[int] = []
    bad: dict[str, InputError] = {}
    count = max(2, min(TOGETHER, TOGETHER_BYTES // (3 * longest * longest)))
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(files), count):
            some = files[start : start + count]
            read = pool.map(functools.partial(_decoded, longest=longest), [file for file, _ in some])
            for (file, label), found in zip(some, read, strict=True):
                if isinstance(found, InputError):
                    bad[shown(file, 400)] = found
                else:
                    room.take(found.nbytes, f"{len(files):,} pictures, {len(decoded):,} of them read,")
                    decoded.append(found)
                    labels.append(label)
    if bad and (left_out is None or not decoded):
        raise InputError(_which_are_bad(bad, len(files)))
    if left_out is not None:
        left_out += bad
    return decoded, labels


def _decoded(path: Path, longest: int) -> Pixels | InputError:
    try:
        return decode(path, name=shown(path, 400), longest=longest).pixels
    except InputError as error:
        return error


def _which_are_bad(errors: dict[str, InputError], count: int) -> str:
    """One line: what is wrong with the first of the files, which others there are, and how many, of `count`."""
    first, *others = errors
    more = f" and {len(errors) - BAD_SHOWN:,} more" if len(errors) > BAD_SHOWN else ""
    which = f" ({len(errors):,} cannot be read: also {', '.join(others[: BAD_SHOWN - 1])}{more})" if others else ""
    mend = f"mend {'them or take them' if others else 'it or take it'} out of the folder"
    without = f", or leave {'them' if others else 'it'} out: --skip-broken" if len(errors) < count else ""
    return f"{errors[first]}{which}; {mend}{without}"


def _common_shape(pictures: list[Pixels]) -> Shape:
    height, width = (max(SMALLEST, int(np.median([p.shape[axis] for p in pictures]))) for axis in (0, 1))
    return height, width, max(p.shape[2] for p in pictures)
