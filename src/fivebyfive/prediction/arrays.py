"""Pictures that are given as arrays or tensors, one or many: whatever numbers they hold become bytes by one rule."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import Picture, from_pillow

Pixels = npt.NDArray[np.uint8]

EXPECTED = "a path, a file's bytes, a PIL image, or an array [h, w] or [h, w, 1, 3 or 4] was expected as picture"
COLOURS = (1, 3, 4)
"""Channels that a picture may have."""


def is_batch(image: Any) -> bool:
    """Whether `image` is an array or a tensor of several pictures: [N, h, w], [N, h, w, C] or [N, C, h, w]."""
    shape = tuple(getattr(image, "shape", ()))
    return len(shape) == 4 or (len(shape) == 3 and shape[2] not in COLOURS and shape[0] != 1)


def pictures_of(images: Any, most: int | None = None) -> Iterator[Picture]:
    """The pictures in an array or a tensor, [h, w], [h, w, C] or [1, h, w], or in a batch of such.

    Booleans and floats up to 1 are from black to white; so are other numbers up to 255, and beyond them up to 65,535;
    what is looked at for that is the whole array, so that two pictures' equal greys stay equal.

    Args:
        most: pictures that are expected.

    Raises:
        InputError: it is no array of pictures.
    """
    array = _array(images)
    batch = array if is_batch(array) else array[None]
    if 0 in batch.shape[1:] or (most is not None and len(batch) != most):
        raise InputError(f"an array of shape {list(array.shape)} is no picture; {EXPECTED}")
    if batch.ndim == 3 and array.ndim == 3 and len(array) in COLOURS:
        n, height, width = array.shape
        raise InputError(
            f"an array of shape {list(array.shape)} may be {n} pictures or one of {n} channels; say which: "
            f"[{n}, {height}, {width}, 1] or [{height}, {width}, {n}]"
        )
    if batch.ndim == 3:
        batch = batch[..., None]
    elif batch.shape[3] not in COLOURS:
        batch = np.moveaxis(batch, 1, 3)  # as PyTorch has pictures
    if batch.shape[3] not in COLOURS:
        raise InputError(f"an array of shape {list(array.shape)} is no picture; {EXPECTED}")
    white = _white(array) if len(batch) else 255
    return (_picture(pixels, white) for pixels in batch)


def _array(images: Any) -> npt.NDArray[Any]:
    tensor = images.detach().cpu() if hasattr(images, "detach") else images
    if not hasattr(tensor, "__array__"):
        raise InputError(EXPECTED)
    try:
        array = np.asarray(tensor)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(EXPECTED) from None
    if array.ndim not in (2, 3, 4) or array.dtype.kind not in "buif":
        raise InputError(f"an array of {array.dtype} {list(array.shape)} is no picture; {EXPECTED}")
    return array


def _white(array: npt.NDArray[Any]) -> int:
    """The number that is white in `array`."""
    if array.dtype in (np.uint8, np.uint16):
        return int(np.iinfo(array.dtype).max)
    if array.dtype == bool:
        return 1
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low + high) and low >= 0 and high <= 65535):
        raise InputError(
            f"the array holds numbers from {low:.6g} to {high:.6g}; a picture has numbers from 0 to 1, 255 or 65,535 "
            "(undo a normalization first)"
        )
    return 1 if array.dtype.kind == "f" and high <= 1 else 255 if high <= 255 else 65535


def _picture(pixels: npt.NDArray[Any], white: int) -> Picture:
    if white == 65535 and pixels.shape[2] == 1:  # cameras of 12 bits leave the upper ones empty, as in files
        return from_pillow(Image.fromarray(pixels[..., 0].astype(np.uint16)))
    found = pixels if pixels.dtype == np.uint8 else np.rint(pixels * (255.0 / white)).astype(np.uint8)
    if pixels.shape[2] == 4:
        return from_pillow(Image.fromarray(np.ascontiguousarray(found)))
    return Picture(np.ascontiguousarray(found), pixels.shape[1], pixels.shape[0])
