"""The pictures in a folder of folders: bounded in number and depth, links to folders and what is no file named."""

import os
from pathlib import Path

from fivebyfive.datasets import limits
from fivebyfive.datasets.limits import shown
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import SUFFIXES

DEEPEST = 32
"""Folders in folders, below a class."""


class Tree:
    """Looks into the folders of one data set, and counts what it meets."""

    def __init__(self) -> None:
        self._met = 0

    def folders(self, path: Path) -> list[Path]:
        """The folders in `path` that may be classes or parts, by name; hidden ones and ``__…`` are left out.

        Raises:
            InputError: one is a link, or there is far too much in `path`.
        """
        return sorted(self._folder(e) for e in self._entries(path) if e.is_dir() and not e.name.startswith("__"))

    def pictures(self, path: Path) -> list[Path]:
        """Every picture file below `path`, by its ending, in the order of their names; hidden ones are left out.

        Raises:
            InputError: a folder is a link or lies too deep, a picture is no file, or there are far too many.
        """
        found, waiting = [], [(path, 1)]
        while waiting:
            folder, depth = waiting.pop()
            if depth > DEEPEST:
                raise InputError(f"{shown(folder, 400)} lies in more than {DEEPEST} folders; put pictures less deep")
            for entry in self._entries(folder):
                if entry.is_dir():
                    waiting.append((self._folder(entry), depth + 1))
                elif Path(entry.name).suffix.lower() in SUFFIXES:
                    if not entry.is_file():
                        raise InputError(f"{shown(entry.path, 400)} is no file; take it out of the folder")
                    found.append(Path(entry.path))
        return sorted(found)

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

    @staticmethod
    def _folder(entry: "os.DirEntry[str]") -> Path:
        if entry.is_symlink():
            raise InputError(
                f"{shown(entry.path, 400)} is a link to a folder, which is not followed; put the folder itself there"
            )
        return Path(entry.path)
