"""The geometry of windows: kernels, strides, padding and dilation of convolution and pooling."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive import geometry
from fivebyfive.explain.figures import affine
from fivebyfive.explain.kind import Values, shape_of
from fivebyfive.explain.step import Step

Pair = tuple[int, ...]


def each_way(value: Any, spatial: int) -> Pair:
    """One number for every direction, or one each; a line of values is a picture of height 1."""
    values = tuple(int(n) for n in value) if isinstance(value, Sequence) else (int(value),) * spatial
    return values * spatial if len(values) == 1 else values


def with_height(values: Pair, missing: int) -> Pair:
    """Height and width; of a line the height is `missing`."""
    return (missing, *values) if len(values) == 1 else values


def both_sides(padding: Pair) -> tuple[tuple[int, int], ...]:
    """The cells before and behind, in each direction."""
    sides = tuple((p, p) for p in padding)
    return ((0, 0), *sides) if len(sides) == 1 else sides


def middle(value: int | Sequence[int]) -> tuple[int, int]:
    """The height and width of [1, height, width, 1]."""
    return (value, value) if isinstance(value, int) else (int(value[1]), int(value[2]))


def our_window(op: str, values: Values, kernel: Pair, size: Sequence[int]) -> dict[str, Any]:
    """The window of an operation of ops.py on a map of this size."""
    stride, padding, dilation = middle(values["strides"]), values["padding"], middle(values.get("dilations", 1))
    return {
        "kernel": kernel,
        "stride": stride,
        "padding": geometry.padding_sides(op, size, geometry.reach(kernel, dilation), stride, padding),
        "padding_name": padding if isinstance(padding, str) else None,
        "dilation": dilation,
    }


def folded(axis: npt.NDArray[np.int_], n: int, mode: str) -> npt.NDArray[np.int_]:
    """Where coordinates outside of 0 … n − 1 take their values from; −1 for a zero."""
    if mode == "circular":
        return axis % n
    if mode == "replicate":
        return np.clip(axis, 0, n - 1)
    if mode == "reflect":
        axis = np.abs(axis)
        return np.where(axis >= n, 2 * (n - 1) - axis, axis)
    return np.where((axis >= 0) & (axis < n), axis, -1)


def outer(masks: Sequence[npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    """Which cells of a window are in the mask of each direction."""
    result = np.ones((), dtype=bool)
    for mask in masks:
        result = result[..., None] & mask
    return result


def window_at(step: Step, y: int, x: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The first row and the one after the last of the input that go into the value at (y, x), and the same of columns.

    Of a volume it is the window within a slice. A window may begin or end outside of the input, in its
    padding.
    """
    found = step.attributes
    padding, dilation = found.get("padding", ((0, 0), (0, 0))), found.get("dilation", (1, 1))
    sides = []
    for at, kernel, stride, (before, _), apart in zip(
        (y, x), found["kernel"][-2:], found["stride"][-2:], padding[-2:], dilation[-2:], strict=True
    ):
        first = at * stride - before
        sides.append((first, first + (kernel - 1) * apart + 1))
    return sides[0], sides[1]


LETTERS: dict[int, tuple[str, ...]] = {1: ("i",), 2: ("i", "j"), 3: ("z", "i", "j")}
"""The directions of a line, a map and a volume, as formulas name them."""


def directions(step: Step) -> int:
    """1 for a line, 2 for a map, 3 for a volume, as the operation's name says; those of ops.py are for maps."""
    return int(step.op[-2]) if step.op.endswith("d") and step.op[-2].isdigit() else 2


def along(step: Step, name: str) -> tuple[Any, ...]:
    """The kernel, stride, padding or dilation in each direction that there is."""
    return tuple(step.attributes[name][-directions(step) :])


def window_symbols(step: Step) -> str:
    """The place of a window's cell in the input, with this step's stride, dilation and padding."""
    letters = LETTERS[directions(step)]
    if "stride" not in step.attributes:
        return f"{', '.join(letters)} in the window"
    ways = zip(
        along(step, "stride"), letters, along(step, "dilation"), (f"d{letter}" for letter in letters),
        (before for before, _ in along(step, "padding")), strict=True,
    )  # fmt: skip
    return ", ".join(affine(*way) for way in ways)


def taps(step: Step) -> str:
    """di,dj"""
    return ",".join(f"d{letter}" for letter in LETTERS[directions(step)])


def room(step: Step) -> tuple[int, ...]:
    """How many places the input has in each direction."""
    shape = shape_of(step.call.values["input"])
    return shape[1:3] if "strides" in step.call.values else shape[-directions(step) :]


def parts(step: Step) -> int:
    """How many pictures, windows, patches or heads the code takes at a time."""
    shape = shape_of(step.call.values["input"])
    return shape[0] if "strides" in step.call.values else math.prod(shape[: -directions(step) - 1])
