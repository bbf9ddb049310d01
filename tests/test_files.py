"""Atomic writing: a reader meets the old file or the new one, whatever happens in between."""

from pathlib import Path

import pytest

from fivebyfive.errors import Failure
from fivebyfive.files import make_folder, remove_unfinished, write_atomically, write_json


def test_the_new_file_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    write_json(path, {"é": 1})
    assert path.read_text(encoding="utf-8") == '{\n  "é": 1\n}\n'
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write(file: Path) -> None:
        file.write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_atomically(path, write)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="cannot be written"):
        write_json(tmp_path / "file" / "a.json", {})
    with pytest.raises(Failure, match="cannot be written"):
        make_folder(tmp_path / "file" / "folder")


def test_what_killed_processes_left_half_written_is_removed_and_nothing_else(tmp_path: Path) -> None:
    kept = [tmp_path / name for name in ("a.json", ".b.json.12345678", ".a.json")]
    for path in (*kept, tmp_path / ".a.json.x7_abcde"):
        path.write_text("half")
    remove_unfinished(tmp_path / "a.json")
    assert sorted(tmp_path.iterdir()) == sorted(kept)
