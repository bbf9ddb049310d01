"""Which pictures are meant: in the order of their names, folder by folder, with few names in memory."""

import io
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.errors import InputError
from fivebyfive.prediction import sources
from fivebyfive.prediction.sources import Folder, Listing, Names, Source

FILES = ["a.png", "a/x.png", "a/b/y.JPG", "b.tif", "a b/z.heic", "a-b.pdf", "ä.avif", "Z.gif"]
OTHERS = ["notes.txt", ".hidden.png", ".thumbs/t.png", "a/.DS_Store", "script.png.py"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures in folders, and what is none."""
    for name in [*FILES, *OTHERS]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "nothing")
    return tmp_path


def names(found: object, folder: Path) -> list[str]:
    return [str(Path(one.name).relative_to(folder)) for one in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize("part", [20_000, 2, 1])
def test_a_folders_pictures_come_in_the_order_of_their_paths(
    part: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "PART", part)
    pictures = sorted(folder / name for name in [*FILES, "link.png"])
    assert [Path(one.name) for one in Folder(folder)] == pictures
    assert names(Folder(folder, recursive=False), folder) == sorted(n for n in [*FILES, "link.png"] if "/" not in n)


def test_a_listing_is_what_was_named_in_its_order_every_time(folder: Path) -> None:
    named = Source("-", b"bytes")
    listing = Listing([[named], Folder(folder / "a"), [Source("last.png", Path("last.png"))]])
    for _ in range(2):
        assert [one.name for one in listing] == [
            "-", str(folder / "a" / "b" / "y.JPG"), str(folder / "a" / "x.png"), "last.png"
        ]  # fmt: skip


def test_a_folder_without_pictures_is_told(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match="empty: there are no pictures"):
        Folder(folder / "empty")
    (folder / "empty" / "in it").mkdir()
    (folder / "empty" / "in it" / "a.png").write_bytes(b"")
    with pytest.raises(InputError, match="no-recursive"):
        Folder(folder / "empty", recursive=False)


def test_a_folder_that_goes_away_meanwhile_is_an_error_in_its_place(folder: Path) -> None:
    found = iter(Folder(folder))
    assert next(found).name == str(folder / "Z.gif")
    shutil.rmtree(folder / "a b")
    others = list(found)
    (gone,) = (one for one in others if one.problem)
    assert gone.name == str(folder / "a b")
    assert gone.problem.startswith("this folder cannot be read")
    assert len(others) == len(FILES)


@given(st.lists(st.text(st.characters(exclude_characters="\0\n\r", exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_any_names_come_back_from_a_list(given_names: list[str]) -> None:
    for end in ("\n", "\r\n", "\0"):
        for last in ("", end):
            text = end.join(given_names) + last
            found = [one.name for one in Names(io.BytesIO(text.encode()), "list")]
            assert found == given_names


def test_a_list_is_read_in_blocks_and_a_name_may_lie_over_their_ends() -> None:
    many = [f"folder/{'x' * (n % 300)}{n}.png" for n in range(2000)]
    found = Names(io.BytesIO("\n".join(many).encode()), "list")
    assert [one.name for one in found] == [one.name for one in found] == many


@pytest.mark.parametrize(("text", "says"), [(b"\n\n", "names no pictures"), (b"x" * (1 << 17), "longer than any")])
def test_what_is_no_list_is_told(text: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        list(Names(io.BytesIO(text), "the list"))
