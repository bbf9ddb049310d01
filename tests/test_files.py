"""Atomic writing: a reader meets the old file or the new one, whatever happens in between."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivebyfive import files
from fivebyfive.errors import Failure, InputError
from fivebyfive.files import expect_no_links, make_folder, remove_unfinished, write_atomically, write_json


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


def test_names_with_glob_characters_mean_themselves(tmp_path: Path) -> None:
    other = tmp_path / ".a.json.12345678"
    own = tmp_path / ".[a].json.12345678"
    for path in (other, own):
        path.write_text("half")
    remove_unfinished(tmp_path / "[a].json")
    assert list(tmp_path.iterdir()) == [other]


def test_only_plain_files_are_removed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("years of work")
    (tmp_path / ".a.json.12345678").symlink_to(target)
    (tmp_path / ".a.json.abcdefgh").mkdir()
    before = sorted(tmp_path.iterdir())
    remove_unfinished(tmp_path / "a.json")
    assert sorted(tmp_path.iterdir()) == before


def test_nothing_is_written_through_a_link_or_over_what_is_no_file(tmp_path: Path) -> None:
    target, link, folder, pipe = (tmp_path / name for name in ("target", "link", "folder", "pipe"))
    target.write_text("years of work")
    link.symlink_to(target)
    folder.mkdir()
    os.mkfifo(pipe)
    before = sorted(tmp_path.iterdir())
    for path, says in ((link, "is a symbolic link"), (folder, "is no plain file"), (pipe, "is no plain file")):
        with pytest.raises(InputError, match=says):
            write_json(path, {})
    assert sorted(tmp_path.iterdir()) == before
    assert link.is_symlink()
    assert target.read_text() == "years of work"


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_json(tmp_path / "a.json", {})
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_that_is_replaced_keeps_its_mode_and_is_never_wider_open_meanwhile(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(mode)
    meanwhile = []

    def write(file: Path) -> None:
        file.write_text("new")
        meanwhile.append(file.stat().st_mode & 0o777)

    write_atomically(path, write)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", mode)
    assert meanwhile == [0o600]


def test_the_umask_of_the_process_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the whole process's: another thread's file would get the wrong mode."""
    monkeypatch.setattr(os, "umask", lambda _: pytest.fail("the umask was changed"))
    write_json(tmp_path / "a.json", {})


def test_links_in_a_folder_are_told_and_a_link_to_it_is_the_users_own(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").touch()
    (tmp_path / "latest").symlink_to(folder)
    expect_no_links(tmp_path / "latest")
    (folder / "b").symlink_to(folder / "a")
    with pytest.raises(InputError, match=f"{folder / 'b'} is a symbolic link"):
        expect_no_links(folder)


ELSEWHERE = {
    "cli/printing.py": "standard output, where it was closed",
    "cli/read_out.py": "a table, in the file that write_atomically puts in place",
    "datasets/cache.py": "a folder of its own, which is named when it is whole",
    "datasets/decoded.py": "an array of that folder, or one that goes with its process",
    "datasets/taking.py": "an array of that folder, likewise",
    "endings.py": "a word to the processes of one training, in a folder of theirs",
    "explain/sources/onnx/session.py": "a pipe to a process",
    "explain/sources/keras/files.py": "a copy for Keras, in a folder that goes at once",
    "exporting.py": "the file that write_atomically puts in place",
    "guarding.py": "a pipe to a process",
    "networks/mnist_at_hand.py": "the embedded MNIST, in a folder that goes with its process",
    "networks/quiet.py": "nowhere: what a network prints",
    "prediction/results.py": "a line a file that was read: what is whole of them is gone on with",
    "training/folder.py": "a line of metrics: on the disk before each checkpoint",
    "training/logs/to_csv.py": "a line of the same",
    "trust.py": "a line of the ledger, in one write",
    "views/mistakes.py": "the list that write_atomically puts in place",
    "views/palette.py": "the package's own style sheet, when its colours are changed",
}
"""Where a file is opened to be written outside of `files.py`, and why that harms nobody."""


def writes(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that write into a file, but for what is given to `write_atomically`."""
    if isinstance(tree, ast.Call):
        called = tree.func.attr if isinstance(tree.func, ast.Attribute) else getattr(tree.func, "id", "")
        if called == "write_atomically":
            return
        modes = [n.value for n in (*tree.args, *(k.value for k in tree.keywords)) if isinstance(n, ast.Constant)]
        opens = called in ("open", "fdopen") and any(re.fullmatch(r"[wax]b?\+?|rb?\+b?", str(mode)) for mode in modes)
        low = called == "open" and isinstance(tree.func, ast.Attribute) and ast.unparse(tree.func.value) == "os"
        if opens or low or called in ("write_text", "write_bytes", "memmap", "open_memmap"):
            yield tree
    for child in ast.iter_child_nodes(tree):
        yield from writes(child)


def test_whatever_is_kept_is_written_by_this_file_alone() -> None:
    package = Path(files.__file__).parent
    sources = {path.relative_to(package).as_posix(): path for path in package.rglob("*.py")}
    found = {name for name, path in sources.items() if any(writes(ast.parse(path.read_text(encoding="utf-8"))))}
    assert found - {"files.py"} == ELSEWHERE.keys()
