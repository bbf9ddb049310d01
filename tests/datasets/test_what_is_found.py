"""What is found where a data set lies, and what is said of it before the first step."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fivebyfive import datasets
from fivebyfive.datasets import Dataset, twice
from fivebyfive.errors import InputError
from support import expect_sound

CHANCE = np.random.default_rng(5)
X = CHANCE.integers(0, 256, (60, 16, 16), np.uint8)
NAMES = ("cat", "dog")
EVERY = slice(0, 60)


def files(folder: Path, chosen: slice = EVERY, names: tuple[str, ...] = NAMES) -> Path:
    """Pictures in a folder a class."""
    for n in range(*chosen.indices(len(X))):
        (folder / names[n % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(X[n]).save(folder / names[n % 2] / f"{n}.png")
    return folder


def flat(folder: Path, chosen: slice = EVERY, name: str = "{}.png") -> Path:
    """Pictures in one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(*chosen.indices(len(X))):
        Image.fromarray(X[n]).save(folder / name.format(n))
    return folder


def sizes(data: Dataset) -> list[int]:
    return [len(part) for part in data.parts()]


# --- folders --------------------------------------------------------------------------------------------------------


def _around(place: Path) -> None:
    files(place / "data" / "pets")


def _around_parts(place: Path) -> None:
    for part, chosen in (("train", slice(0, 30)), ("val", slice(30, 50)), ("test", slice(50, 60))):
        files(place / "set" / part, chosen)


def _twice_around(place: Path) -> None:
    files(place / "seg_train" / "seg_train", slice(0, 40))
    files(place / "seg_test" / "seg_test", slice(40, 60))
    flat(place / "seg_pred", slice(0, 5))


def _dev_and_eval(place: Path) -> None:
    for part, chosen in (("TRAIN", slice(0, 30)), ("Dev", slice(30, 50)), ("Eval", slice(50, 60))):
        files(place / part, chosen)


def _test_and_eval(place: Path) -> None:
    for part, chosen in (("train", slice(0, 30)), ("eval", slice(30, 50)), ("test", slice(50, 60))):
        files(place / part, chosen)


def _classes_of_another_case(place: Path) -> None:
    files(place / "train", slice(0, 40))
    files(place / "test", slice(40, 60), ("Cat", "DOG"))


def _unlabelled_test(place: Path) -> None:
    files(place / "train", slice(0, 40))
    flat(place / "test", slice(40, 60))


def _what_systems_leave(place: Path) -> None:
    files(place)
    files(place / "__MACOSX")
    for name in (".DS_Store", "cat/Thumbs.db", "cat/._0.png"):
        (place / name).write_bytes(b"no picture")


def _loose(place: Path) -> None:
    flat(files(place), slice(0, 2))


def _names_begin_with_the_class(place: Path) -> None:
    for n in range(60):
        flat(place / "train", slice(n, n + 1), NAMES[n % 2] + ".{}.jpg")


HERE = "split here: of each class, one image in 10 to choose by and one to report, always the same"
FOLDERS: dict[Callable[[Path], None], tuple[list[int], list[str]]] = {
    _around: ([48, 6, 6], [HERE, "read in X/data/pets, which lies in it"]),
    _around_parts: (
        [30, 20, 10],
        ["split as it comes: train to train on, val to choose by, test to report", "read in X/set, which lies in it"],
    ),
    _twice_around: (
        [36, 4, 20],
        [
            "split as it comes: seg_test is reported; of seg_train, one image in 10 of each class is kept apart to "
            "choose by",
            "left out: 1 folder that is none of the parts: X/seg_pred (5)",
        ],
    ),
    _dev_and_eval: ([30, 20, 10], ["split as it comes: TRAIN to train on, Dev to choose by, Eval to report"]),
    _test_and_eval: ([30, 20, 10], ["split as it comes: train to train on, eval to choose by, test to report"]),
    _classes_of_another_case: (
        [36, 4, 20],
        ["split as it comes: test is reported; of train, one image in 10 of each class is kept apart to choose by"],
    ),
    _unlabelled_test: ([32, 4, 4], [HERE, "left out: 1 folder without labels: X/test (20 pictures)"]),
    _what_systems_leave: ([48, 6, 6], [HERE, "left out: 1 file that is no picture: X/cat/Thumbs.db"]),
    _loose: (
        [48, 6, 6],
        [HERE, "left out: 2 pictures that lie in the folder of no class: X/0.png, X/1.png"],
    ),
    _names_begin_with_the_class: (
        [48, 6, 6],
        [HERE, "guessed: the classes are how the names of files begin: cat…, dog…"],
    ),
}


@pytest.mark.parametrize("make", FOLDERS, ids=lambda make: make.__name__)
def test_folders_are_read_rightly_and_said_so(tmp_path: Path, make: Callable[[Path], None]) -> None:
    expected, said = FOLDERS[make]
    make(tmp_path)
    data = datasets.load(tmp_path)
    expect_sound(data)
    assert data.classes == NAMES
    assert sizes(data) == expected
    assert [note.replace(str(tmp_path), "X") for note in data.notes] == said


def _nothing_to_train_on(place: Path) -> None:
    files(place / "val", slice(0, 20))
    files(place / "test", slice(20, 40))


def _no_labels(place: Path) -> None:
    flat(place, slice(0, 9))


def _no_labels_in_parts(place: Path) -> None:
    flat(place / "train", slice(0, 9))
    flat(place / "test", slice(9, 12))


def _the_same_part_twice(place: Path) -> None:
    for part in ("train", "test", "testing", "val"):
        files(place / part, slice(0, 20))


def _an_empty_part(place: Path) -> None:
    files(place / "train")
    (place / "test").mkdir()


def _a_class_of_other_files(place: Path) -> None:
    files(place)
    (place / "eel").mkdir()
    (place / "eel" / "1.svg").write_bytes(b"no picture")


def _pickles(place: Path) -> None:
    (place / "cifar-10-batches-py").mkdir()
    (place / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"no picture")


WRONG: dict[Callable[[Path], None], str] = {
    _nothing_to_train_on: "holds test, val, but nothing to train on",
    _no_labels: "holds 9 pictures, 0.png, 1.png and 7 more, but nothing that says what they show",
    _no_labels_in_parts: "holds 12 pictures, 10.png, 11.png and 10 more, but nothing that says what they show",
    _the_same_part_twice: "test and testing would be the same part",
    _an_empty_part: "test is a part without pictures; put some there, or remove it",
    _a_class_of_other_files: "eel holds no picture that can be read, but 1.svg: 0 images of class eel",
    _pickles: "holds CIFAR's batches as pickles",
}


@pytest.mark.parametrize("make", WRONG, ids=lambda make: make.__name__)
def test_a_wrong_folder_gets_its_sentence(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path)
    with pytest.raises(InputError) as told:
        datasets.load(tmp_path)
    assert WRONG[make] in str(told.value)


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.pkl", "a.h5", "a.npy", "a.parquet"])
def test_files_that_are_not_read_say_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"anything")
    with pytest.raises(InputError, match=r"unpack it|numpy.savez|fivebyfive.train"):
        datasets.load(tmp_path / name)


# --- words ----------------------------------------------------------------------------------------------------------


def test_classes_are_counted(tmp_path: Path) -> None:
    data = datasets.load(files(tmp_path))
    assert data.in_words().endswith("2 classes: cat, dog; 30 images of each")
    shutil.rmtree(tmp_path / "dog")
    files(tmp_path, slice(0, 30))
    assert datasets.load(tmp_path).in_words().endswith("2 classes: cat: 30, dog: 15")


def test_a_thousand_classes_are_one_short_line(tmp_path: Path) -> None:
    x = np.zeros((3001, 4, 4), np.uint8)
    np.savez(tmp_path / "data.npz", images=x, labels=[f"n{n % 1000:04}" for n in range(3001)])
    said = datasets.load(tmp_path / "data.npz").in_words()
    assert "1,000 classes of 3 (n0001) to 4 (n0000) images: n0000, n0001, " in said
    assert said.endswith(", …")
    assert len(said) < 300


def test_a_class_that_a_part_lacks_is_told(tmp_path: Path) -> None:
    files(tmp_path / "train", slice(0, 40))
    files(tmp_path / "test", slice(40, 60))
    shutil.rmtree(tmp_path / "test" / "dog")
    assert datasets.load(tmp_path).found()[-1] == "nothing to report of dog"


def test_pictures_in_two_parts_and_in_two_classes_are_a_warning(tmp_path: Path) -> None:
    files(tmp_path / "train", slice(0, 40))
    files(tmp_path / "val", slice(40, 50))
    files(tmp_path / "test", slice(36, 60))
    shutil.copy(tmp_path / "train" / "cat" / "0.png", tmp_path / "train" / "dog" / "other.png")
    assert twice.found(datasets.load(tmp_path)) == (
        "warning: 4 of 24 images to report are among those to train on too",
        "warning: 1 image is in several classes",
    )
