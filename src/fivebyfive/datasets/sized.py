"""A data set of arrays, brought to another size."""

import dataclasses
import hashlib

import numpy as np

from fivebyfive.datasets.dataset import Dataset, Images
from fivebyfive.datasets.lazy import Indices, Lazy, Pixels, Rows, standing
from fivebyfive.datasets.limits import Room
from fivebyfive.pictures import fitting


def sized(data: Dataset, size: tuple[int, int] | None, fit: str) -> Dataset:
    """`data` with pictures of `size`, height and width; None: of that which they have. `fit` is noted in any case.

    Raises:
        InputError: there is no room for pictures that large.
    """
    data, room = dataclasses.replace(data, fit=fit), Room()
    if size is None or data.shape[:2] == size:
        return data
    for images in data.parts():
        if not isinstance(images.pixels, Lazy):
            room.take(len(images) * size[0] * size[1] * images.pixels.shape[3], f"{data.name} at {size[0]}×{size[1]}")
    train, validation, test = (_sized(images, size, fit) for images in (data.train, data.validation, data.test))
    sha256 = hashlib.sha256(repr((data.sha256, size, fit)).encode()).hexdigest()
    return dataclasses.replace(data, sha256=sha256, train=train, validation=validation, test=test)


def _sized(images: Images, size: tuple[int, int], fit: str) -> Images:
    shape = (*size, images.pixels.shape[3])
    if isinstance(images.pixels, Lazy):
        return dataclasses.replace(images, pixels=standing(_Sized(images.pixels, shape, fit), np.arange(len(images))))
    pixels = np.empty((len(images), *shape), np.uint8)
    for number, picture in enumerate(images.pixels):
        pixels[number] = fitting.fitted(picture, shape, fit)
    return dataclasses.replace(images, pixels=pixels)


class _Sized(Rows):
    """Pictures that are brought to another size each time that they are fetched."""

    ahead = True

    def __init__(self, pixels: Lazy, shape: tuple[int, int, int], fit: str) -> None:
        self._pixels, self.shape, self._fit = pixels, shape, fit

    def read(self, rows: Indices) -> Pixels:
        """The pictures of these numbers, [n, H, W, C]."""
        return np.stack([fitting.fitted(picture, self.shape, self._fit) for picture in self._pixels[rows]])

    def digests(self) -> Pixels:
        """Of the pictures as they were, [N, 32]."""
        return self._pixels.digests()
