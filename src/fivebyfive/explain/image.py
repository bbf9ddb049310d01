"""An image of any sort, brought to what a network takes: its size, its channels, its layout, values from 0 to 1.

Where the network does not say its size (``height``, ``width``, ``channels``, or ``shape``), it is looked for: the
channels are those of its first layer; then the picture's own size is tried, if it is at most 512 pixels a side, then
28, 32, 64, 96, 128, 224 for one channel and 224, 128, 96, 64, 32, 28 for more, then rarer ones, until the forward runs.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from fivebyfive.decision import NO_DIGIT
from fivebyfive.errors import InputError
from fivebyfive.explain import tensors
from fivebyfive.explain.given import Given
from fivebyfive.explain.layout import Size, size_text
from fivebyfive.explain.photo import Photo, reduced
from fivebyfive.explain.program import Program
from fivebyfive.networks import as_input
from fivebyfive.networks.from_keras import KerasNetwork
from fivebyfive.pictures import fitting
from fivebyfive.pictures.decoding import Picture, decode, from_pillow
from fivebyfive.pictures.preparation import DIGITS, MNIST, WHOLE
from fivebyfive.pictures.prepare import Prepared as Found
from fivebyfive.pictures.prepare import prepare
from fivebyfive.pictures.sheet import Box

Pixels = npt.NDArray[np.uint8]

OWN_SIZE = 512
SHOWN = 320
"""The longer side of the pictures that show how a photo was read."""
SIDES = (28, 32, 64, 96, 128, 224)
RARE_SIDES = (299, 256, 384, 512, 48, 160, 192, 240, 16, 8)
LARGEST, MOST_CHANNELS = 4096, 16
TEN = frozenset("0123456789")
WRITE_ANOTHER = "write it larger or darker, on plain paper"


@dataclass(frozen=True)
class Prepared:
    """What the network gets: a batch of one, the same as a picture, and what to know about how it was made."""

    given: Given
    pixels: Pixels | None
    notes: tuple[str, ...] = field(default=())
    stages: tuple[tuple[str, Pixels], ...] = ()
    """What was done to the picture and to a digit on the way, each with its picture."""
    boxes: tuple[Box, ...] = ()
    """Left, top, width and height of each digit that was found, in the file's picture."""
    chosen: int = 0
    """The index of the one that is explained."""


def from_tensor(x: Tensor, network: nn.Module, shape: Size | None) -> list[Prepared]:
    """What a tensor may mean, the likeliest first; it is taken as it is.

    Raises:
        InputError: it is a batch of several, or of a sort that no layer takes.
    """
    return [_pictured(ready, network, shape) for ready in tensors.from_tensor(x, network)]


def from_several(given: Any, network: nn.Module) -> Prepared:
    """Several tensors, in a tuple, a list or a dictionary.

    Raises:
        InputError: there is no tensor in it, or one of a sort that no layer takes.
    """
    ready = tensors.from_several(given, network)
    return Prepared(ready.given, None, ready.notes)


def _pictured(ready: tensors.Ready, network: nn.Module, shape: Size | None) -> Prepared:
    """With the picture that the tensor is, and in the post's order for a network that takes lists of pixels."""
    x: Tensor = ready.given.arguments[0]
    size = shape or said_size(network)
    layout = _layout(network)
    if layout in ("NHWC", "NHW"):
        pixels = _as_pixels(x[0] if layout == "NHWC" else x[0, ..., None]) if x.dim() == len(layout) else None
        return Prepared(Given((x,), layout=layout if x.dim() == len(layout) else ""), pixels, ready.notes)
    if _is_flat(network) and x.dim() == 4:
        size = (x.shape[2], x.shape[3], x.shape[1])
        x = x.permute(0, 2, 3, 1).reshape(1, -1)
    if x.dim() == 2 and size is not None and math.prod(size) == x.shape[1]:
        return Prepared(Given((x,), picture=size), _as_pixels(x.reshape(size)), ready.notes)
    pixels = _as_pixels(x[0].permute(1, 2, 0)) if x.dim() == 4 and x.shape[1] in (1, 3) else None
    return Prepared(Given((x,)), pixels, ready.notes)


@dataclass(frozen=True)
class Way:
    """How a picture becomes what a network takes.

    Attributes:
        preparation: DIGITS or WHOLE; None where nothing says it: a digit is looked for, and if there is none, the
            picture is taken as any other.
        raw: it is as the network was taught already.
        fit: how a whole picture comes to the network's size, one of `fitting.FITS`.
    """

    preparation: str | None
    raw: bool = False
    fit: str = fitting.CROP


def from_picture(photo: Picture, size: Size, network: nn.Module, way: Way) -> Prepared:
    """A picture, brought to `size` and into the network's layout.

    Raises:
        InputError: the network takes no pictures, or it reads digits and there is none.
    """
    if size[2] not in (1, 3, 4):
        raise InputError(
            f"the network takes {size[2]} channels ({size_text(size)}) and a picture has 1 or 3; "
            "give a tensor [channels, height, width]"
        )
    looked_for = way.preparation or (DIGITS if size == MNIST else WHOLE)
    found = prepare(photo, looked_for, size, way.raw, stages=SHOWN, fit=way.fit)
    if not len(found.images) and way.preparation is None:
        found = prepare(photo, WHOLE, size, fit=way.fit)
    if not len(found.images):
        raise InputError(f"{NO_DIGIT}: {found.note}" if found.note else f"{NO_DIGIT}; {WRITE_ANOTHER}")
    areas = [width * height for _, _, width, height in found.boxes]
    chosen = areas.index(max(areas))
    stages = (*found.page, *found.stages[chosen]) if found.stages else ()
    fitted = found.images[chosen]
    layout = _layout(network)
    x = _taken(torch.from_numpy(fitted.copy())[None], network)
    given = Given((x,), picture=size if _is_flat(network) else None, layout=layout if layout.startswith("NH") else "")
    if stages:
        return Prepared(given, fitted, tuple(_of_digits(found, chosen)), stages, found.boxes, chosen)
    return Prepared(given, fitted, tuple(_remarks(photo, fitted, way.fit)))


def _taken(images: Tensor, network: nn.Module) -> Tensor:
    """Pictures [N, H, W, C] as the network takes them."""
    if isinstance(network, Program):
        return network.take(images)
    device, dtype = tensors.device_and_type(network)
    return as_input(images, network).to(device, dtype)


def photo_of(picture: Picture, prepared: Prepared) -> Photo:
    """`picture` as it was given, to be shown beside what was made of it."""
    pixels = reduced(picture, as_read=bool(prepared.stages))
    return Photo(pixels, picture.width, picture.height, prepared.boxes, prepared.chosen, prepared.notes)


def _of_digits(found: Found, chosen: int) -> list[str]:
    """Which of what was found is explained, and what else there is."""
    made = "The digit was cut out and prepared the way MNIST's were."
    left, top = found.boxes[chosen][:2]
    columns = 1 + max(line.column for line in found.lines)
    marks = sum(part.is_mark for line in found.lines for part in line.parts)
    notes = []
    if len(found.boxes) > 1:
        where = f" in {columns} columns" if columns > 1 else ""
        notes.append(
            f"Of the {len(found.boxes)} digits that were found{where}, the largest is explained, at x {left}, y {top}."
        )
    if marks:
        notes.append(f"{_counted(marks, 'mark')} found beside the digits (. , - / :), by the shipped reader.")
    if found.unread:
        notes.append(f"{_counted(len(found.unread), 'shape')} found and not read: 5x5 predict --json lists them.")
    return [*notes, made]


def _counted(count: int, what: str) -> str:
    return f"1 {what} was" if count == 1 else f"{count} {what}s were"


def picture_of(image: Any) -> Picture:
    """A path, PIL image, array or picture as a picture.

    Raises:
        InputError: it is none of these, or damaged, or its values are no picture's.
    """
    if isinstance(image, Picture):
        return image
    if isinstance(image, (str, Path)):
        return decode(Path(image))
    if isinstance(image, np.ndarray):
        pixels = _from_array(image)
        return Picture(pixels, pixels.shape[1], pixels.shape[0])
    if hasattr(image, "convert") and hasattr(image, "mode"):
        return from_pillow(image)
    raise InputError(
        f"the image is a {type(image).__name__}; a path, a PIL image, a NumPy array or a tensor was expected"
    )


def sizes(network: nn.Module, shape: Size | None, pixels: Pixels) -> list[Size]:
    """The sizes to try for this picture, in order: one, where the network says it."""
    if shape is not None:
        return [shape]
    said = said_size(network)
    first = next((m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear))), None)
    if isinstance(network, Program | KerasNetwork) and said is not None:
        return [said]
    if isinstance(network, Program | KerasNetwork):
        found = list(_squares(network.pixels)) if network.pixels else _tried(pixels, network.channels)
    elif isinstance(first, nn.Linear):
        found = [*_squares(first.in_features), *_tried(pixels, None)]
    else:
        found = _tried(pixels, None if first is None else first.in_channels or None)
    return list(dict.fromkeys([*([said] if said is not None else []), *found]))


def said_size(network: nn.Module) -> Size | None:
    """The size that a network says of itself: ``shape``, or ``height``, ``width`` and ``channels``.

    Attributes of these names that mean something else say nothing.
    """
    shape = _attribute(network, "shape")
    found = list(shape) if isinstance(shape, (tuple, list)) else []
    if len(found) != 3:
        found = [_attribute(network, name) for name in ("height", "width", "channels")]
    usual = all(isinstance(n, int) and not isinstance(n, bool) and 0 < n <= LARGEST for n in found)
    return (found[0], found[1], found[2]) if usual and found[2] <= MOST_CHANNELS else None


def _attribute(network: nn.Module, name: str) -> Any:
    """An attribute of the user's class, whatever asking for it does."""
    try:
        return getattr(network, name, None)
    except Exception:
        return None


def _layout(network: nn.Module) -> str:
    layout = _attribute(network, "layout")
    return layout if isinstance(layout, str) else ""


def _is_flat(network: nn.Module) -> bool:
    return _layout(network) == "flat"


def _tried(pixels: Pixels, channels: int | None) -> list[Size]:
    height, width = pixels.shape[:2]
    sides = SIDES if channels == 1 else SIDES[::-1]
    wanted = [(height, width)] if max(height, width) <= OWN_SIZE else []
    wanted += [(side, side) for side in (*sides, *RARE_SIDES)]
    counts = [channels] if channels is not None else list(dict.fromkeys([pixels.shape[2], 3, 1]))
    return list(dict.fromkeys((h, w, c) for c in counts for h, w in wanted))


def _squares(values: int) -> Iterator[Size]:
    """Square pictures of so many values, grey or coloured."""
    for channels in (1, 3):
        side = math.isqrt(values // channels)
        if side * side * channels == values:
            yield side, side, channels


def _remarks(photo: Picture, fitted: Pixels, fit: str) -> list[str]:
    """What was done to the picture."""
    pixels, (height, width, channels) = photo.pixels, fitted.shape
    was, now = f"{photo.width}×{photo.height}", f"{width}×{height}"
    said = []
    if (photo.width, photo.height) != (width, height):
        how = fitting.in_words((photo.width, photo.height), (width, height), fit)
        said.append(f"The picture, {was} pixels, was {how}: {now} pixels.")
    elif np.array_equal(pixels, fitted):
        said.append(f"The picture, {was} pixels, is taken as it is.")
    if channels == 1 and pixels.shape[2] > 1 and not _is_grey(pixels):
        said.append("Its colours were made grey: the network takes one channel.")
    return said


def _is_grey(pixels: Pixels) -> bool:
    return bool((pixels[..., :3] == pixels[..., :1]).all())


def _from_array(array: npt.NDArray[Any]) -> Pixels:
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or 0 in array.shape:
        raise InputError(
            f"the array has shape {list(array.shape)}; [height, width] or [height, width, channels] was expected, one "
            "picture (a tensor is taken as it is)"
        )
    if array.dtype != bool and (not np.issubdtype(array.dtype, np.number) or np.iscomplexobj(array)):
        raise InputError(f"the array holds {array.dtype}; bytes or numbers from 0 to 1 were expected")
    if array.shape[0] in (1, 3) and array.shape[2] not in (1, 3, 4):
        array = array.transpose(1, 2, 0)  # [C, H, W], as PyTorch has pictures
    if array.shape[2] not in (1, 3, 4):
        raise InputError(
            f"the array has shape {list(array.shape)}, {array.shape[2]} channels or several pictures; one picture was "
            "expected, [height, width, 1 or 3] (a tensor is taken as it is)"
        )
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype == bool:
        return np.ascontiguousarray(array).astype(np.uint8) * 255
    low, high = float(array.min()), float(array.max())
    if not math.isfinite(low + high):
        raise InputError("the array holds values that are not finite (NaN or infinity); a picture has none")
    if np.issubdtype(array.dtype, np.integer) and low >= 0 and high <= 255:
        return array.astype(np.uint8)
    if not (low >= 0.0 and high <= 1.0):
        raise InputError(
            f"the array's values go from {low:g} to {high:g}; bytes or numbers from 0 to 1 were expected "
            "(a tensor is taken as it is)"
        )
    rounded: Pixels = np.rint(array * 255).astype(np.uint8)
    return rounded


def _as_pixels(values: Tensor) -> Pixels | None:
    """Values [H, W, C] as bytes; stretched to the whole range where they are not from 0 to 1."""
    if values.shape[2] not in (1, 3) or values.is_complex():
        return None
    values = values.detach().double().cpu()
    low, high = float(values.min()), float(values.max())
    if not math.isfinite(low + high):
        return None
    if low < 0 or high > 1:
        values = (values - low) / (high - low or 1.0)
    pixels: Pixels = (values * 255).round().to(torch.uint8).numpy()
    return pixels
