"""A folder of folders, looked through once: bounded in number and depth; links to folders are not followed."""

import functools
import os
from dataclasses import dataclass
from pathlib import Path

from fivebyfive.datasets import limits
from fivebyfive.datasets.limits import shown
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import SUFFIXES

DEEPEST = 32
"""Folders in folders."""


@dataclass(frozen=True)
class Folder:
    """What lies in one folder; hidden things, and folders called ``__…``, are none of it.

    Attributes:
        folders: by name.
        pictures: names of the picture files directly in it, by their ending, sorted.
        others: names of all other files directly in it, sorted.
    """

    path: Path
    folders: tuple["Folder", ...]
    pictures: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its own, without where it lies."""
        return self.path.name

    @functools.cached_property
    def count(self) -> int:
        """Pictures in it, at any depth."""
        return len(self.pictures) + sum(folder.count for folder in self.folders)

    def all(self) -> list[Path]:
        """Every picture in it, at any depth, in the order of their paths."""
        return sorted(
            [self.path / name for name in self.pictures] + [p for folder in self.folders for p in folder.all()]
        )

    def filled(self) -> list["Folder"]:
        """The folders directly in it that hold pictures."""
        return [folder for folder in self.folders if folder.count]

    def strangers(self) -> list[Path]:
        """Every file in it that is no picture, at any depth."""
        return [self.path / name for name in self.others] + [p for folder in self.folders for p in folder.strangers()]


def looked_through(path: Path) -> Folder:
    """All that lies in the folder at `path`.

    Raises:
        InputError: a folder in it is a link or lies too deep, a picture is no file, or there is far too much.
        OSError: it cannot be read.
    """
    return _Look().into(path, 0)


class _Look:
    """Counts what it meets."""

    def __init__(self) -> None:
        self._met = 0

    def into(self, path: Path, depth: int) -> Folder:
        if depth > DEEPEST:
            raise InputError(f"{shown(path, 400)} lies in more than {DEEPEST} folders; put pictures less deep")
        folders, pictures, others = [], [], []
        for entry in self._entries(path):
            if entry.is_dir():
                if not entry.name.startswith("__"):
                    folders.append(self.into(_folder(entry), depth + 1))
            elif Path(entry.name).suffix.lower() in SUFFIXES:
                if not entry.is_file():
                    raise InputError(f"{shown(entry.path, 400)} is no file; take it out of the folder")
                pictures.append(entry.name)
            else:
                others.append(entry.name)
        by_name = sorted(folders, key=lambda folder: folder.path)
        return Folder(path, tuple(by_name), tuple(sorted(pictures)), tuple(sorted(others)))

    def _entries(self, path: Path) -> list["os.DirEntry[str]"]:
        found = []
        with os.scandir(path) as entries:
            for entry in entries:
                self._met += 1
                if self._met > limits.MOST_ENTRIES:
                    raise InputError(
                        f"{shown(path, 400)}: more than {limits.MOST_ENTRIES:,} files and folders are too many; "
                        "use fewer pictures"
                    )
                if not entry.name.startswith("."):
                    found.append(entry)
        return found


def _folder(entry: "os.DirEntry[str]") -> Path:
    if entry.is_symlink():
        raise InputError(
            f"{shown(entry.path, 400)} is a link to a folder, which is not followed; put the folder itself there"
        )
    return Path(entry.path)
