"""Images in one file: NumPy's .npz, or a CSV of one image a line, its label first or last, as Kaggle gives MNIST.

An .npz holds ``x_train``, ``y_train``, ``x_test``, ``y_test``, as Keras gives its data sets, ``train_images``,
``train_labels``, ``val_images`` … as MedMNIST does, or one pair of arrays, ``images`` and ``labels`` (or ``x`` and
``y``): images [N, H, W] or [N, H, W, C], numbers from 0 to 255 or from 0 to 1.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import emnist, names, npz, spilled
from fivebyfive.datasets.dataset import Dataset
from fivebyfive.datasets.found import few, left_out
from fivebyfive.datasets.joined import Named, joined, sorted_by_part
from fivebyfive.datasets.limits import LABEL_BYTES, Room, shown
from fivebyfive.datasets.names import TEST, TRAIN, VALIDATION
from fivebyfive.datasets.sheet import is_number
from fivebyfive.errors import InputError

PAIRS = (("images", "labels"), ("x", "y"), ("X", "y"), ("X", "Y"), ("data", "target"), ("data", "labels"))
PARTS = (
    ("{}_images", "{}_labels"),
    ("x_{}", "y_{}"),
    ("X_{}", "y_{}"),
    ("X_{}", "Y_{}"),
    ("{}_x", "{}_y"),
    ("{}_X", "{}_y"),
)
"""What the arrays of each part are called, by those who give several parts."""
NAMES = {TRAIN: ("train",), VALIDATION: ("val", "valid", "validation", "dev"), TEST: ("test",)}
LABEL_NAMES = ("label", "labels", "class", "target", "digit", "y")
"""What the column of labels is called, in a CSV with a header; where none is, it is the first."""
COUNTS = ("id", "index", "image_id", "unnamed: 0", "")
"""What a column is called that only counts lines."""
EMNIST = "emnist-"
"""How tables with EMNIST's pictures are called."""
LONGEST_LINE = 8 << 20
"""Of a CSV, in characters: a grey picture of 1024×1024 has half."""
BLOCK, BLOCK_LINES = 4 << 20, 1 << 16
"""So many characters of lines, and at most so many lines, are turned into numbers at a time."""
Block = tuple[npt.NDArray[np.float64], npt.NDArray[Any]]
LINES = "a label and its pixels a line"


def load_npz(path: Path) -> Dataset:
    """The images in an .npz file.

    Raises:
        InputError: it is damaged, lacks an array, or an array is not what its name says.
    """
    with npz.opened(path) as arrays:
        called = {part: pair for part in (TRAIN, VALIDATION, TEST) if (pair := _part(arrays, part)) is not None}
        if TRAIN not in called:
            alone = next(((x, y) for x, y in PAIRS if x in arrays and y in arrays), None)
            if alone is None:
                held = [shown(name) for name in arrays.names()]
                raise InputError(
                    f"{path} holds {few(held, 8) or 'nothing'}; x_train, y_train, x_test and y_test were expected, or "
                    "images and labels"
                )
            called = {TRAIN: alone}
        pixels = {part: (x, arrays.read(x)) for part, (x, _) in called.items()}
        labels = {part: (y, arrays.read(y, each=LABEL_BYTES)) for part, (_, y) in called.items()}
    return joined(str(path), pixels, labels)


def load_csv(paths: Sequence[Path], source: Path) -> Dataset:
    """The images in CSV files: a label and the pixels of a square picture (grey, or red, green, blue) a line.

    Of several files each is a part, as its name says; one without labels, as competitions have it, is left out.

    Args:
        source: what the data set is called.

    Raises:
        InputError: a line is not that; it is named. Or two files would be the same part.
    """
    named = {path.name: path for path in paths}
    try:
        known = names.parted(named) if len(paths) > 1 else {TRAIN: paths[0].name}
    except ValueError as error:
        known, named = {}, {name: named[name] for name in error.args}
    if TRAIN not in known:
        raise InputError(f"{source} holds {few(list(named))}; give one of them: --data {paths[0]}")
    pixels: dict[str, Named] = {}
    labels: dict[str, Named] = {}
    room, without, train = Room(), [], None
    for part, name in sorted_by_part(known).items():
        head = _head(named[name])
        if part != TRAIN and _is_without_labels(head, train, pixels[TRAIN][1]):
            without.append(name)
            continue
        train = train or head
        labels_, values_ = _read(named[name], head, room)
        values_ = values_.transpose(0, 2, 1, 3) if name.startswith(EMNIST) else values_
        pixels[part], labels[part] = (name if len(known) > 1 else "pixels", values_), (f"labels of {name}", labels_)
    found = joined(str(source), pixels, labels).saying(
        left_out(without, "table without labels", "tables without labels"),
        emnist.UPRIGHT if paths[0].name.startswith(EMNIST) else "",
    )
    return _with_characters(found, paths[0])


def _with_characters(data: Dataset, path: Path) -> Dataset:
    """EMNIST's classes as the characters that its mapping says, if that lies beside its table."""
    known = names.part_of(path.stem)
    if not path.name.startswith(EMNIST) or known is None:
        return data
    said = emnist.characters(path.parent, f"{known[1].replace(' ', '-')}-")
    return dataclasses.replace(data, classes=tuple(said.get(int(name), name) for name in data.classes))


@dataclass(frozen=True)
class _Head:
    """The first line of a CSV.

    Attributes:
        cells: how many it has.
        header: they are names.
        label: the column of labels; None where a header names none.
        dropped: columns that are neither a label nor pixels.
    """

    cells: int
    header: bool
    label: int | None
    dropped: tuple[int, ...] = ()


def _head(path: Path) -> _Head:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        lines = next(_lines(path, file), ([], [""]))[1]
    cells = [_unquoted(cell).lower() for cell in lines[0].split(",")]
    if all(is_number(cell) for cell in cells):
        return _Head(len(cells), False, 0)
    label = next((cells.index(name) for name in LABEL_NAMES if name in cells), None)
    return _Head(len(cells), True, label, tuple(n for n, cell in enumerate(cells) if cell in COUNTS))


def _is_without_labels(head: _Head, train: _Head | None, pixels: npt.NDArray[Any]) -> bool:
    """Whether a table has the pixels that `train` has, and nothing for a label."""
    unnamed = head.header and head.label is None and train is not None and train.label is not None
    return unnamed or head.cells == math.prod(pixels.shape[1:])


def _read(path: Path, head: _Head, room: Room) -> tuple[npt.NDArray[np.float64], npt.NDArray[Any]]:
    """Labels [N] and pixels [N, side, side, channels]."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        blocks = _held(_blocks(path, file, head, room))
    if not blocks:
        raise InputError(f"{path} holds no images; {LINES} were expected")
    labels = np.concatenate([labels for labels, _ in blocks])
    side, channels = _square(path, blocks[0][1].shape[1])
    kind = np.result_type(*{block.dtype for _, block in blocks})
    together = spilled.empty((len(labels), side, side, channels), kind)
    filled = 0
    while blocks:
        _, block = blocks.pop(0)
        together[filled : filled + len(block)] = block.reshape(-1, side, side, channels)
        filled += len(block)
        spilled.give_back(together)
    return labels, together


def _held(blocks: Iterator[Block]) -> list[Block]:
    """All of `blocks`, in memory or, beyond what that should hold, in files."""
    held, size = [], 0
    for labels, pixels in blocks:
        size += pixels.nbytes
        held.append((labels, pixels if size <= spilled.IN_MEMORY else spilled.kept(pixels)))
    return held


# --- parts of an .npz -----------------------------------------------------------------------------------------------


def _part(arrays: npz.Arrays, part: str) -> tuple[str, str] | None:
    """What a part's images and labels are called; None where it is not there."""
    pairs = [(x.format(name), y.format(name)) for x, y in PARTS for name in NAMES[part]]
    return next(((x, y) for x, y in pairs if x in arrays and y in arrays), None)


# --- lines of a CSV -------------------------------------------------------------------------------------------------


def _blocks(
    path: Path, file: TextIO, head: _Head, room: Room
) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[Any]]]:
    """Labels [N] and pixels [N, count], some lines at a time; whole pixels as bytes, others as float32."""
    label, columns, held = head.label or 0, head.cells if head.header else 0, 0
    for numbers, lines in _lines(path, file):
        if head.header and numbers[0] == 1:
            continue
        table = _numbers(path, numbers, lines)
        if columns and table.shape[1] != columns:
            raise InputError(
                f"{path}: line {numbers[0]} has {table.shape[1]:,} cells, the first line {columns:,}; {LINES} were "
                "expected"
            )
        columns = table.shape[1]
        labels = table[:, label].copy()
        pixels = np.delete(table, [label, *head.dropped], axis=1)
        whole = np.all((pixels >= 0) & (pixels <= 255) & (pixels == np.rint(pixels)))
        kind = np.dtype(np.uint8 if whole else np.float32)
        size = len(table) * columns * kind.itemsize
        held += size
        if held > spilled.IN_MEMORY:
            room.spill(size, path.stat().st_size, path)
        room.take(len(table) * LABEL_BYTES + (size if held <= spilled.IN_MEMORY else 0), path)
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
        odd = next(((n, cell) for n, cell in enumerate(cells, 1) if not is_number(cell)), None)
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
