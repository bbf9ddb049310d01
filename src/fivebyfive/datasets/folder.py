"""Pictures in files, of any format and size, colour or grey, as one data set: of one size, in parts that never meet.

Pictures become one size: the median height and width, a side of 16 to 224 pixels, unless another is wanted. If all of
them are grey, so is the data set. Which files they are, `finding.py` knows.
"""

import dataclasses

import numpy as np

from fivebyfive.datasets.dataset import FEWEST, Dataset, Images, expect_enough, of_parts
from fivebyfive.datasets.decoded import Wanted, pixels_of
from fivebyfive.datasets.found import Files, Found
from fivebyfive.errors import InputError

BAD_SHOWN = 5
AS_FOUND = Wanted()


def read(name: str, found: Found, wanted: Wanted = AS_FOUND) -> Dataset:
    """The pictures that were found, as they are wanted; those that cannot be read are named, if they may be left out.

    Args:
        name: the data set's.

    Raises:
        InputError: one class only, too few pictures, or some that cannot be read, by name.
    """
    if wanted.shape is not None and wanted.shape[2] not in (1, 3, 4):
        raise InputError(f"{name}: pictures have 1, 3 or 4 channels; {wanted.shape[2]} were asked for")
    _expect_enough(name, found)
    left_out, notes = list(found.missing), list[str]()
    train = _images(found.train, wanted, left_out, notes)
    alike = dataclasses.replace(wanted, shape=train.pixels.shape[1:])
    validation, test = (
        None if files is None else _images(files, alike, left_out, notes) for files in (found.validation, found.test)
    )
    data = of_parts(name, found.classes, train, validation, test, found.called)
    told = tuple(dict.fromkeys((*data.notes, *found.notes, *notes)))
    return dataclasses.replace(data, left_out=tuple(left_out), notes=told)


def _expect_enough(name: str, found: Found) -> None:
    """What is wrong with the classes, before all pictures are opened."""
    if not all(files is None or files for files in (found.train, found.validation, found.test)):
        raise InputError(f"{name} has a part without pictures; put some there, or remove its place")
    labels = np.array([label for _, label in found.train], np.int64)
    expect_enough(name, labels, found.classes, 1 if found.validation and found.test else FEWEST)


def _images(files: Files, wanted: Wanted, left_out: list[str], notes: list[str]) -> Images:
    """The pictures in `files`; what cannot be read is added to `left_out`, or is an error unless that is wanted."""
    items = [item for item, _ in files]
    found = pixels_of(items, wanted.shape_of(items), wanted.fit, wanted.cache)
    if found.unread and not (wanted.skip_broken and len(found.kept)):
        raise InputError(_which_are_bad(found.unread, len(files)))
    left_out += found.unread
    notes += found.notes
    labels, names = np.array([label for _, label in files], np.int64), np.array([item.name for item in items], object)
    return Images(found.pixels, labels[found.kept], names[found.kept])


def _which_are_bad(errors: dict[str, str], count: int) -> str:
    """One line: what is wrong with the first of the files, which others there are, and how many, of `count`."""
    first, *others = errors
    more = f" and {len(errors) - BAD_SHOWN:,} more" if len(errors) > BAD_SHOWN else ""
    which = f" ({len(errors):,} cannot be read: also {', '.join(others[: BAD_SHOWN - 1])}{more})" if others else ""
    mend = f"mend {'them or take them' if others else 'it or take it'} out of the folder"
    without = f", or leave {'them' if others else 'it'} out: --skip-broken" if len(errors) < count else ""
    return f"{errors[first]}{which}; {mend}{without}"
