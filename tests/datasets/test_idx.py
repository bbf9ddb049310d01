"""IDX files: what is right loads the same, gzip or not; what is wrong is named, in one line."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fivebyfive import datasets
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from support import write_idx

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"


def test_files_of_ones_own_load_gzip_or_not(idx_folder: Path) -> None:
    data = datasets.load(idx_folder)
    assert data.shape == (28, 28, 1)
    assert (len(data.train), len(data.validation), len(data.test)) == (550, 50, 120)
    assert data.classes == tuple("0123456789")


def test_the_last_twelfth_is_kept_for_validation(idx_folder: Path) -> None:
    data = datasets.load(idx_folder)
    both = np.concatenate([data.train.pixels, data.validation.pixels])[..., 0]
    assert np.array_equal(
        both, np.frombuffer((idx_folder / TRAIN_IMAGES).read_bytes()[16:], np.uint8).reshape(-1, 28, 28)
    )


def test_the_fingerprint_tells_other_data_apart(idx_folder: Path) -> None:
    before = datasets.load(idx_folder).sha256
    shutil.copy(idx_folder / "t10k-labels-idx1-ubyte", idx_folder / "kept")
    labels = np.frombuffer((idx_folder / "kept").read_bytes()[8:], np.uint8).copy()
    labels[0] = (labels[0] + 1) % 10
    write_idx(idx_folder / "t10k-labels-idx1-ubyte", labels)
    assert datasets.load(idx_folder).sha256 != before


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 8)


def _too_long(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\1")


def _half_a_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6])


def _claims_too_much(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4] + b"\xff" * 12)


@pytest.mark.parametrize("name", [TRAIN_IMAGES, TRAIN_LABELS])
@pytest.mark.parametrize("damage", [_truncate, _empty, _garbage, _too_long, _half_a_header, _claims_too_much])
def test_a_damaged_file_is_named(idx_folder: Path, name: str, damage: Callable[[Path], None]) -> None:
    damage(idx_folder / name)
    with pytest.raises(InputError, match=name) as error:
        datasets.load(idx_folder)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(idx_folder: Path) -> None:
    (idx_folder / TRAIN_LABELS).unlink()
    with pytest.raises(InputError, match="train-labels-idx1-ubyte is missing"):
        datasets.load(idx_folder)


def test_images_in_the_place_of_labels_are_told(idx_folder: Path) -> None:
    shutil.copy(idx_folder / TRAIN_IMAGES, idx_folder / TRAIN_LABELS)
    with pytest.raises(InputError, match="begins with 2051, but IDX labels begin with 2049"):
        datasets.load(idx_folder)


def test_images_and_labels_of_different_length_are_told(idx_folder: Path) -> None:
    write_idx(idx_folder / TRAIN_LABELS, np.zeros(599, np.uint8))
    with pytest.raises(InputError, match="600 images but .* 599 labels"):
        datasets.load(idx_folder)


def test_no_images_are_told(idx_folder: Path) -> None:
    write_idx(idx_folder / TRAIN_IMAGES, np.zeros((0, 28, 28), np.uint8))
    with pytest.raises(InputError, match="holds no images"):
        datasets.load(idx_folder)


def test_test_images_of_another_size_are_told(idx_folder: Path) -> None:
    write_idx(idx_folder / "t10k-images-idx3-ubyte.gz", np.zeros((120, 14, 28), np.uint8))
    with pytest.raises(InputError, match="28×28 but test images are 14×28"):
        datasets.load(idx_folder)


def test_a_class_without_images_is_told(idx_folder: Path) -> None:
    labels = np.frombuffer(gzip.decompress((idx_folder / TRAIN_LABELS).read_bytes())[8:], np.uint8)
    write_idx(idx_folder / TRAIN_LABELS, np.where(labels == 4, 5, labels).astype(np.uint8))
    with pytest.raises(InputError, match="a test image has the label 4, which no training image has"):
        datasets.load(idx_folder)


def test_one_class_only_is_told(idx_folder: Path) -> None:
    write_idx(idx_folder / TRAIN_LABELS, np.zeros(600, np.uint8))
    write_idx(idx_folder / "t10k-labels-idx1-ubyte", np.zeros(120, np.uint8))
    with pytest.raises(InputError, match="1 class; training needs at least two"):
        datasets.load(idx_folder)


def test_a_place_without_images_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        datasets.load(tmp_path / "nowhere")


def test_too_few_images_of_a_class_are_told(idx_folder: Path, digits: Dataset) -> None:
    labels = digits.train.labels[:600].astype(np.uint8)
    labels[labels == 9] = 8
    labels[0] = 9
    write_idx(idx_folder / TRAIN_LABELS, labels)
    with pytest.raises(InputError, match="has 1 images of class 9; at least 2"):
        datasets.load(idx_folder)
