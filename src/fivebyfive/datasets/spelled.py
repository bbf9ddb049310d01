"""A CSV whose pictures are one cell each, numbers with spaces between, as FER2013 has its faces.

A column is called ``pixels``, one is a label, and one may say the part: Training, PublicTest, PrivateTest.
"""

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import listing, names
from fivebyfive.datasets.dataset import Dataset
from fivebyfive.datasets.joined import Named, joined, sorted_by_part
from fivebyfive.datasets.limits import LABEL_BYTES, Room, reading, shown
from fivebyfive.datasets.names import TRAIN
from fivebyfive.errors import InputError

PIXELS = "pixels"
LONGEST = 1 << 16
"""Characters of a first line with a few names."""
EXPECTED = "a CSV of label and pixels, the pixels with spaces between,"


def holds(path: Path) -> bool:
    """Whether the table at `path` has such a column."""
    return PIXELS in _header(path)


def load(path: Path) -> Dataset:
    """The images in such a table.

    Raises:
        InputError: a cell is no square picture, or there is no label.
    """
    header = _header(path)
    label = next((header.index(name) for name in listing.LABELS if name in header), None)
    if label is None:
        raise InputError(f"{path} has the columns {', '.join(header)}, and none of these is called label; name one so")
    split = next((header.index(name) for name in listing.SPLITS if name in header), None)
    pixels: dict[str, list[npt.NDArray[Any]]] = {}
    labels: dict[str, list[str]] = {}
    room = Room()
    with reading(path, EXPECTED), path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        next(rows)
        for row in rows:
            if len(row) != len(header):
                raise InputError(f"{path}: line {rows.line_num} has {len(row)} cells, the first line {len(header)}")
            known = names.part_of(row[split]) if split is not None else None
            picture = _picture(path, rows.line_num, row[header.index(PIXELS)])
            room.take(picture.nbytes + LABEL_BYTES, path)
            pixels.setdefault(known[0] if known else TRAIN, []).append(picture)
            labels.setdefault(known[0] if known else TRAIN, []).append(row[label].strip())
    if TRAIN not in pixels:
        raise InputError(f"{path} holds no images to train on; {EXPECTED} was expected")
    x: dict[str, Named] = {part: (part, _stacked(path, found)) for part, found in sorted_by_part(pixels).items()}
    return joined(str(path), x, {part: (f"labels of {part}", _numbers(found)) for part, found in labels.items()})


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return [cell.strip().strip('"').strip().lower() for cell in file.readline(LONGEST).split(",")]


def _picture(path: Path, line: int, cell: str) -> npt.NDArray[Any]:
    """The pixels of one cell, [side, side]."""
    try:
        values = np.array(cell.split(), np.float32)
    except ValueError:
        raise InputError(f"{path}: line {line} has pixels {shown(cell, 40)}, which are no numbers") from None
    side = math.isqrt(values.size)
    if not side or side * side != values.size:
        raise InputError(f"{path}: line {line} has {values.size:,} pixels, which make no square picture")
    whole = bool(np.all((values >= 0) & (values <= 255) & (values == np.rint(values))))
    return values.astype(np.uint8 if whole else np.float32).reshape(side, side)


def _stacked(path: Path, found: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    odd = next((one for one in found if one.shape != found[0].shape), None)
    if odd is not None:
        raise InputError(f"{path} has pictures of {found[0].shape} and of {odd.shape}; one size was expected")
    return np.stack(found)


def _numbers(labels: list[str]) -> npt.NDArray[Any]:
    return np.array([int(one) for one in labels]) if all(one.isdecimal() for one in labels) else np.array(labels)
