"""Data sets as people have them: names of parts and files, scales of numbers, labels in any column."""

import csv
import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from fivebyfive import datasets
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError

CHANCE = np.random.default_rng(3)
X = np.where(CHANCE.random((120, 8, 8)) < 0.5, 255, CHANCE.integers(0, 90, (120, 8, 8))).astype(np.uint8)
Y = np.arange(120) % 3
NAMES = ("both", "lying", "standing")


def files(folder: Path, chosen: slice) -> None:
    for n in range(*chosen.indices(len(X))):
        (folder / NAMES[Y[n]]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(X[n]).resize((16, 16)).save(folder / NAMES[Y[n]] / f"{n}.png")


def sizes(data: Dataset) -> list[int]:
    return [len(data.train), len(data.validation), len(data.test)]


FIRST, MIDDLE, LAST = slice(0, 60), slice(60, 90), slice(90, 120)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("train", "test"), [54, 6, 30]),
        (("training", "testing"), [54, 6, 30]),
        (("TRAIN", "TEST"), [54, 6, 30]),
        (("train", "valid"), [54, 6, 30]),
        (("Train", "Validation"), [54, 6, 30]),
        (("train", "test", "val"), [60, 30, 30]),
        (("Train", "Test", "Valid"), [60, 30, 30]),
    ],
)
def test_parts_are_what_their_names_say_in_any_spelling(
    tmp_path: Path, parts: tuple[str, ...], expected: list[int]
) -> None:
    for part, chosen in zip(parts, (FIRST, LAST, MIDDLE), strict=False):
        files(tmp_path / part, chosen)
    data = datasets.load(tmp_path)
    assert data.classes == NAMES
    assert data.own_split
    assert sizes(data) == expected


def test_a_test_part_beside_the_classes_is_no_class(tmp_path: Path) -> None:
    files(tmp_path, slice(0, 90))
    files(tmp_path / "test", LAST)
    data = datasets.load(tmp_path)
    assert data.classes == NAMES
    assert sizes(data) == [81, 9, 30]


def test_a_class_that_happens_to_be_called_test_is_one(tmp_path: Path) -> None:
    files(tmp_path, FIRST)
    (tmp_path / "both").rename(tmp_path / "test")
    assert datasets.load(tmp_path).classes == ("lying", "standing", "test")


def test_a_train_part_alone_is_split(tmp_path: Path) -> None:
    files(tmp_path / "train", FIRST)
    data = datasets.load(tmp_path)
    assert data.classes == NAMES
    assert sizes(data) == [48, 6, 6]


# --- scales ---------------------------------------------------------------------------------------------------------

BINARY = np.where(X > 128, 255, 0).astype(np.uint8)


def npz(path: Path, x: npt.NDArray[Any]) -> Path:
    np.savez(path / "data.npz", x_train=x[:90], y_train=Y[:90], x_test=x[90:], y_test=Y[90:])
    return path / "data.npz"


@pytest.mark.parametrize(
    ("values", "pixels"),
    [
        (X, X),
        (X.astype(np.float64), X),
        (X / 255, X),
        ((X / 255).astype(np.float16), X),
        (X / 255 * (1 + 4e-16) + 2e-16, X),
        (X / 255 - 1e-9, X),
        (BINARY > 0, BINARY),
        ((BINARY > 0).astype(np.int64), BINARY),
        ((BINARY > 0).astype(np.uint8), BINARY),
    ],
)
def test_numbers_from_0_to_1_of_any_type_and_bytes_are_the_same_pictures(
    tmp_path: Path, values: npt.NDArray[Any], pixels: npt.NDArray[np.uint8]
) -> None:
    assert np.array_equal(datasets.load(npz(tmp_path, values)).test.pixels[..., 0], pixels[90:])


def test_the_scale_is_that_of_the_training_images(tmp_path: Path) -> None:
    values = X.copy()
    values[90:] = values[90:] > 200  # bytes, nearly black
    assert datasets.load(npz(tmp_path, values)).test.pixels.max() == 1


@pytest.mark.parametrize("highest", [2, 15, 16, 63])
def test_a_scale_of_its_own_is_refused_and_said(tmp_path: Path, highest: int) -> None:
    with pytest.raises(InputError, match=f"x_train goes from 0 to {highest} only"):
        datasets.load(npz(tmp_path, np.rint(X / 255 * highest).astype(np.int64)))


# --- names of arrays and files --------------------------------------------------------------------------------------


def test_medmnists_names_and_columns_of_labels(tmp_path: Path) -> None:
    parts = {"train": FIRST, "val": MIDDLE, "test": LAST}
    arrays: dict[str, Any] = {f"{part}_images": X[chosen] for part, chosen in parts.items()}
    arrays |= {f"{part}_labels": Y[chosen, None] for part, chosen in parts.items()}
    np.savez(tmp_path / "data.npz", **arrays)
    data = datasets.load(tmp_path / "data.npz")
    assert np.array_equal(data.train.pixels[..., 0], X[FIRST])
    assert np.array_equal(data.validation.labels, Y[MIDDLE])
    assert np.array_equal(data.test.pixels[..., 0], X[LAST])


def idx(path: Path, array: npt.NDArray[Any], pack: Callable[[bytes], bytes] = gzip.compress) -> None:
    header = struct.pack(f">{1 + array.ndim}I", 2048 + array.ndim, *array.shape)
    path.write_bytes(pack(header + array.astype(np.uint8).tobytes()))


def test_idx_names_with_dots(tmp_path: Path) -> None:
    for part, chosen in (("train", FIRST), ("t10k", LAST)):
        idx(tmp_path / f"{part}-images.idx3-ubyte", X[chosen], bytes)
        idx(tmp_path / f"{part}-labels.idx1-ubyte", Y[chosen], bytes)
    assert sizes(datasets.load(tmp_path)) == [55, 5, 30]


def emnist(folder: Path, mapping: str | None) -> Path:
    for part, chosen in (("train", FIRST), ("test", LAST)):
        idx(folder / f"emnist-letters-{part}-images-idx3-ubyte.gz", X[chosen].transpose(0, 2, 1))
        idx(folder / f"emnist-letters-{part}-labels-idx1-ubyte.gz", Y[chosen] + 1)
    if mapping is not None:
        (folder / "emnist-letters-mapping.txt").write_text(mapping)
    return folder


def test_emnist_is_turned_upright_and_its_classes_are_characters(tmp_path: Path) -> None:
    data = datasets.load(emnist(tmp_path, "1 65 97\n2 66 98\n3 67 99\n"))
    assert data.classes == ("A", "B", "C")
    assert np.array_equal(data.test.pixels[..., 0], X[LAST])
    assert np.array_equal(data.test.labels, Y[LAST])


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("1 65\n2\n", "mapping.txt cannot be read"),
        ("1 65\n2 99999999999\n", "mapping.txt cannot be read"),
        ("ä", "mapping.txt cannot be read"),
        ("1 65\n2 65\n", "two classes of the same name"),
        ("1 10\n", r"a class called '\\n'"),
    ],
)
def test_a_damaged_mapping_is_told(tmp_path: Path, mapping: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        datasets.load(emnist(tmp_path, mapping))


def test_without_a_mapping_classes_are_numbers(tmp_path: Path) -> None:
    assert datasets.load(emnist(tmp_path, None)).classes == ("1", "2", "3")


def test_two_kinds_of_emnist_in_one_folder_are_told(tmp_path: Path) -> None:
    emnist(tmp_path, None)
    idx(tmp_path / "emnist-digits-train-images-idx3-ubyte.gz", X)
    with pytest.raises(InputError, match="holds emnist-digits and emnist-letters"):
        datasets.load(tmp_path)


@pytest.mark.parametrize("place", [0, 40, 64])
@pytest.mark.parametrize("name", ["label", "Class", "target"])
def test_the_column_of_labels_is_found_by_its_name(tmp_path: Path, place: int, name: str) -> None:
    with (tmp_path / "data.csv").open("w", newline="") as file:
        write = csv.writer(file)
        write.writerow(np.insert([f"pixel{n}" for n in range(64)], place, name))
        write.writerows(np.insert(X.reshape(120, 64).astype(int), place, Y, axis=1).tolist())
    data = datasets.load(tmp_path / "data.csv")
    assert data.classes == ("0", "1", "2")
    assert sorted(p.tobytes() for p in data.everything().pixels) == sorted(p.tobytes() for p in X)
