"""Images in one file: NumPy's .npz, or a CSV of one image a line, its label first or last, as Kaggle gives MNIST.

An .npz holds ``x_train``, ``y_train``, ``x_test``, ``y_test``, as Keras gives its data sets, ``train_images``,
``train_labels``, ``val_images`` … as MedMNIST does, or one pair of arrays, ``images`` and ``labels`` (or ``x`` and
``y``): images [N, H, W] or [N, H, W, C], numbers from 0 to 255 or from 0 to 1.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import npz, values
from fivebyfive.datasets.dataset import Dataset, Images, Pixels, split, with_test
from fivebyfive.datasets.limits import LABEL_BYTES, Room, shown
from fivebyfive.errors import InputError

PAIRS = (("images", "labels"), ("x", "y"), ("X", "y"), ("data", "target"))
PARTS = ("{}_images", "{}_labels"), ("x_{}", "y_{}"), ("X_{}", "y_{}")
"""What the arrays of each part are called, by those who give several parts."""
TRAIN, VALIDATION, TEST = ("train",), ("val", "valid", "validation"), ("test",)
LABEL_NAMES = ("label", "labels", "class", "target", "digit", "y")
"""What the column of labels is called, in a CSV with a header; where none is, it is the first."""
LONGEST_LINE = 8 << 20
"""Of a CSV, in characters: a grey picture of 1024×1024 has half."""
BLOCK, BLOCK_LINES = 4 << 20, 1 << 16
"""So many characters of lines, and at most so many lines, are turned into numbers at a time."""
LINES = "a label and its pixels a line"


def load_npz(path: Path) -> Dataset:
    """The images in an .npz file.

    Raises:
        InputError: it is damaged, lacks an array, or an array is not what its name says.
    """
    with npz.opened(path) as arrays:
        train = _part(arrays, TRAIN)
        if train is not None:
            return _with_parts(path, arrays, train)
        for x, y in PAIRS:
            if x in arrays and y in arrays:
                pixels, _ = values.pixels(path, x, arrays.read(x))
                return _split(path, pixels, y, values.labels(path, y, arrays.read(y, each=LABEL_BYTES)))
        held = [shown(name) for name in arrays.names()]
    more = f" and {len(held) - 8} more" if len(held) > 8 else ""
    raise InputError(
        f"{path} holds {', '.join(held[:8]) or 'nothing'}{more}; x_train, y_train, x_test and y_test were expected, "
        "or images and labels"
    )


def load_csv(path: Path) -> Dataset:
    """The images in a CSV file: a label and the pixels of a square picture (grey, or red, green, blue) a line.

    Raises:
        InputError: a line is not that; it is named.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        blocks = list(_blocks(path, file))
    if not blocks:
        raise InputError(f"{path} holds no images; {LINES} were expected")
    labels = np.concatenate([labels for labels, _ in blocks])
    count = blocks[0][1].shape[1]
    side, channels = _square(path, count)
    kind = np.result_type(*{block.dtype for _, block in blocks})
    together = np.empty((len(labels), side, side, channels), kind)
    filled = 0
    while blocks:
        _, block = blocks.pop(0)
        together[filled : filled + len(block)] = block.reshape(-1, side, side, channels)
        filled += len(block)
    pixels, _ = values.pixels(path, "pixels", together)
    return _split(path, pixels, "labels", values.labels(path, "labels", labels))


# --- parts of an .npz -----------------------------------------------------------------------------------------------


def _part(arrays: npz.Arrays, names: tuple[str, ...]) -> tuple[str, str] | None:
    """What a part's images and labels are called; None where it is not there."""
    pairs = [(x.format(name), y.format(name)) for x, y in PARTS for name in names]
    return next(((x, y) for x, y in pairs if x in arrays and y in arrays), None)


def _with_parts(path: Path, arrays: npz.Arrays, train: tuple[str, str]) -> Dataset:
    pixels, factor = values.pixels(path, train[0], arrays.read(train[0]))
    known = values.labels(path, train[1], arrays.read(train[1], each=LABEL_BYTES))
    test, validation = _part(arrays, TEST), _part(arrays, VALIDATION)
    if test is None:
        test, validation = validation, None
    if test is None:
        return _split(path, pixels, train[1], known)
    classes, indices = values.classes(path, train[1], known)

    def like_train(x: str, y: str) -> Images:
        others, _ = values.pixels(path, x, arrays.read(x), factor)
        if others.shape[1:] != pixels.shape[1:]:
            raise InputError(f"{path}: {train[0]} has images of {pixels.shape[1:]}, {x} of {others.shape[1:]}")
        labels = values.labels(path, y, arrays.read(y, each=LABEL_BYTES))
        return _together(path, others, values.labels_as(path, y, labels, known))

    chosen = like_train(*validation) if validation is not None else None
    return with_test(str(path), _together(path, pixels, indices), like_train(*test), classes, chosen)


# --- lines of a CSV -------------------------------------------------------------------------------------------------


def _blocks(path: Path, file: TextIO) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[Any]]]:
    """Labels [N] and pixels [N, count], some lines at a time; whole pixels as bytes, others as float32."""
    room, column, columns = Room(), None, 0
    for numbers, lines in _lines(path, file):
        if column is None:  # the first line, which may be a header
            header = [_unquoted(cell).lower() for cell in lines[0].split(",")]
            headed = not all(_is_number(cell) for cell in header)
            column = next((header.index(name) for name in LABEL_NAMES if name in header), 0) if headed else 0
            if headed:
                columns = len(header)
                continue
        table = _numbers(path, numbers, lines)
        if columns and table.shape[1] != columns:
            raise InputError(
                f"{path}: line {numbers[0]} has {table.shape[1]:,} cells, the first line {columns:,}; {LINES} were "
                "expected"
            )
        columns = table.shape[1]
        labels = table[:, column].copy()
        pixels = np.delete(table, column, axis=1)
        whole = np.all((pixels >= 0) & (pixels <= 255) & (pixels == np.rint(pixels)))
        kind = np.dtype(np.uint8 if whole else np.float32)
        room.take(len(table) * (columns * kind.itemsize + LABEL_BYTES), path)
        with np.errstate(over="ignore", invalid="ignore"):  # what is beyond float32 is infinite, and refused as that
            yield labels, pixels.astype(kind)


def _lines(path: Path, file: TextIO) -> Iterator[tuple[list[int], list[str]]]:
    """The numbers of lines, from 1, and these lines, some at a time; the first by itself, none that is empty."""
    numbers: list[int] = []
    lines: list[str] = []
    size, number, begun = 0, 0, False
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise InputError(f"{path}: line {number} is longer than {LONGEST_LINE >> 20} MB; {LINES} were expected")
        if "\0" in line or "\ufffd" in line:
            raise InputError(f"{path}: line {number} holds bytes that are no text; save the file as CSV in UTF-8")
        if not line.strip():
            continue
        numbers.append(number)
        lines.append(line)
        size += len(line)
        if size > BLOCK or len(lines) == BLOCK_LINES or not begun:
            yield numbers, lines
            numbers, lines, size, begun = [], [], 0, True
    if lines:
        yield numbers, lines


def _numbers(path: Path, numbers: list[int], lines: list[str]) -> npt.NDArray[np.float64]:
    """Lines of one length as [lines, cells]."""
    try:
        table = np.loadtxt(lines, np.float64, delimiter=",", ndmin=2, comments=None, quotechar='"')
    except (ValueError, OverflowError):
        raise InputError(f"{path}: {_what_is_wrong(numbers, lines)}; {LINES} were expected") from None
    if len(table) != len(lines):
        raise InputError(f"{path}: a quotation mark between lines {numbers[0]} and {numbers[-1]} is never closed")
    return table


def _what_is_wrong(numbers: list[int], lines: list[str]) -> str:
    """The first cell that is no number, or the first line of another length."""
    expected = lines[0].count(",")
    for number, line in zip(numbers, lines, strict=True):
        if line.count(",") != expected:
            return f"line {number} has {line.count(',') + 1:,} cells, line {numbers[0]} has {expected + 1:,}"
        cells = (_unquoted(cell) for cell in line.split(","))
        odd = next(((n, cell) for n, cell in enumerate(cells, 1) if not _is_number(cell)), None)
        if odd is not None:
            return f"line {number}, cell {odd[0]:,} is '{shown(odd[1])}', no number"
    return f"something between lines {numbers[0]} and {numbers[-1]} is no number"


def _square(path: Path, count: int) -> tuple[int, int]:
    """Side and channels of a square picture of `count` pixels."""
    for channels in (1, 3):
        side = math.isqrt(count // channels)
        if side and side * side * channels == count:
            return side, channels
    raise InputError(
        f"{path}: {count:,} pixels a line make no square picture; a label and then, say, 784 of them (28×28) were "
        "expected"
    )


def _unquoted(cell: str) -> str:
    plain = cell.strip()
    return plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] == '"' else plain


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


# --- both -----------------------------------------------------------------------------------------------------------


def _split(path: Path, pixels: Pixels, name: str, labels: npt.NDArray[Any]) -> Dataset:
    classes, indices = values.classes(path, name, labels)
    return split(str(path), _together(path, pixels, indices), classes)


def _together(path: Path, pixels: Pixels, labels: npt.NDArray[np.int64]) -> Images:
    if len(pixels) != len(labels):
        raise InputError(f"{path} has {len(pixels):,} images but {len(labels):,} labels; each image needs one")
    return Images(pixels, labels)
