"""A folder with a sub-folder a class: any pictures, one size, three parts that never meet."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fivebyfive import datasets
from fivebyfive.errors import InputError

COLOURS = {"blue sky": (40, 80, 220), "grass": (30, 160, 40), "sand": (220, 200, 120)}


def fill(folder: Path, count: int = 20, sizes: tuple[tuple[int, int], ...] = ((40, 30), (60, 45), (20, 15))) -> Path:
    """`count` pictures of each colour, of changing sizes and formats."""
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for n in range(count):
            picture = Image.new("RGB", sizes[n % len(sizes)], colour)
            picture.putpixel((n % 15, 0), (255, 255, 255))
            picture.save(folder / name / f"{n:03}.{('png', 'jpg', 'bmp')[n % 3]}")
    return folder


def test_classes_are_the_folders_and_size_is_the_median(tmp_path: Path) -> None:
    data = datasets.load(fill(tmp_path / "data"))
    assert data.classes == ("blue sky", "grass", "sand")
    assert data.shape == (30, 40, 3)
    middle = data.train.pixels[data.train.labels == 1][:, 15, 20]
    assert np.abs(middle.astype(int) - COLOURS["grass"]).max() < 12


def test_a_tenth_of_each_class_validates_and_a_tenth_tests_always_the_same(tmp_path: Path) -> None:
    folder = fill(tmp_path / "data")
    data, again = datasets.load(folder), datasets.load(folder)
    assert [len(data.train), len(data.validation), len(data.test)] == [48, 6, 6]
    assert np.bincount(data.test.labels).tolist() == [2, 2, 2]
    assert data.sha256 == again.sha256
    assert np.array_equal(data.test.pixels, again.test.pixels)
    assert not data.own_split
    assert len(data.everything()) == 60


def test_train_and_test_folders_are_what_they_say(tmp_path: Path) -> None:
    fill(tmp_path / "data" / "train")
    fill(tmp_path / "data" / "test", count=4)
    data = datasets.load(tmp_path / "data")
    assert [len(data.train), len(data.validation), len(data.test)] == [54, 6, 12]
    assert data.own_split


def test_grey_pictures_make_a_grey_data_set(tmp_path: Path) -> None:
    for name, level in (("dark", 20), ("light", 230)):
        (tmp_path / name).mkdir()
        for n in range(4):
            Image.new("L", (28, 28), level + n).save(tmp_path / name / f"{n}.png")
    assert datasets.load(tmp_path).shape == (28, 28, 1)


def test_pictures_keep_their_aspect_and_get_the_size_that_is_asked_for(tmp_path: Path) -> None:
    data = datasets.load(fill(tmp_path / "data"), shape=(50, 50, 1))
    assert data.shape == (50, 50, 1)


@pytest.mark.parametrize("kind", ["truncated", "text"])
def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    folder = fill(tmp_path / "data")
    bad = folder / "grass" / "000.png"
    bad.write_bytes(bad.read_bytes()[:60] if kind == "truncated" else b"not a picture")
    with pytest.raises(InputError, match=r"grass/000\.png.*mend it or take it out"):
        datasets.load(folder)


def test_too_few_pictures_of_a_class_are_told(tmp_path: Path) -> None:
    folder = fill(tmp_path / "data")
    for path in sorted((folder / "sand").iterdir())[2:]:
        path.unlink()
    with pytest.raises(InputError, match="2 images of class sand; at least 3"):
        datasets.load(folder)


def test_one_class_only_is_told(tmp_path: Path) -> None:
    folder = fill(tmp_path / "data")
    with pytest.raises(InputError, match="1 class; training needs at least two"):
        datasets.load(_only(folder, "grass"))


def _only(folder: Path, name: str) -> Path:
    for other in folder.iterdir():
        if other.name != name:
            other.rename(folder.parent / other.name)
    return folder


@pytest.mark.parametrize("inside", [[], ["a", "b"]])
def test_a_folder_without_pictures_is_told(tmp_path: Path, inside: list[str]) -> None:
    for name in inside:
        (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="holds no"):
        datasets.load(tmp_path)


def test_a_class_that_is_only_tested_is_told(tmp_path: Path) -> None:
    fill(tmp_path / "data" / "train")
    fill(tmp_path / "data" / "test", count=4)
    (tmp_path / "data" / "train" / "sand").rename(tmp_path / "sand")
    with pytest.raises(InputError, match="class sand, of which there is nothing to train on"):
        datasets.load(tmp_path / "data")


def test_labels_are_counted_anew_for_a_model_that_knows_more(tmp_path: Path) -> None:
    data = datasets.load(fill(tmp_path / "data")).labelled_as(("aspen", "sand", "grass", "blue sky"))
    assert set(data.test.labels.tolist()) == {1, 2, 3}
    with pytest.raises(InputError, match="has the class aspen"):
        data.labelled_as(("sand", "grass", "blue sky"))


def test_the_size_that_was_found_given_again_makes_the_very_same_data(tmp_path: Path) -> None:
    """A run of such a folder is resumed, and evaluated, on pictures of the size that its model has."""
    folder = fill(tmp_path / "data", sizes=((90, 70), (300, 200), (60, 45)))
    data = datasets.load(folder)
    assert datasets.load(folder, data.shape).sha256 == data.sha256
