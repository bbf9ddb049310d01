"""Folders that nobody expects: each is bounded, never waited for, and told in one line that names the place."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from fivebyfive import datasets
from fivebyfive.datasets import limits, tree
from fivebyfive.errors import InputError
from support import expect_sound


def fill(folder: Path, *classes: str, count: int = 4) -> Path:
    for level, name in enumerate(classes or ("a", "b")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for n in range(count):
            Image.new("L", (16, 16), 60 * level + n).save(folder / name / f"{n}.png")
    return folder


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "a" / "pipe.png")


def _dangling(folder: Path) -> None:
    (folder / "a" / "nowhere.png").symlink_to("nothing")


def _a_way_back(folder: Path) -> None:
    (folder / "a" / "back").symlink_to(folder)


def _class_is_a_link(folder: Path) -> None:
    outside = fill(folder.parent / "outside")
    (folder / "c").symlink_to(outside / "a")


def _itself(folder: Path) -> None:
    (folder / "a" / "self.png").symlink_to("self.png")


def _deep(folder: Path) -> None:
    place = folder / "a"
    for _ in range(tree.DEEPEST + 1):
        place /= "d"
    place.mkdir(parents=True)


def _line_end(folder: Path) -> None:
    fill(folder, "c\nerror: nothing")


def _control(folder: Path) -> None:
    fill(folder, "c\x1b[2J")


def _no_text(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff\xfe")).mkdir()
    for n in range(4):
        Image.new("L", (16, 16)).save(folder / os.fsdecode(b"\xff\xfe") / f"{n}.png")


def _bad_file_with_a_name_of_no_text(folder: Path) -> None:
    (folder / "a" / os.fsdecode(b"\xff\n.png")).write_bytes(b"no picture")


def _empty_class(folder: Path) -> None:
    (folder / "c").mkdir()


STRANGE: dict[Callable[[Path], None], str] = {
    _pipe: "a/pipe.png is no file",
    _dangling: "a/nowhere.png is no file",
    _a_way_back: "a/back is a link to a folder",
    _class_is_a_link: "c is a link to a folder",
    _itself: "a/self.png cannot be read (Too many levels of symbolic links)",
    _deep: "lies in more than 32 folders",
    _line_end: r"a class called 'c\nerror: nothing'",
    _control: r"a class called 'c\x1b[2J'",
    _no_text: r"a class called '\udcff\udcfe'",
    _bad_file_with_a_name_of_no_text: r"a/\udcff\n.png: this is not a picture",
    _empty_class: "0 images of class c",
}


@pytest.mark.parametrize("make", STRANGE, ids=lambda make: make.__name__)
def test_a_strange_folder_is_told(tmp_path: Path, make: Callable[[Path], None]) -> None:
    folder = fill(tmp_path / "data")
    make(folder)
    with pytest.raises(InputError) as error:
        datasets.load(folder)
    assert STRANGE[make] in str(error.value)
    assert str(error.value).isprintable()


def test_too_many_files_are_told_before_one_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(tmp_path / "data", count=20)
    (folder / "a" / "0.png").write_bytes(b"no picture")
    monkeypatch.setattr(limits, "MOST_ENTRIES", 30)
    with pytest.raises(InputError, match="more than 30 files and folders are too many"):
        datasets.load(folder)


@pytest.mark.parametrize("closed", [".", "a"])
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, closed: str) -> None:
    folder = fill(tmp_path / "data")
    (folder / closed).chmod(0)
    user = os.geteuid()
    if user == 0:  # whom no permission stops
        for place in (folder, *folder.parents):
            if place.is_relative_to(tmp_path.parent.parent) and place != folder / closed:
                place.chmod(0o755)
        (folder / closed).chmod(0)
        os.seteuid(65534)
    try:
        with pytest.raises(InputError, match="cannot be read .Permission denied.; check the path"):
            datasets.load(folder)
    finally:
        os.seteuid(user)
        (folder / closed).chmod(0o755)


@pytest.mark.parametrize("name", ["data.npz", "data.csv", "data"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="is no folder"):
        datasets.load(tmp_path / name)


def test_a_name_that_is_too_long_is_told() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        datasets.load("x" * 5000)


def test_what_lies_deeper_and_links_to_files_are_read_and_what_is_hidden_is_not(tmp_path: Path) -> None:
    folder = fill(tmp_path / "data")
    (folder / "a" / "more").mkdir()
    Image.new("L", (16, 16), 77).save(folder / "a" / "more" / "deep.png")
    (folder / "a" / "link.png").symlink_to(folder / "a" / "more" / "deep.png")
    (folder / "a" / ".hidden.png").write_bytes(b"no picture")
    (folder / "a" / ".cache").mkdir()
    (folder / "a" / ".cache" / "x.png").write_bytes(b"no picture")
    (folder / "__MACOSX").mkdir()
    assert len(datasets.load(folder).everything()) == 10


def test_names_of_every_script_are_good(tmp_path: Path) -> None:
    names = ("می\u200cخواهم", "猫", "👩\u200d🔬", "naïve café")
    assert set(datasets.load(fill(tmp_path / "data", *names)).classes) == set(names)


def test_channels_that_no_picture_has_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1, 3 or 4 channels; 2 were asked for"):
        datasets.load(fill(tmp_path / "data"), (16, 16, 2))


NAMES = st.text(st.characters(blacklist_characters="/\0"), min_size=1, max_size=5) | st.sampled_from(
    ["train", "Test", "val", "a", "b", ".hidden", "__x", "train-images-idx3-ubyte"]
)
TREES = st.recursive(
    st.sampled_from(["grey.png", "colour.JPG", "bad.png", "notes.txt"]),
    lambda inside: st.dictionaries(NAMES.filter(lambda n: n not in (".", "..")), inside, max_size=4),
    max_leaves=25,
)


def plant(folder: Path, tree: dict[str, Any] | str) -> None:
    if isinstance(tree, dict):
        folder.mkdir()
        for name, inside in tree.items():
            plant(folder / name, inside)
        return
    folder.mkdir()
    for n in range(3):
        file = folder / f"{n}{tree}"
        if tree in ("grey.png", "colour.JPG"):
            Image.new("L" if tree == "grey.png" else "RGB", (20, 17 + n)).save(file)
        else:
            file.write_bytes(b"nothing")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES.filter(lambda n: n not in (".", "..")), TREES, max_size=4))
def test_any_tree_of_folders_is_sound_data_or_one_line(tree: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        try:
            plant(folder, tree)
        except (OSError, UnicodeEncodeError):  # a name that this file system cannot have
            assume(False)
        try:
            data = datasets.load(folder)
        except InputError as error:
            line = str(error)
        else:
            expect_sound(data)
            line = "sound"
        assert line.isprintable()


def test_every_bad_file_is_counted_and_the_first_are_named(tmp_path: Path) -> None:
    folder = fill(tmp_path / "data")
    for n in range(9):
        (folder / "b" / f"bad{n}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    with pytest.raises(InputError) as error:
        datasets.load(folder)
    line = str(error.value)
    assert all(f"b/bad{n}.png" in line for n in range(5))
    assert "bad5" not in line
    assert "9 cannot be read" in line
    assert "and 4 more" in line
    assert line.endswith("mend them or take them out of the folder, or leave them out: --skip-broken")
