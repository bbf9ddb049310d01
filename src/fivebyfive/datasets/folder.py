"""Pictures in files, of any format and size, colour or grey, as one data set: of one size, in parts that never meet.

Pictures become one size: the median height and width, between 16 and 128 pixels; each is scaled, its aspect kept, and
its middle cut out. If all of them are grey, so is the data set. Which files they are, `finding.py` knows.
"""

import dataclasses
import functools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from fivebyfive.datasets.dataset import FEWEST, Dataset, Images, Pixels, expect_enough, of_parts
from fivebyfive.datasets.found import Files, Found
from fivebyfive.datasets.limits import LABEL_BYTES, Room, shown
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import decode, fitted

SMALLEST, LARGEST = 16, 128
TOGETHER, TOGETHER_BYTES = 256, 64 << 20
"""So many pictures are decoded, and at most so many bytes of them if they are large, before their sizes are added."""
BAD_SHOWN = 5

Shape = tuple[int, int, int]


def read(name: str, found: Found, shape: Shape | None = None, skip_broken: bool = False) -> Dataset:
    """The pictures that were found, as a data set called `name`.

    Args:
        shape: the height, width and channels that they are to have; None: found from the pictures.
        skip_broken: go on without those that cannot be read; the data set names them.

    Raises:
        InputError: one class only, too few pictures, or some that cannot be read, by name.
    """
    if shape is not None and shape[2] not in (1, 3, 4):
        raise InputError(f"{name}: pictures have 1, 3 or 4 channels; {shape[2]} were asked for")
    labels = np.array([label for _, label in _expect_some(name, found.train)], np.int64)
    expect_enough(
        name, labels, found.classes, 1 if found.validation and found.test else FEWEST
    )  # before all are opened
    room = Room()
    left_out: list[str] | None = [] if skip_broken else None
    train = _images(found.train, shape, room, left_out)
    size = shape or (train.pixels.shape[1], train.pixels.shape[2], train.pixels.shape[3])
    validation, test = (
        None if files is None else _images(_expect_some(name, files), size, room, left_out)
        for files in (found.validation, found.test)
    )
    data = of_parts(name, found.classes, train, validation, test, found.called)
    left = (*found.missing, *(left_out or ()))
    return dataclasses.replace(data, left_out=left, notes=(*data.notes, *found.notes))


def _expect_some(name: str, files: Files) -> Files:
    if not files:
        raise InputError(f"{name} has a part without pictures; put some there, or remove its place")
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
