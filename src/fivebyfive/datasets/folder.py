"""A folder with a sub-folder a class, named after it; the pictures in it of any format and size, colour or grey.

Where the folder holds ``train`` and ``test`` or ``val``, with the classes in these, they are what they say; names that
others use for them (``training``, ``valid``, ``Test`` …) mean the same, and a ``test`` beside the classes, with the
same classes in it, is the test part. Without ``test``, ``val`` is reported. Pictures become one size: the median height
and width, a side of 16 to 224 pixels, unless another is wanted. If all of them are grey, so is the data set.
"""

import dataclasses
import os
from pathlib import Path

import numpy as np

from fivebyfive.datasets.dataset import Dataset, Images, split, with_test
from fivebyfive.datasets.decoded import Wanted, pixels_of
from fivebyfive.datasets.encoded import Encoded
from fivebyfive.datasets.limits import shown
from fivebyfive.datasets.tree import Tree
from fivebyfive.errors import InputError

TRAIN, TEST, VALIDATION = ("train", "training"), ("test", "testing"), ("val", "valid", "validation")
"""What the parts are called, in letters of either case."""
BAD_SHOWN = 5
AS_FOUND = Wanted()

Files = list[tuple[Path, int]]


def load(path: Path, wanted: Wanted = AS_FOUND) -> Dataset:
    """The pictures under `path`, as they are wanted; those that cannot be read are named, if they are to be left out.

    Raises:
        InputError: no classes, one only, too few pictures, or some that cannot be read, by name.
    """
    if wanted.shape is not None and wanted.shape[2] not in (1, 3, 4):
        raise InputError(f"{path}: pictures have 1, 3 or 4 channels; {wanted.shape[2]} were asked for")
    tree, left_out, notes = Tree(), list[str](), list[str]()
    train, folders, others = _parts(tree, path)
    classes = [folder.name for folder in folders]
    images = _images(_files(tree, train, folders, classes), wanted, left_out, notes)
    if not others:
        found = split(str(path), images, classes)
    else:
        alike = dataclasses.replace(wanted, shape=images.pixels.shape[1:])
        test, *validation = (
            _images(_files(tree, part, tree.folders(part), classes), alike, left_out, notes) for part in others
        )
        found = with_test(str(path), images, test, classes, validation[0] if validation else None)
    return dataclasses.replace(found, left_out=tuple(left_out), notes=tuple(dict.fromkeys(notes)))


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


def _images(files: Files, wanted: Wanted, left_out: list[str], notes: list[str]) -> Images:
    """The pictures in `files`; what cannot be read is added to `left_out`, or is an error unless that is wanted."""
    items = [Encoded(file) for file, _ in files]
    found = pixels_of(items, wanted.shape_of(items), wanted.fit, wanted.cache)
    if found.unread and not (wanted.skip_broken and len(found.kept)):
        raise InputError(_which_are_bad(found.unread, len(files)))
    left_out += found.unread
    notes += found.notes
    return Images(found.pixels, np.array([label for _, label in files], np.int64)[found.kept])


def _which_are_bad(errors: dict[str, str], count: int) -> str:
    """One line: what is wrong with the first of the files, which others there are, and how many, of `count`."""
    first, *others = errors
    more = f" and {len(errors) - BAD_SHOWN:,} more" if len(errors) > BAD_SHOWN else ""
    which = f" ({len(errors):,} cannot be read: also {', '.join(others[: BAD_SHOWN - 1])}{more})" if others else ""
    mend = f"mend {'them or take them' if others else 'it or take it'} out of the folder"
    without = f", or leave {'them' if others else 'it'} out: --skip-broken" if len(errors) < count else ""
    return f"{errors[first]}{which}; {mend}{without}"
