"""Where an article is written nothing else is touched, and figures that are not its own stay as they are."""

from pathlib import Path

import pytest

from fivebyfive.errors import InputError
from fivebyfive.explain import Trace


def test_figures_lie_beside_the_text_and_old_ones_go(traced: dict[str, Trace], tmp_path: Path) -> None:
    path = tmp_path / "net.md"
    traced["conv_net"].to_post(path)
    figures = {entry.name for entry in (tmp_path / "net_files").iterdir()}
    assert {"window.svg", "dropout.svg"} <= figures
    traced["residual"].to_post(path)
    after = {entry.name for entry in (tmp_path / "net_files").iterdir()}
    assert "batch-norm.svg" in after
    assert "dropout.svg" not in after
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["net.md", "net_files"]


def test_a_page_makes_no_folder(traced: dict[str, Trace], tmp_path: Path) -> None:
    traced["residual"].to_post(str(tmp_path / "net.html"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.html"]


@pytest.mark.parametrize("name", ["mine.txt", "mine.svg", "trace.md"])
def test_a_folder_of_somebody_else_is_refused_before_anything_is_written(
    traced: dict[str, Trace], tmp_path: Path, name: str
) -> None:
    other = tmp_path / "net_files" / name
    other.parent.mkdir()
    other.write_text("<svg>mine</svg>")
    with pytest.raises(InputError, match=rf"net_files holds {name}, which is no figure of an article"):
        traced["residual"].to_post(tmp_path / "net.md")
    assert other.read_text() == "<svg>mine</svg>"
    assert not (tmp_path / "net.md").exists()


def test_a_folder_is_not_reached_through_a_link(traced: dict[str, Trace], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "net_files").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is no folder"):
        traced["residual"].to_post(tmp_path / "net.md")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("name", ["net.txt", "net", "net.pdf"])
def test_the_ending_says_what_is_written(traced: dict[str, Trace], tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"an article is written as \.md, \.html or \.ipynb"):
        traced["residual"].to_post(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
