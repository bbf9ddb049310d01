"""A CSV of file names and labels, with a header or without one: which column holds what, and which files these are.

The column of files is the one whose cells are pictures that are there, by their path, their name, or their name without
its ending, below the table's folder. The column of labels is known by its header, or is the only other one; a column
for each class, with one 1 a row, is read too; so is a column that says which part a picture belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fivebyfive.datasets import names, sheet
from fivebyfive.datasets.found import few
from fivebyfive.datasets.limits import shown
from fivebyfive.datasets.sheet import Sheet
from fivebyfive.datasets.tree import Folder, looked_through
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import SUFFIXES

LABELS = (
    "labelname", "classname", "categoryname", "label", "labels", "class", "classes", "category", "target", "species",
    "breed", "diagnosis", "dx", "emotion", "tag", "labelid", "classid", "categoryid", "y",
)  # fmt: skip
"""What a column of labels is called, the best first; other signs than letters and digits count as none."""
SPLITS = ("split", "set", "subset", "part", "partition", "dataset", "usage", "fold")
TRIED = 40
"""Rows that tell which column names files."""


@dataclass(frozen=True)
class Listing:
    """What one table says.

    Attributes:
        files: the pictures that it names and that are there.
        labels: of each, its class; None where the table has none.
        parts: of each, the name of its part; None where the table does not say.
        missing: what it names that is not there.
        column: what its column of labels is called, or is.
    """

    path: Path
    files: list[Path]
    labels: list[str] | None
    parts: list[str] | None
    missing: tuple[str, ...]
    column: str


class Pictures:
    """The pictures below a folder, found by what a table calls them."""

    def __init__(self, base: Path, top: Folder | None = None) -> None:
        self.base, self._top = base, top
        self._by_name: dict[str, list[Path]] | None = None

    def find(self, cell: str, part: str | None) -> Path | None:
        """The picture that `cell` means; of several of one name, the one in a folder that `part` is called by.

        Raises:
            InputError: it may be one of several.
        """
        plain = cell.replace("\\", "/")
        straight = self.base / plain
        if straight.suffix.lower() in SUFFIXES and len(plain) < 4096 and straight.is_file():
            return straight
        known = self._known()
        above = _folders(plain)
        found = [path for path in known.get(PurePosixPath(plain).name.casefold(), []) if self._fits(path, above)]
        if len(found) > 1 and part is not None:
            found = [path for path in found if part in self._parts(path)]
        if len(found) > 1:
            raise InputError(f"{shown(cell)} may be {few(found, 2)}; write the whole path below {self.base}")
        return found[0] if found else None

    def _fits(self, path: Path, above: list[str]) -> bool:
        own = _folders(path.relative_to(self.base).as_posix())
        common = min(len(own), len(above))
        return own[len(own) - common :] == above[len(above) - common :]

    def _parts(self, path: Path) -> list[str]:
        known = [names.part_of(folder) for folder in _folders(path.relative_to(self.base).as_posix())]
        return [part for part, _ in filter(None, known)]

    def _known(self) -> dict[str, list[Path]]:
        """Every picture, by its name and by its name without the ending."""
        if self._by_name is None:
            self._by_name = {}
            for path in (self._top or looked_through(self.base)).all():
                for name in (path.name.casefold(), path.stem.casefold()):
                    self._by_name.setdefault(name, []).append(path)
        return self._by_name


def _folders(path: str) -> list[str]:
    return [part.casefold() for part in PurePosixPath(path).parts[:-1] if part not in (".", "..", "/")]


def read(table: Sheet, pictures: Pictures, skip_missing: bool) -> Listing | None:
    """What `table` says of `pictures`; None where it names none of them.

    Args:
        skip_missing: go on without what is named and not there.

    Raises:
        InputError: what is a label cannot be told, or something is named that is not there.
    """
    path = table.path
    known = names.part_of(path.stem)
    part = known[0] if known else None
    column = _column_of_files(table, pictures, part)
    if column is None:
        return None
    body, header = table.rows, None
    if pictures.find(body[0][column], part) is None and Path(body[0][column]).suffix.lower() not in SUFFIXES:
        body, header = table.rows[1:], table.rows[0]
    found = [pictures.find(row[column], part) for row in body]
    missing = [row[column] for row, file in zip(body, found, strict=True) if file is None]
    if missing and not skip_missing:
        raise InputError(
            f"{path} names {len(missing):,} pictures that are not there: {few(missing)}; mend it, or leave them out: "
            "--skip-broken"
        )
    there = [(row, file) for row, file in zip(body, found, strict=True) if file is not None]
    rows = [row for row, _ in there]
    labels, called = _labels(path, rows, header, column)
    about = (labels, _splits(rows, header), tuple(f"{path.parent / name} (missing)" for name in missing), called)
    return Listing(path, [file for _, file in there], *about)


def _column_of_files(table: Sheet, pictures: Pictures, part: str | None) -> int | None:
    """The column that most often names a picture that is there, if it does so in one row of two."""
    some = table.rows[1 :: max(1, len(table.rows) // TRIED)] or table.rows
    width = len(table.rows[0]) if table.rows else 0
    hits = [sum(_is_there(row[n], pictures, part) for row in some) for n in range(width)]
    various = [len({row[n] for row in some}) for n in range(width)]
    columns = sorted(range(width), key=lambda n: (min(hits[n], various[n]), hits[n]), reverse=True)
    return columns[0] if columns and 2 * hits[columns[0]] >= len(some) and hits[columns[0]] else None


def _is_there(cell: str, pictures: Pictures, part: str | None) -> bool:
    try:
        return bool(cell) and pictures.find(cell, part) is not None
    except InputError:  # it is, more than once
        return True


def _labels(
    path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] | None, files: int
) -> tuple[list[str] | None, str]:
    """The label of each row, and what says it."""
    others = [n for n in range(len(rows[0]) if rows else 0) if n != files]
    called = [_plain(name) for name in header] if header else []
    by_name = [called.index(name) for name in LABELS if name in called]
    column = by_name[0] if by_name else others[0] if len(others) == 1 else None
    if column is None:
        if (classes := _one_of_many(path, rows, header, files)) is not None:
            return classes, "columns, one a class"
        if not others:
            return None, ""
        named = few([header[n] for n in others] if header else [f"column {n + 1}" for n in others], 8)
        raise InputError(f"{path} has {named} beside the file names, and none of these is called label; name one so")
    empty = next((row for row in rows if not row[column]), None)
    if empty is not None:
        raise InputError(f"{path} has no label for {shown(empty[files])}; write one, or take its line out")
    values = [row[column] for row in rows]
    numbers = [sheet.number(value) for value in values]
    whole = all(value.isdecimal() for value in numbers)
    return (numbers if whole else values), (f"column {shown(header[column])}" if header else f"column {column + 1}")


def _one_of_many(
    path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] | None, files: int
) -> list[str] | None:
    """The class of each row, where every class has a column and each row one 1."""
    if header is None:
        return None
    kept = [n for n in range(len(header)) if n != files]
    if len(kept) < 2 or any(sheet.number(row[n]) not in ("0", "1") for row in rows for n in kept):
        return None
    odd = next((row for row in rows if sum(sheet.number(row[n]) == "1" for n in kept) != 1), None)
    if odd is not None:
        count = sum(sheet.number(odd[n]) == "1" for n in kept)
        raise InputError(
            f"{path} has a column a class ({few([header[n] for n in kept])}), but {count} of them are 1 for "
            f"{shown(odd[files])}; one label a picture was expected"
        )
    return [next(header[n] for n in kept if sheet.number(row[n]) == "1") for row in rows]


def _splits(rows: Sequence[Sequence[str]], header: Sequence[str] | None) -> list[str] | None:
    """The name of each row's part, where a column says it."""
    called = [_plain(name) for name in header] if header else []
    for column in (called.index(name) for name in SPLITS if name in called):
        values = [row[column] for row in rows]
        if all(names.part_of(value) for value in set(values)):
            return values
    return None


def _plain(name: str) -> str:
    """A column's name by its letters and digits alone."""
    return "".join(c for c in name.lower() if c.isalnum())


def in_order(labels: Sequence[str]) -> list[str]:
    """The classes that `labels` are, numbers by their value."""
    every = sorted(set(labels))
    return sorted(every, key=int) if all(label.isdecimal() for label in every) else every
