"""What a reader of real handwriting is taught: MNIST, ones as much of the world writes them, and what is no digit.

MNIST was written in the United States: its ones are bare strokes, so a one with a flag looks like a seven to whoever
knows nothing else. And a network that was only ever shown digits calls everything a digit. So a part of MNIST's ones
get a flag, and an eleventh class, "none", has blots, scribbles, letters, lines, textures and pieces of digits. Ink that
this file draws, and a part of MNIST, goes through `finding`, as a photo does.

All of it is drawn afresh from one seed; MNIST's validation and test images stay apart, with no flags added.
"""

import hashlib
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import mnist
from fivebyfive.datasets.dataset import Dataset, Images
from fivebyfive.decision import NONE
from fivebyfive.pictures.shaping import as_in_mnist

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Rng = np.random.Generator

SEED = 20_260
FLAGGED, PREPARED, SHAPES = 3_000, 12_000, 8_000
"""How many ones get a flag, how many of MNIST's digits go through `finding`, how many shapes are no digit."""
FINE = 4
"""Ink is drawn at so many times MNIST's size."""
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYabdefhkmnprtwxy#&%@?$*+="


def load() -> Dataset:
    """The data set: 28×28 as MNIST's, with eleven classes."""
    plain = mnist.load()
    rng = np.random.default_rng(SEED)
    train = plain.train.pixels[:, :, :, 0]
    ones = train[rng.choice(np.flatnonzero(plain.train.labels == 1), FLAGGED)]
    again = rng.choice(len(train), PREPARED)
    parts = [
        (train, plain.train.labels),
        (np.stack([as_in_mnist(_flagged(one, rng)) for one in ones]), np.ones(FLAGGED, np.int64)),
        (np.stack([as_in_mnist(_ink(train[i])) for i in again]), plain.train.labels[again]),
        _nothing(train, SHAPES, rng),
    ]
    return Dataset(
        name="written",
        train=_together(parts),
        validation=_together([_of(plain.validation), _nothing(train, 500, rng)]),
        test=_together([_of(plain.test), _nothing(train, 1_000, rng)]),
        classes=(*plain.classes, NONE),
        sha256=hashlib.sha256(f"{plain.sha256} written {SEED} {FLAGGED} {PREPARED} {SHAPES}".encode()).hexdigest(),
    )


def _of(images: Images) -> tuple[Pixels, npt.NDArray[np.int64]]:
    return images.pixels[:, :, :, 0], images.labels


def _together(parts: list[tuple[Pixels, npt.NDArray[np.int64]]]) -> Images:
    return Images(np.concatenate([p[0] for p in parts])[..., None], np.concatenate([p[1] for p in parts]))


def _ink(digit: Pixels) -> Mask:
    """A digit of MNIST's as ink, enlarged smoothly, cut to its box."""
    fine = cv2.resize(digit, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_CUBIC)
    return _cut(np.asarray(cv2.GaussianBlur(fine, (0, 0), 1.5)) > 90)


def _cut(mask: Mask) -> Mask:
    rows, columns = np.nonzero(mask)
    if rows.size == 0:
        return np.ones((1, 1), bool)
    return mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _flagged(one: Pixels, rng: Rng) -> Mask:
    """A one with a flag at its top and, one time in three, a foot."""
    mask = np.pad(_ink(one), 40).astype(np.uint8)
    width = max(3, round(4 * float(cv2.distanceTransform(mask, cv2.DIST_L2, 3)[mask > 0].mean())))
    rows, columns = np.nonzero(mask)
    height = int(rows.max() - rows.min())
    top = int(columns[rows == rows.min()].mean()), int(rows.min()) + width // 2
    slant, length = np.radians(rng.uniform(25, 65)), height * rng.uniform(0.15, 0.42)
    end = round(top[0] - length * np.sin(slant)), round(top[1] + length * np.cos(slant))
    cv2.line(mask, top, end, 1, width)
    if rng.random() < 1 / 3:
        foot = int(columns[rows == rows.max()].mean()), int(rows.max()) - width // 2
        reach = height * rng.uniform(0.15, 0.4, 2)
        cv2.line(mask, (round(foot[0] - reach[0]), foot[1]), (round(foot[0] + reach[1]), foot[1]), 1, width)
    return _cut(mask > 0)


# --- what is no digit -----------------------------------------------------------------------------------------------


def _nothing(train: Pixels, count: int, rng: Rng) -> tuple[Pixels, npt.NDArray[np.int64]]:
    kinds: list[Callable[[Pixels, Rng], Mask]] = [
        _scribble, _blots, _texture, _lines, _letter, _digits_joined, _piece, _dots, _corner,
    ]  # fmt: skip
    drawn = [_cut(kinds[i](train, rng)) for i in rng.integers(len(kinds), size=count)]
    return np.stack([as_in_mnist(mask) for mask in drawn]), np.full(count, 10, np.int64)


def _sheet() -> Pixels:
    return np.zeros((28 * FINE, 28 * FINE), np.uint8)


def _point(rng: Rng, low: int = 16, high: int = 96) -> tuple[int, int]:
    return int(rng.integers(low, high)), int(rng.integers(low, high))


def _scribble(_: Pixels, rng: Rng) -> Mask:
    sheet = _sheet()
    points = rng.integers(16, 96, (int(rng.integers(6, 14)), 2)).astype(np.int32)
    cv2.polylines(sheet, [points], False, 255, int(rng.integers(5, 15)))
    return sheet > 0


def _blots(_: Pixels, rng: Rng) -> Mask:
    sheet = _sheet()
    for _number in range(int(rng.integers(1, 4))):
        axes = int(rng.integers(10, 36)), int(rng.integers(10, 36))
        cv2.ellipse(sheet, _point(rng, 36, 76), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    return sheet > 0


def _texture(_: Pixels, rng: Rng) -> Mask:
    cells = int(rng.integers(4, 16))
    smooth = cv2.resize(rng.random((cells, cells)), (28 * FINE, 28 * FINE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth > rng.uniform(0.4, 0.65))


def _lines(_: Pixels, rng: Rng) -> Mask:
    """A dash, or a piece of squared paper."""
    sheet = _sheet()
    for _number in range(int(rng.integers(1, 4))):
        y = int(rng.integers(20, 92))
        cv2.line(sheet, (10, y), (102, y + int(rng.integers(-12, 12))), 255, int(rng.integers(4, 14)))
    for _number in range(int(rng.integers(0, 4)) if rng.random() < 0.6 else 0):
        x = int(rng.integers(20, 92))
        cv2.line(sheet, (x, 10), (x + int(rng.integers(-6, 6)), 102), 255, int(rng.integers(4, 14)))
    return sheet > 0


def _letter(_: Pixels, rng: Rng) -> Mask:
    sheet = _sheet()
    letter = LETTERS[int(rng.integers(len(LETTERS)))]
    cv2.putText(sheet, letter, (20, 90), int(rng.integers(8)), rng.uniform(2.4, 3.4), 255, int(rng.integers(5, 13)))
    return sheet > 0


def _digits_joined(train: Pixels, rng: Rng) -> Mask:
    """Three or more digits side by side, as if they touched."""
    chosen = train[rng.choice(len(train), int(rng.integers(3, 5)))]
    return np.hstack([np.asarray(cv2.resize(_ink(digit).astype(np.uint8), (56, 80))) > 0 for digit in chosen])


def _piece(train: Pixels, rng: Rng) -> Mask:
    """The upper or the lower third of a digit that has curves."""
    digit = _ink(train[int(rng.integers(len(train)))])
    third = max(1, digit.shape[0] // 3)
    return digit[:third] if rng.random() < 0.5 else digit[-third:]


def _dots(_: Pixels, rng: Rng) -> Mask:
    sheet = _sheet()
    for _number in range(int(rng.integers(4, 40))):
        cv2.circle(sheet, _point(rng), int(rng.integers(2, 8)), 255, -1)
    return sheet > 0


def _corner(_: Pixels, rng: Rng) -> Mask:
    """A corner of a frame, or something solid with straight sides."""
    sheet = _sheet()
    x, y = _point(rng, 20, 50)
    if rng.random() < 0.5:
        cv2.rectangle(sheet, (x, y), (x + int(rng.integers(20, 60)), y + int(rng.integers(20, 60))), 255, -1)
    else:
        cv2.fillPoly(sheet, [rng.integers(10, 100, (3, 2)).astype(np.int32)], 255)
    return sheet > 0
