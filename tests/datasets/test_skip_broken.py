"""Pictures that cannot be read are an error, or left out and named, as one says."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fivebyfive import datasets
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.training import folder
from fivebyfive.training.recipe import get
from fivebyfive.training.run import resume, train
from support import StopAt, expect_sound, weights


def picture(path: Path, n: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((16, 16), n, np.uint8)).save(path)


def bad(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes of twelve pictures each, whose grey says which one it is."""
    for n in range(24):
        picture(tmp_path / "data" / ("ab"[n % 2]) / f"{n:02}.png", 10 * n)
    return tmp_path / "data"


def same(one: Dataset, other: Dataset) -> bool:
    return one.sha256 == other.sha256 and bool(np.array_equal(one.train.labels, other.train.labels))


def test_what_is_left_out_is_named_and_the_rest_is_as_if_it_were_not_there(pictures: Path) -> None:
    sound = datasets.load(pictures)
    files = [bad(pictures / "a" / "00-bad.png"), bad(pictures / "b" / "05-bad.jpg")]
    with pytest.raises(InputError, match="2 cannot be read: also .*05-bad.jpg.*; mend .* or leave them out: --skip-b"):
        datasets.load(pictures)
    data = datasets.load(pictures, skip_broken=True)
    expect_sound(data)
    assert data.left_out == tuple(map(str, files))
    assert data.left_out_in_words() == f"2 files that cannot be read are left out: {files[0]}, {files[1]}"
    assert same(data, sound)


def test_pictures_in_parts_are_left_out_of_each(pictures: Path, tmp_path: Path) -> None:
    for n in range(6):
        picture(tmp_path / "parts" / "test" / "ab"[n % 2] / f"{n}.png", 10 * n)
    pictures.rename(tmp_path / "parts" / "train")
    sound = datasets.load(tmp_path / "parts")
    for part in ("train", "test"):
        bad(tmp_path / "parts" / part / "b" / "0.png")
    data = datasets.load(tmp_path / "parts", skip_broken=True)
    assert len(data.left_out) == 2
    assert same(data, sound)


def test_a_whole_folder_leaves_nothing_out(pictures: Path) -> None:
    assert datasets.load(pictures, skip_broken=True).left_out == ()


def test_many_are_counted_and_the_first_are_named(pictures: Path) -> None:
    for n in range(9):
        bad(pictures / "a" / f"bad{n}.png")
    said = datasets.load(pictures, skip_broken=True).left_out_in_words()
    assert said.startswith("9 files that cannot be read are left out: ")
    assert said.endswith("bad4.png and 4 more")


def test_where_nothing_can_be_read_there_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    for n in range(6):
        bad(tmp_path / "ab"[n % 2] / f"{n}.png")
    with pytest.raises(InputError, match="6 cannot be read") as told:
        datasets.load(tmp_path, skip_broken=True)
    assert "--skip-broken" not in str(told.value)


def test_a_class_of_which_too_little_is_left_is_told(pictures: Path) -> None:
    for file in sorted((pictures / "a").iterdir())[:10]:
        bad(file)
    with pytest.raises(InputError, match="2 images of class a; at least 3"):
        datasets.load(pictures, skip_broken=True)


def test_a_stopped_run_goes_on_without_the_same_pictures(pictures: Path, tmp_path: Path) -> None:
    bad(pictures / "a" / "bad.png")
    recipe = get("classic", samples=90, batch_size=10)
    train("perceptron", pictures, recipe, skip_broken=True, out=tmp_path / "whole")
    train("perceptron", pictures, recipe, skip_broken=True, out=tmp_path / "run", reporter=StopAt(4))
    with folder.unfinished(tmp_path / "run") as plan:
        assert plan.skip_broken
    assert resume(tmp_path / "run").finished
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")
