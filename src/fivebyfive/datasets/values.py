"""Numbers of any type and range as pixels, bytes from 0 to 255; labels of any kind as indices into names of classes.

One rule says what numbers mean, over all parts of a data set together: truth values and 0 to 1 are black to white, 0 to
255 are bytes, whole numbers beyond are of 10 to 16 bits, as many as the highest of all pictures takes.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import spilled
from fivebyfive.datasets.dataset import Labels, Pixels
from fivebyfive.datasets.limits import CHUNK, LARGEST_SIDE, MOST_CLASSES, shown
from fivebyfive.errors import InputError

HIGHEST_LABEL = MOST_CLASSES - 1
HAIR = 1e-3
"""So far beyond 0 and 1 real numbers may go, for rounding."""
DARK = 64
"""Numbers from 0 whose highest, above 1, is below this are on a scale of their own: 0 to 16, say."""
SHALLOWEST, MOST = 512, 65535
"""The highest of deep pixels lies between these, for 10 to 16 bits; a little over 255 is a mistake."""
SMALLEST_FLAT = 8
"""Side of a picture that may come as one row of numbers; shorter rows are no pictures."""
EXPECTED = "0 to 255, 0 to 1, or 16 bits"


@dataclass(frozen=True)
class Scale:
    """What numbers are multiplied by to become bytes, and a sentence where that is a guess."""

    factor: float
    said: str = ""


@dataclass(frozen=True)
class Range:
    """From where to where numbers go, whether they are real ones by their type, and whether whole all the same."""

    lowest: float
    highest: float
    real: bool = False
    whole: bool = True

    def with_(self, other: "Range") -> "Range":
        """That of both."""
        lowest, highest = np.minimum(self.lowest, other.lowest), np.maximum(self.highest, other.highest)
        return Range(float(lowest), float(highest), self.real or other.real, self.whole and other.whole)


def range_of(values: npt.NDArray[Any]) -> Range:
    """That of pictures [N, …]; NaN where one is."""
    real, found = values.dtype.kind == "f", []
    for some in spilled.pieces(values):
        found.append((values[some].min(), values[some].max()))
        spilled.give_back(values)
    lowest, highest = np.array(found, values.dtype).T
    return Range(float(lowest.min()), float(highest.max()), real, not real or _is_whole(values))


def _is_whole(values: npt.NDArray[Any]) -> bool:
    """Whether real numbers are whole ones, as far as the first pictures tell."""
    some = values[: max(1, CHUNK // max(1, values[0].size))]
    return bool(np.isfinite(some).all() and np.all(some == np.rint(some)))


def shaped(source: object, name: str, values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], str]:
    """`values` as pictures [N, H, W, C], a view of them, and a sentence where their order is a guess.

    Args:
        values: [N, H, W], [N, H, W, C] or [N, C, H, W] with 1 or 3 channels, or [N, H·W] of square grey pictures.

    Raises:
        InputError: they are no pictures.
    """
    whole, said = values, ""
    if values.ndim == 2 and (side := math.isqrt(values.shape[1])) ** 2 == values.shape[1] and side >= SMALLEST_FLAT:
        whole, said = values.reshape(len(values), side, side), f"guessed: {name} has a picture of {side}×{side} a row"
    elif values.ndim == 4 and values.shape[1] in (1, 3) and values.shape[3] not in (1, 3):
        whole, said = values.transpose(0, 2, 3, 1), f"guessed: {name} has channels before height and width"
    if whole.ndim == 3:
        whole = whole[..., None]
    if whole.ndim != 4 or whole.shape[3] not in (1, 3) or 0 in whole.shape or whole.dtype.kind not in "uifb":
        raise InputError(
            f"{source}: {name} has shape {shown(list(values.shape))} and type {values.dtype}; "
            "[N, H, W] or [N, H, W, 1 or 3] numbers were expected"
        )
    if max(whole.shape[1:3]) > LARGEST_SIDE:
        raise InputError(
            f"{source}: {name} has pictures of {whole.shape[1]:,}×{whole.shape[2]:,}; "
            f"a side of at most {LARGEST_SIDE:,} was expected"
        )
    return whole, said


def scale(source: object, parts: Mapping[str, Range]) -> Scale:
    """What the numbers of a data set mean: of all its parts, by name, those to train on first.

    Raises:
        InputError: their range says nothing, or another thing in one part than in another.
    """
    for name, found in parts.items():
        _expect_pixels(source, name, found)
    train, whole = next(iter(parts)), max(found.highest for found in parts.values())
    lowest, highest = parts[train].lowest, parts[train].highest
    if whole > 255 + HAIR:
        if highest <= 1 + HAIR:
            raise _another(source, next(name for name in parts if parts[name].highest > 255), whole)
        return _deep(source, train, whole)
    if highest <= 1 + HAIR:
        beyond = next((name for name in parts if parts[name].highest * 255 > 256), None)
        if beyond is not None:
            raise _another(source, beyond, parts[beyond].highest)
        return Scale(255.0)
    if highest < DARK and lowest <= HAIR:
        raise InputError(
            f"{source}: {train} goes from 0 to {highest:g} only; {EXPECTED} was expected: divide it by the highest "
            "value that its scale has"
        )
    for name, found in parts.items():
        if found.real and 0 < found.highest <= 1 + HAIR:
            raise _another(source, name, found.highest)
    return Scale(1.0)


def _deep(source: object, name: str, highest: float) -> Scale:
    """The scale of whole numbers beyond bytes."""
    if not SHALLOWEST <= highest <= MOST:
        raise InputError(f"{source}: {name} goes up to {highest:g}; {EXPECTED} was expected")
    bits = int(highest).bit_length()
    return Scale(
        255 / (2**bits - 1),
        f"guessed: numbers up to {highest:,.0f} in all pictures are taken for {bits} bits, 0 to {2**bits - 1:,}",
    )


def as_bytes(values: npt.NDArray[Any], scale: Scale) -> Pixels:
    """Pictures [N, H, W, C] of numbers as bytes, some at a time."""
    if values.dtype == np.uint8 and scale.factor == 1:
        return values if values.flags.c_contiguous else spilled.copied(values, np.uint8)
    result = spilled.empty(values.shape, np.uint8)
    some = max(1, CHUNK // max(1, math.prod(values.shape[1:])))
    for number, at in enumerate(range(0, len(values), some)):
        piece = values[at : at + some].astype(np.float64) * scale.factor
        result[at : at + some] = np.clip(np.rint(piece), 0, 255)
        if number % max(1, spilled.SOME // CHUNK) == 0:
            spilled.give_back(values)
            spilled.give_back(result)
    return result


def labels(source: object, name: str, values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], str]:
    """`values` as [N], whole numbers or names, and a sentence where they came as a column a class.

    Raises:
        InputError: they are neither.
    """
    said = ""
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    elif (
        values.ndim == 2 and values.size and values.dtype.kind in "uifb" and bool(np.all((values == 0) | (values == 1)))
    ):
        values, said = (
            _one_of_many(source, name, values),
            f"{name} has a column a class; the 1 of each row is the label",
        )
    if values.ndim != 1:
        raise InputError(
            f"{source}: {name} has shape {shown(list(values.shape))}; one label an image, [N], was expected"
        )
    if values.dtype.kind == "U":
        if values.size and np.ascontiguousarray(values).view(np.uint32).max() > sys.maxunicode:
            raise InputError(f"{source}: {name} has labels that are no text; the file is damaged")
        return values, said
    with np.errstate(invalid="ignore"):
        whole = values.dtype.kind in "uifb" and bool(np.all(values == np.round(values)))
    if not whole:
        raise InputError(f"{source}: {name} has labels that are neither whole numbers nor names")
    if values.size and (values.min() < 0 or values.max() > HIGHEST_LABEL):
        worst = values.min() if values.min() < 0 else values.max()
        raise InputError(f"{source}: {name} has the label {worst:g}; 0 to {HIGHEST_LABEL} was expected")
    return values.astype(np.int64), said


def _one_of_many(source: object, name: str, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The column of each row's 1."""
    each = values.sum(1)
    if each.min() != 1 or each.max() != 1:
        raise InputError(
            f"{source}: {name} has {values.shape[1]} columns, and {int(each.min())} to {int(each.max())} labels an "
            "image; one was expected: choose one column, or one class of each"
        )
    return np.asarray(values.argmax(1), np.int64)


def classes(source: object, name: str, values: npt.NDArray[Any]) -> tuple[list[str], Labels]:
    """The names of the classes, and the labels as indices into them.

    Raises:
        InputError: there are more classes than any data set has.
    """
    found, indices = np.unique(values, return_inverse=True)
    if len(found) > MOST_CLASSES:
        raise InputError(f"{source}: {name} has {len(found):,} different labels; at most {MOST_CLASSES:,} are possible")
    return [str(label) for label in found], indices.astype(np.int64)


def named(source: object, held: list[str], names: Sequence[str]) -> list[str]:
    """What the labels `held`, numbers as text, are called, if there are `names` for all from 0.

    Raises:
        InputError: one of them has no name.
    """
    if not names or not all(label.isdecimal() for label in held):
        return held
    if max(int(label) for label in held) >= len(names):
        raise InputError(f"{source} has the label {held[-1]}, but names only {len(names)} classes")
    return [names[int(label)] for label in held]


def labels_as(source: object, name: str, values: npt.NDArray[Any], known: npt.NDArray[Any]) -> Labels:
    """`values` as indices into the classes of the training labels `known`.

    Raises:
        InputError: one of them is none of these.
    """
    if (values.dtype.kind == "U") != (known.dtype.kind == "U"):
        raise InputError(f"{source}: {name} has names where the training labels have numbers, or the other way round")
    unknown = np.setdiff1d(values, known)
    if unknown.size:
        raise InputError(f"{source}: {name} has the label {shown(unknown[0])}, which no training image has")
    return np.searchsorted(np.unique(known), values).astype(np.int64)


def _expect_pixels(source: object, name: str, found: Range) -> None:
    lowest, highest = found.lowest, found.highest
    hair = HAIR if found.real else 0
    if not (lowest >= -hair and highest <= (MOST if found.whole else 255 + hair)):
        mean = "; leave out what normalises them, training does it itself" if -5 < lowest < 0 and highest < 5 else ""
        raise InputError(f"{source}: {name} goes from {lowest:g} to {highest:g}; {EXPECTED} was expected{mean}")


def _another(source: object, name: str, highest: float) -> InputError:
    return InputError(f"{source}: {name} goes up to {highest:g}, but the training images are on another scale")
