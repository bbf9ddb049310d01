"""What strides, ksize, dilations and padding mean: the geometry of the post's windows.

Source: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
"""

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import torch

from fivebyfive.errors import InputError

Padding = str | Sequence[Sequence[int]]
Sides = tuple[tuple[int, int], tuple[int, int]]
"""Padding cells as ((top, bottom), (left, right))."""


def padding_sides(
    op: str, size: Sequence[int], window: Sequence[int], stride: Sequence[int], padding: Padding
) -> Sides:
    """How many padding cells `padding` means at ((top, bottom), (left, right)).

    SAME: total = max((ceil(in / s) − 1) · s + k − in, 0), the smaller half before, the larger after.

    Args:
        op: the op's name, for errors.
        size: the image's height and width; likewise `window` and `stride`.
    """
    if isinstance(padding, str):
        if padding not in ("SAME", "VALID"):
            raise InputError(f'{op}: padding is "{padding}"; "SAME", "VALID" or explicit sides were expected')
        sides = (
            (_same(size[0], window[0], stride[0]), _same(size[1], window[1], stride[1]))
            if padding == "SAME"
            else ((0, 0), (0, 0))
        )
    else:
        sides = _explicit(op, padding)
    for name, n, k, (before, after) in zip(("height", "width"), size, window, sides, strict=True):
        if k == 0 or n == 0:
            raise InputError(f"{op}: the {name} of the image is {n} and of the window {k}; both must be at least 1")
        if n + before + after < k:
            raise InputError(
                f"{op}: the window's {name} is {k} but the image's is only {n} (padding {padding}); "
                'choose a smaller window, a larger image or padding "SAME"'
            )
    return sides


def reach(window: Sequence[int], dilation: Sequence[int]) -> tuple[int, int]:
    """How many rows and columns a window goes over whose cells are `dilation` apart."""
    rows, columns = (d * (k - 1) + 1 for k, d in zip(window, dilation, strict=True))
    return rows, columns


def _same(size: int, window: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def _explicit(op: str, padding: Sequence[Sequence[int]]) -> Sides:
    sides = [whole_numbers(side) for side in padding] if isinstance(padding, Iterable) else []
    match sides:
        case [[0, 0], [top, bottom], [left, right], [0, 0]] if min(top, bottom, left, right) >= 0:
            return (top, bottom), (left, right)
    raise InputError(
        f'{op}: padding is {padding}; "SAME", "VALID" or [[0, 0], [top, bottom], [left, right], [0, 0]] was expected '
        "(images and channels are never padded)"
    )


def spatial(op: str, name: str, value: int | Sequence[int]) -> tuple[int, int]:
    """The two middle numbers of [1, height, width, 1]: images and channels are never skipped."""
    four = whole_numbers([1, value, value, 1] if isinstance(value, Integral) else value)
    match four:
        case [1, height, width, 1] if min(height, width) >= 1:
            return height, width
    raise InputError(
        f"{op}: {name} is {value}; [1, height, width, 1] with whole numbers of at least 1 was expected "
        "(the first and last are 1: no image and no channel is skipped)"
    )


def whole_numbers(values: Any) -> list[Any] | None:
    """`values` as a list of ints, or None if it is anything else."""
    # A SymInt stands for a size, such as the batch's, that torch.export leaves open; int() would fix it.
    if not isinstance(values, Iterable) or not all(isinstance(n, Integral | torch.SymInt) for n in values):
        return None
    return [n if isinstance(n, torch.SymInt) else int(n) for n in values]
