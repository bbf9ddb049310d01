"""Numbers of any type and range as pixels, bytes from 0 to 255; labels of any kind as indices into names of classes."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets.dataset import Labels, Pixels
from fivebyfive.datasets.limits import CHUNK, LARGEST_SIDE, MOST_CLASSES, shown
from fivebyfive.errors import InputError

HIGHEST_LABEL = MOST_CLASSES - 1
HAIR = 1e-3
"""So far beyond 0 and 1 real numbers may go, for rounding."""
DARK = 64
"""Numbers from 0 whose highest, above 1, is below this are on a scale of their own: 0 to 16, say."""


def pixels(path: Path, name: str, values: npt.NDArray[Any], factor: float | None = None) -> tuple[Pixels, float]:
    """`values` [N, H, W] or [N, H, W, C] as bytes [N, H, W, C], and what they were multiplied by.

    Args:
        factor: that of the training images, for others; None: found from the values.

    Raises:
        InputError: they are no pictures, or their range is not 0 to 255 or 0 to 1.
    """
    whole = values[..., None] if values.ndim == 3 else values
    if whole.ndim != 4 or whole.shape[3] not in (1, 3) or 0 in whole.shape or whole.dtype.kind not in "uifb":
        raise InputError(
            f"{path}: {name} has shape {shown(list(values.shape))} and type {values.dtype}; "
            "[N, H, W] or [N, H, W, 1 or 3] numbers were expected"
        )
    if max(whole.shape[1:3]) > LARGEST_SIDE:
        raise InputError(
            f"{path}: {name} has pictures of {whole.shape[1]:,}×{whole.shape[2]:,}; "
            f"a side of at most {LARGEST_SIDE:,} was expected"
        )
    highest = _highest(path, name, whole)
    if factor is None:
        factor = _factor(path, name, whole, highest)
    elif factor * highest > 256 or (factor == 1 and whole.dtype.kind == "f" and 0 < highest <= 1 + HAIR):
        raise InputError(f"{path}: {name} goes up to {highest:g}, but the training images are on another scale")
    if whole.dtype == np.uint8 and factor == 1:
        return whole, factor
    result = np.empty(whole.shape, np.uint8)
    flat, out = whole.reshape(-1), result.reshape(-1)
    for at in range(0, flat.size, CHUNK):
        piece = flat[at : at + CHUNK].astype(np.float64) * factor
        out[at : at + CHUNK] = np.clip(np.rint(piece), 0, 255)
    return result, factor


def labels(path: Path, name: str, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """`values` as [N]: whole numbers, or names.

    Raises:
        InputError: they are neither.
    """
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise InputError(f"{path}: {name} has shape {shown(list(values.shape))}; one label an image, [N], was expected")
    if values.dtype.kind == "U":
        if values.size and np.ascontiguousarray(values).view(np.uint32).max() > sys.maxunicode:
            raise InputError(f"{path}: {name} has labels that are no text; the file is damaged")
        return values
    with np.errstate(invalid="ignore"):
        whole = values.dtype.kind in "uifb" and bool(np.all(values == np.round(values)))
    if not whole:
        raise InputError(f"{path}: {name} has labels that are neither whole numbers nor names")
    if values.size and (values.min() < 0 or values.max() > HIGHEST_LABEL):
        worst = values.min() if values.min() < 0 else values.max()
        raise InputError(f"{path}: {name} has the label {worst:g}; 0 to {HIGHEST_LABEL} was expected")
    return values.astype(np.int64)


def classes(path: Path, name: str, values: npt.NDArray[Any]) -> tuple[list[str], Labels]:
    """The names of the classes, and the labels as indices into them.

    Raises:
        InputError: there are more classes than any data set has.
    """
    found, indices = np.unique(values, return_inverse=True)
    if len(found) > MOST_CLASSES:
        raise InputError(f"{path}: {name} has {len(found):,} different labels; at most {MOST_CLASSES:,} are possible")
    return [str(label) for label in found], indices.astype(np.int64)


def labels_as(path: Path, name: str, values: npt.NDArray[Any], known: npt.NDArray[Any]) -> Labels:
    """`values` as indices into the classes of the training labels `known`.

    Raises:
        InputError: one of them is none of these.
    """
    if (values.dtype.kind == "U") != (known.dtype.kind == "U"):
        raise InputError(f"{path}: {name} has names where the training labels have numbers, or the other way round")
    unknown = np.setdiff1d(values, known)
    if unknown.size:
        raise InputError(f"{path}: {name} has the label {shown(unknown[0])}, which no training image has")
    return np.searchsorted(np.unique(known), values).astype(np.int64)


def _highest(path: Path, name: str, values: npt.NDArray[Any]) -> float:
    """The highest of `values`, which lie from 0 to 255."""
    lowest, highest = float(values.min()), float(values.max())
    hair = HAIR if values.dtype.kind == "f" else 0
    if not (lowest >= -hair and highest <= 255 + hair):
        raise InputError(f"{path}: {name} goes from {lowest:g} to {highest:g}; 0 to 255, or 0 to 1, was expected")
    return highest


def _factor(path: Path, name: str, values: npt.NDArray[Any], highest: float) -> float:
    """What takes `values` to 0 … 255: 255 where they go from 0 to 1, else 1."""
    if highest <= 1 + HAIR:
        return 255.0
    lowest = float(values.min())
    if highest < DARK and lowest <= HAIR:
        raise InputError(
            f"{path}: {name} goes from 0 to {highest:g} only; 0 to 255, or 0 to 1, was expected: divide it by the "
            "highest value that its scale has"
        )
    return 1.0
