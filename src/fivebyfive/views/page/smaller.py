"""The same numbers in less room: in half precision, only as many arrays as fit, as thumbnails.

Half precision has eleven significant bits: a number that is rounded to it is right to three digits.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fivebyfive.views.page.envelope import in_planes

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

SMALL = 4096
"""Numbers of an array that is never rounded: there is little to gain."""
ENOUGH = 2.0**-10
"""How far rounding may move a number, as a part of the range that the numbers of its map have."""
BLOCK = 4096
SAMPLE = 16
"""Blocks of an array that are compressed to find out how small it becomes."""
THUMBNAILS = 1_200_000
"""Bytes of all thumbnails."""
MOST_MAPS = 1 << 16
"""Of more maps than that, such as the filters of a layer that the code computes, there are no thumbnails."""
SIDES = (32, 24, 16, 12, 8, 6, 4, 2, 1)
"""The longest side of a thumbnail in cells: the first with which all fit."""
NAMED = 6
"""Steps that a sentence names before it counts the others."""
Floats = npt.NDArray[np.float32]
Array = npt.NDArray[Any]


def fitted(arrays: Mapping[int, Floats], room: int) -> dict[int, Array]:
    """As many of `arrays` as take at most `room` bytes compressed, the small ones first.

    Where they do not all fit, the largest come in half precision, where that is `enough`; where that does not do, the
    largest are left out.
    """
    chosen: dict[int, Array] = dict(sorted(arrays.items(), key=lambda pair: pair[1].size))
    largest = list(reversed(chosen))
    sizes = {index: compressed(array) for index, array in chosen.items()}
    for index in largest:
        if sum(sizes.values()) <= room:
            break
        rounded = in_half(arrays[index])
        if arrays[index].size > SMALL and rounded is not None:
            chosen[index], sizes[index] = rounded, compressed(rounded)
    for index in largest:
        if sum(sizes.values()) <= room:
            break
        del chosen[index], sizes[index]
    return chosen


def compressed(array: Array) -> int:
    """About how many bytes the envelope of a file needs for it: measured on parts of it."""
    if array.size <= BLOCK * SAMPLE:
        return len(zlib.compress(in_planes(array), 1))
    blocks = array.reshape(-1)[: array.size // BLOCK * BLOCK].reshape(-1, BLOCK)
    some = np.ascontiguousarray(blocks[:: len(blocks) // SAMPLE])
    return len(zlib.compress(in_planes(some), 1)) * array.size // some.size


def in_half(array: Floats) -> Array | None:
    """`array` in half precision, where that is enough: in every map (the first dimension) each number stays in its
    place by `ENOUGH` of the map's range, so that what is computed from them (a normalization, a sum) does too.
    """
    if not array.size:
        return None
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    maps = array.reshape(len(array), -1) if array.ndim > 1 else array.reshape(1, -1)
    finite = np.isfinite(maps)
    least = np.min(maps, axis=1, where=finite, initial=np.inf)
    most = np.max(maps, axis=1, where=finite, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        moved = np.abs(half.reshape(maps.shape).astype(np.float32) - maps)
        near = moved <= ENOUGH * (most - least)[:, None]
    return half if bool(near[finite].all()) else None


def thumbnails(outputs: Mapping[int, Floats]) -> dict[str, Array]:
    """Every map of `outputs`, [channels, height, width] each, small.

    Of more maps than can be looked at there is none. One byte a cell, ``thumbnail/I``: 127 is zero, 0 and 254 the
    largest distance from it, ``spread/I`` [channels].
    """
    outputs = {index: output for index, output in outputs.items() if len(output) <= MOST_MAPS}
    shapes = [output.shape for output in outputs.values()]
    side = next((s for s in SIDES if sum(c * min(h, s) * min(w, s) for c, h, w in shapes) <= THUMBNAILS), SIDES[-1])
    buffers: dict[str, Array] = {}
    for index, output in outputs.items():
        maps = np.nan_to_num(output, nan=0.0, posinf=0.0, neginf=0.0)  # a byte has no word for them
        spread = np.abs(maps).max(axis=(1, 2), initial=0.0)
        small = _shrunk(_shrunk(maps, side, 1), side, 2)
        scaled = small / np.where(spread > 0, spread, 1)[:, None, None]
        buffers[f"spread/{index}"] = spread.astype(np.float32)
        buffers[f"thumbnail/{index}"] = np.rint(scaled * 127 + 127).astype(np.uint8)
    return buffers


def _shrunk(maps: Floats, side: int, axis: int) -> Floats:
    """The means of at most `side` stretches of `axis`."""
    size = maps.shape[axis]
    if size <= side:
        return maps
    edges = np.arange(side) * size // side
    counts = np.diff(np.append(edges, size)).astype(np.float32)
    shape = [-1 if a == axis else 1 for a in range(3)]
    return np.asarray(np.add.reduceat(maps, edges, axis=axis) / counts.reshape(shape), np.float32)


def names(steps: Sequence["Step"]) -> str:
    """The first of the steps by name, and how many more there are."""
    said = ", ".join(step.name for step in steps[:NAMED])
    return said if len(steps) <= NAMED else f"{said} and {len(steps) - NAMED} more steps"
