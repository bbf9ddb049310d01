"""A table of text in a CSV file: its rows as cells, whatever separates them; bounded, every row of one length."""

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from fivebyfive.datasets import limits
from fivebyfive.datasets.limits import reading, shown
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import SUFFIXES

ENDINGS = (".csv", ".tsv")
LARGEST = 512 << 20
"""Bytes of a table of file names."""
PIXELS = 16
"""A row of so many numbers is a picture."""
TRIED = 40
"""Lines that tell whether it names pictures."""
BEGINNING = 1 << 20
"""So much of a file tells what it is."""


@dataclass(frozen=True)
class Sheet:
    """Rows of cells, without spaces around them; `first` is the number of the first one's line, from 1."""

    path: Path
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]


def holds_pixels(path: Path) -> bool:
    """Whether the table at `path` has pictures in it, not their names: many numbers a row."""
    first = _beginning(path)[:2]
    cells = [cell.strip().strip('"') for cell in first[-1].split(separator(first[-1]))] if first else []
    return len(cells) > PIXELS and sum(is_number(cell) for cell in cells) >= len(cells) - 2


def names_pictures(path: Path) -> bool:
    """Whether a cell near the beginning of the table at `path` is the name of a picture."""
    cells = (cell.strip().strip('"') for line in _beginning(path)[:TRIED] for cell in line.split(separator(line)))
    return any(Path(cell).suffix.lower() in SUFFIXES for cell in cells)


def _beginning(path: Path) -> list[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(BEGINNING).lstrip("\ufeff").splitlines()


def separator(line: str) -> str:
    """What separates the cells of `line`: a comma, a semicolon or a tab."""
    return max(",;\t", key=line.count)


def read(path: Path) -> Sheet:
    """The table at `path`.

    Raises:
        InputError: it is no text, too large, or its rows are not of one length.
    """
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path} has over {LARGEST >> 20} MB; a table of file names and labels was expected")
    with reading(path, "a CSV of file name and label"):
        try:
            return _read(path, "utf-8-sig", "strict")
        except UnicodeDecodeError:
            return _read(path, "cp1252", "replace")  # as Excel saves it in Europe


def _read(path: Path, encoding: str, errors: str) -> Sheet:
    rows: list[tuple[str, ...]] = []
    lines = array("Q")
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        first = file.readline()
        file.seek(0)
        parsed = csv.reader(_expected_text(path, file), delimiter=separator(first), strict=True)
        for row in parsed:
            cells = tuple(cell.strip() for cell in row)
            if not any(cells):
                continue
            rows.append(cells)
            lines.append(parsed.line_num)
            if len(cells) != len(rows[0]):
                raise InputError(
                    f"{path}: line {lines[-1]} has {len(cells)} cells, line {lines[0]} has {len(rows[0])}; a file name "
                    "and its label a line were expected"
                )
            if len(rows) > limits.MOST_ENTRIES:
                raise InputError(f"{path} has more than {limits.MOST_ENTRIES:,} rows; use fewer pictures")
    return Sheet(path, rows, lines)


def _expected_text(path: Path, file: TextIO) -> Iterator[str]:
    """The lines of `file`, none of them longer than a line of text is."""
    while line := file.readline(BEGINNING):
        if "\0" in line or len(line) == BEGINNING:
            raise InputError(f"{path} holds bytes that are no text; save the file as CSV in UTF-8")
        yield line


def is_number(cell: str) -> bool:
    """Whether a cell is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def number(label: str) -> str:
    """A label as it is counted: 3 for 3.0, all else as it is."""
    if is_number(label) and shown(label) == label and float(label).is_integer():
        return str(int(float(label)))
    return label
