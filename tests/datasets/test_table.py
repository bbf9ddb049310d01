"""Images in one file, .npz or CSV: as Keras and Kaggle give them; what is wrong is named before any training."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fivebyfive import datasets
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError

CHANCE = np.random.default_rng(0)
X = CHANCE.integers(0, 256, (40, 8, 8), np.uint8)
Y = np.arange(40) % 4


def npz(path: Path, **arrays: Any) -> Path:
    np.savez(path / "data.npz", **arrays)
    return path / "data.npz"


def test_keras_names(tmp_path: Path) -> None:
    data = datasets.load(npz(tmp_path, x_train=X, y_train=Y, x_test=X[:9], y_test=Y[:9]))
    assert data.shape == (8, 8, 1)
    assert [len(data.train), len(data.validation), len(data.test)] == [36, 4, 9]
    assert np.array_equal(data.test.pixels[..., 0], X[:9])
    assert np.array_equal(data.test.labels, Y[:9])


@pytest.mark.parametrize(("x", "y"), [("images", "labels"), ("x", "y"), ("X", "y"), ("data", "target")])
def test_one_pair_is_split(tmp_path: Path, x: str, y: str) -> None:
    data = datasets.load(npz(tmp_path, **{x: X, y: Y}))
    assert [len(data.train), len(data.validation), len(data.test)] == [32, 4, 4]


def test_floats_from_0_to_1_are_bytes_divided_by_255(tmp_path: Path) -> None:
    data = datasets.load(npz(tmp_path, x_train=X / 255, y_train=Y, x_test=X[:9] / 255, y_test=Y[:9]))
    assert np.array_equal(data.test.pixels[..., 0], X[:9])


def test_names_and_numbers_with_gaps_are_classes(tmp_path: Path) -> None:
    names = np.array(["cat", "dog", "eel", "fox"])[Y]
    assert datasets.load(npz(tmp_path, images=X, labels=names)).classes == ("cat", "dog", "eel", "fox")
    assert datasets.load(npz(tmp_path, images=X, labels=Y * 5 + 2)).classes == ("2", "7", "12", "17")


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"pictures": X}, "holds pictures; x_train"),
        ({"images": X, "labels": Y[:39]}, "40 images but 39 labels"),
        ({"images": X[:, 0], "labels": Y}, r"images has shape \[40, 8\]"),
        ({"images": X - 300.0, "labels": Y}, "images goes from -300 to -45"),
        ({"images": np.full(X.shape, np.nan), "labels": Y}, "images goes from nan"),
        ({"images": X, "labels": Y + 0.5}, "neither whole numbers nor names"),
        ({"images": X, "labels": Y - 1}, "label -1"),
        ({"images": X, "labels": Y * 10_000}, "label 30000"),
        ({"images": X, "labels": Y * 0}, "1 class"),
        ({"images": X[:9], "labels": Y[:9]}, "2 images of class 1"),
        ({"images": X, "labels": np.ones((40, 3))}, "labels has 3 columns, and 3 to 3 labels an image"),
        ({"x_train": X, "y_train": Y, "x_test": X[:4], "y_test": Y[:4] + 9}, "y_test has the label 9"),
        ({"x_train": X, "y_train": Y, "x_test": X[:4, 1:], "y_test": Y[:4]}, "x_test of"),
    ],
)
def test_what_is_wrong_with_an_npz_is_told(tmp_path: Path, arrays: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        datasets.load(npz(tmp_path, **arrays))


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.path), "w"))


def test_an_npz_runs_no_code(tmp_path: Path) -> None:
    assert pickle.loads(pickle.dumps(Trap(tmp_path / "proof"))).close() is None
    trap = np.array([Trap(tmp_path / "sprung")], object)
    with pytest.raises(InputError, match="cannot be read"):
        datasets.load(npz(tmp_path, images=trap, labels=Y))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"PK\3\4 half", b"not a zip"])
def test_a_damaged_npz_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"data\.npz cannot be read"):
        datasets.load(tmp_path / "data.npz")


def csv(path: Path, text: str) -> Path:
    (path / "data.csv").write_text(text)
    return path / "data.csv"


def lines(pixels: int = 784, labels: tuple[int, ...] = (0, 1, 2) * 4) -> str:
    return "".join(f"{label},{','.join(['7'] * pixels)}\n" for label in labels)


def test_a_csv_as_kaggle_gives_mnist(tmp_path: Path, digits: Dataset) -> None:
    header = "label," + ",".join(f"pixel{n}" for n in range(784))
    rows = [
        f"{digits.test.labels[n]}," + ",".join(map(str, digits.test.pixels[n].reshape(-1).tolist())) for n in range(200)
    ]
    data = datasets.load(csv(tmp_path, "\n".join([header, *rows])))
    assert data.shape == (28, 28, 1)
    assert data.classes == digits.classes
    everything = data.everything()
    order = np.lexsort(everything.pixels.reshape(200, -1).T)
    expected = digits.test.pixels[:200]
    assert np.array_equal(everything.pixels[order], expected[np.lexsort(expected.reshape(200, -1).T)])


def test_a_csv_without_a_header_and_in_colour(tmp_path: Path) -> None:
    assert datasets.load(csv(tmp_path, lines(pixels=48))).shape == (4, 4, 3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no images|expected"),
        ("label\n", "holds no images|expected"),
        (lines(783), "783 pixels a line make no square picture"),
        (lines() + "1,2,3\n", "a label and its pixels a line were expected"),
        (lines() + "1," + "x," * 783 + "5\n", "a label and its pixels a line were expected"),
        (lines(labels=(0, 1, -4) * 4), "label -4"),
        (lines().replace("7", "300"), "300"),
    ],
)
def test_what_is_wrong_with_a_csv_is_told(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        datasets.load(csv(tmp_path, text))


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "data.xls").touch()
    with pytest.raises(InputError, match=r"no folder, \.npz or \.csv file"):
        datasets.load(tmp_path / "data.xls")
