"""Images in one file: NumPy's .npz, or a CSV of one image a line, its label first, as Kaggle gives MNIST.

An .npz holds ``x_train``, ``y_train``, ``x_test``, ``y_test``, as Keras gives its data sets, or one pair of arrays,
``images`` and ``labels`` (or ``x`` and ``y``): images [N, H, W] or [N, H, W, C], bytes or floats from 0 to 1.
"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets.dataset import Dataset, Images, Pixels, split, with_test
from fivebyfive.errors import InputError

PAIRS = (("images", "labels"), ("x", "y"), ("X", "y"), ("data", "target"))
MOST_BYTES = 4 << 30
HIGHEST_LABEL = 9999


def load_npz(path: Path) -> Dataset:
    """The images in an .npz file.

    Raises:
        InputError: it is damaged, lacks an array, or an array is not what its name says.
    """
    arrays = _arrays(path)
    if "x_train" in arrays and "y_train" in arrays:
        pixels, labels = _pixels(path, "x_train", arrays), _labels(path, "y_train", arrays)
        if "x_test" not in arrays or "y_test" not in arrays:
            return _split(path, pixels, labels)
        test, test_labels = _pixels(path, "x_test", arrays), _labels(path, "y_test", arrays)
        if test.shape[1:] != pixels.shape[1:]:
            raise InputError(f"{path}: x_train has images of {pixels.shape[1:]}, x_test of {test.shape[1:]}")
        classes, train_labels = _classes(labels)
        unknown = sorted(set(test_labels.tolist()) - set(labels.tolist()))
        if unknown:
            raise InputError(f"{path}: y_test has the label {unknown[0]}, which no image of y_train has")
        in_order = np.searchsorted(np.unique(labels), test_labels)
        train = _together(path, pixels, train_labels)
        return with_test(str(path), train, _together(path, test, in_order.astype(np.int64)), classes)
    for x, y in PAIRS:
        if x in arrays and y in arrays:
            return _split(path, _pixels(path, x, arrays), _labels(path, y, arrays))
    raise InputError(
        f"{path} holds {', '.join(sorted(arrays)) or 'nothing'}; x_train, y_train, x_test and y_test were expected, "
        "or images and labels"
    )


def load_csv(path: Path) -> Dataset:
    """The images in a CSV file: a label, then the pixels of a square picture (grey, or red, green, blue), 0 to 255.

    Raises:
        InputError: a line is not that; it is named.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
        second = file.readline()
    header = not all(_is_number(cell) for cell in first.split(","))
    if not first.strip() or (header and not second.strip()):
        raise InputError(f"{path} holds no images; a label and its pixels a line were expected")
    try:
        values = np.loadtxt(path, np.float32, delimiter=",", skiprows=int(header), ndmin=2, comments=None)
    except (ValueError, OSError) as error:
        raise InputError(
            f"{path}: {str(error).partition(';')[0]}; a label and its pixels a line were expected"
        ) from None
    count = values.shape[1] - 1
    channels = next(
        (c for c in (1, 3) if count > 0 and count % c == 0 and round((count / c) ** 0.5) ** 2 * c == count), 0
    )
    if not channels:
        raise InputError(
            f"{path}: {count} pixels a line make no square picture; a label and then, say, 784 of them (28×28) "
            "were expected"
        )
    side = round((count / channels) ** 0.5)
    arrays = {"pixels": values[:, 1:].reshape(-1, side, side, channels), "labels": values[:, 0]}
    return _split(path, _pixels(path, "pixels", arrays), _labels(path, "labels", arrays))


def _arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise InputError(f"{path} unpacks to more than {MOST_BYTES >> 30} GiB; use fewer or smaller images")
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, KeyError) as error:
        raise InputError(f"{path} cannot be read ({error}); an .npz of plain arrays was expected") from None


def _pixels(path: Path, name: str, arrays: dict[str, npt.NDArray[Any]]) -> Pixels:
    """As bytes, [N, H, W, C]."""
    values = arrays[name]
    if values.ndim == 3:
        values = values[..., None]
    if values.ndim != 4 or values.shape[3] not in (1, 3) or 0 in values.shape or values.dtype.kind not in "uifb":
        raise InputError(
            f"{path}: {name} has shape {list(arrays[name].shape)} and type {values.dtype}; "
            "[N, H, W] or [N, H, W, 1 or 3] numbers were expected"
        )
    lowest, highest = float(values.min()), float(values.max())
    if not (lowest >= 0 and highest <= 255):
        raise InputError(f"{path}: {name} goes from {lowest:g} to {highest:g}; 0 to 255, or 0 to 1, was expected")
    if values.dtype.kind == "f" and highest <= 1:
        values = values * 255
    return np.round(values).astype(np.uint8)


def _labels(path: Path, name: str, arrays: dict[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """[N]: whole numbers, or names."""
    labels = arrays[name]
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise InputError(f"{path}: {name} has shape {list(labels.shape)}; one label an image, [N], was expected")
    if labels.dtype.kind == "U":
        return labels
    if labels.dtype.kind not in "uifb" or np.any(labels != np.round(labels)):
        raise InputError(f"{path}: {name} has labels that are neither whole numbers nor names")
    if labels.size and (labels.min() < 0 or labels.max() > HIGHEST_LABEL):
        worst = labels.min() if labels.min() < 0 else labels.max()
        raise InputError(f"{path}: {name} has the label {worst:g}; 0 to {HIGHEST_LABEL} was expected")
    return labels.astype(np.int64)


def _classes(labels: npt.NDArray[Any]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The names of the classes, and the labels as indices into them."""
    names, indices = np.unique(labels, return_inverse=True)
    return [str(name) for name in names], indices.astype(np.int64)


def _split(path: Path, pixels: Pixels, labels: npt.NDArray[Any]) -> Dataset:
    classes, indices = _classes(labels)
    return split(str(path), _together(path, pixels, indices), classes)


def _together(path: Path, pixels: Pixels, labels: npt.NDArray[np.int64]) -> Images:
    if len(pixels) != len(labels):
        raise InputError(f"{path} has {len(pixels):,} images but {len(labels):,} labels; each image needs one")
    return Images(pixels, labels)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
