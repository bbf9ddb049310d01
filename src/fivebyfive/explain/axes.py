"""What each dimension is made of, and how it is called.

A dimension is a list of factors, the slowest first: (letter, stride, size) says that it counts `size` steps of `stride`
along that letter of the picture. Cutting H = 8 into windows of 4 gives (H, 4, 2) and (H, 1, 4); behind each other they
are H again. A factor "+" counts what stands before or behind the others in one dimension, such as a class token; "?"
is a dimension that is not known. A layout's letters are the dimensions that are one whole letter each.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fivebyfive.explain.layout import by_rank
from fivebyfive.explain.step import Axes, Factor, Step

Dimension = tuple[Factor, ...]


def axes_of(step: Step) -> Axes | None:
    """The dimensions of a step's output; None where they are not known."""
    if step.axes is not None:
        return step.axes
    letters = "NC" if step.layout == "flat" else step.layout
    if letters == "other" and len(step.output_shape) == 5 and step.kind == "input":
        letters = "NCDHW"
    if letters == "other" or len(letters) != len(step.output_shape):
        return None
    return tuple(((letter, 1, n),) for letter, n in zip(letters, step.output_shape, strict=True))


def unknown(size: int) -> Dimension:
    """A dimension of which only the size is known."""
    return (("?", 1, size),) if size != 1 else ()


def extent(dimension: Dimension) -> int:
    """How many places it has."""
    places, beside_them = 1, 0
    for letter, _, n in dimension:
        if letter == "+":
            beside_them += n
        else:
            places *= n
    return places + beside_them


def letters_in(axes: Axes) -> set[str]:
    """The letters that some dimension counts, where there is more than one place."""
    return {letter for dimension in axes for letter, _, n in dimension if n != 1}


# --- how dimensions are called --------------------------------------------------------------------------------------


def layout_of(axes: Axes | None, shape: Sequence[int], pictures: int = 1) -> str:
    """The layout of a tensor of this shape: "NCHW", "flat", "NLC" …; "other" where it has no such name.

    Args:
        pictures: how many the network was given at once; a batch of another size is made of parts of pictures.
    """
    letters = None if axes is None else letters_of(axes, pictures)
    if letters is None and (len(shape) < 2 or (len(shape) == 2 and shape[0] == 1)):
        return by_rank(len(shape))  # one list of values, whatever they are
    return "other" if letters is None else "flat" if letters == "NC" else letters


@functools.lru_cache(maxsize=1024)
def letters_of(axes: Axes, pictures: int = 1) -> str | None:
    """The layout's letters, where each dimension is one whole letter; None where one is a part of it, or several."""
    if len(axes) < 2:
        return by_rank(len(axes))
    long = [dimension for dimension in axes if extent(dimension) != 1]
    if len(long) > 1 and letters_in(axes) == {"C"} and all(len(d) == 1 for d in long) and extent(axes[0]) == 1:
        cut = by_rank(len(axes))  # a list that is cut up has no places of its own: they are called by habit
        return None if cut == "other" else cut
    found = [_letter(dimension, axes) for dimension in _cut_lines(axes)]
    for place, letter in enumerate(found):
        if letter == " ":
            found[place] = _free(place, found)
    letters = "".join(found)
    if len(set(letters)) != len(letters) or not set(letters) <= set("NCHWL"):
        return None
    if "N" in letters and extent(axes[letters.index("N")]) not in (1, pictures):
        return None
    if ("H" in letters) != ("W" in letters):
        letters = letters.replace("H", "L").replace("W", "L")
    if len(set(letters)) != len(letters) or ("L" in letters and "H" in letters):
        return None
    return letters.replace("L", "C") if letters in ("NL", "LN") else letters


def _free(place: int, found: Sequence[str]) -> str:
    """What a dimension of one place is called, of which nothing else is known: the first letter that is not there."""
    wanted = ("N" if place == 0 else "") + "C" + ("" if "L" in found else "HW")
    return next((letter for letter in wanted if letter not in found), "?")


def _letter(dimension: Dimension, axes: Axes) -> str:
    """What one dimension is called; " " for a place of its own that counts nothing, "?" for what has no name."""
    real = [factor for factor in dimension if factor[2] != 1]
    own = {factor[0] for factor in real}
    if "+" in {factor[0] for factor in dimension}:
        return "L"
    if not real:
        return dimension[0][0] if len(dimension) == 1 else " "
    if own == {"C"}:
        return "C"  # channels have no order: shuffled, they are channels all the same
    if len(real) == 1:
        return real[0][0] if real[0][1] == 1 else "?"
    if own == {"H", "W"} and _joined(real):
        return "L"
    others = letters_in(tuple(d for d in axes if d is not dimension))
    return "C" if "C" in {factor[0] for factor in dimension} and not own & others else "?"


def _joined(real: Sequence[Factor]) -> bool:
    """Whether all of both is here in order: a whole row of H, then a whole row of W."""
    return len(real) == 2 and real[0][0] == "H" and real[0][1] == real[1][1] == 1


def _cut_lines(axes: Axes) -> Axes:
    """A line that was cut into two is rows and columns."""
    at = [place for place, dimension in enumerate(axes) if any(f[0] == "L" and f[2] != 1 for f in dimension)]
    if (
        len(at) != 2
        or at[1] != at[0] + 1
        or any(len(axes[place]) != 1 for place in at)
        or {"H", "W"} & letters_in(axes)
    ):
        return axes
    (_, slow, rows), (_, fast, columns) = axes[at[0]][0], axes[at[1]][0]
    if (slow, fast) != (columns, 1):
        return axes
    return (*axes[: at[0]], (("H", 1, rows),), (("W", 1, columns),), *axes[at[1] + 1 :])


# --- what can be done with them -------------------------------------------------------------------------------------


def regrouped(before: Axes, shape: Sequence[int]) -> Axes | None:
    """The same values in the same order, cut where the new dimensions end."""
    sizes = tuple(map(extent, before))
    first = next((i for i, (a, b) in enumerate(zip(sizes, shape, strict=False)) if a != b), min(len(sizes), len(shape)))
    rest = min(len(sizes), len(shape)) - first
    last = next((i for i in range(rest) if sizes[-1 - i] != shape[-1 - i]), rest)
    middle = _cut(before[first : len(before) - last], shape[first : len(shape) - last])
    return None if middle is None else (*before[:first], *middle, *before[len(before) - last :])


def _cut(before: Axes, shape: Sequence[int]) -> Axes | None:
    left = [factor for dimension in before for factor in dimension][::-1]
    if any(letter == "+" for letter, _, _ in left):
        return None
    result: list[Dimension] = []
    for n in shape:
        dimension: list[Factor] = []
        if n == 1 and left and left[-1][2] == 1:
            dimension.append(left.pop())
        while n > 1:
            if not left:
                return None
            letter, stride, size = left.pop()
            taken = math.gcd(n, size)
            if size != 1 and (taken == 1 or (taken != size and taken != n)):
                return None
            dimension.append((letter, stride * (size // taken), taken))
            if taken != size:
                left.append((letter, stride, size // taken))
            n //= taken
        result.append(merged(dimension))
    if any(size != 1 for _, _, size in left):
        return None
    if result and left:
        result[-1] = merged((*result[-1], *left[::-1]))
    return tuple(result)


def merged(dimension: Sequence[Factor]) -> Dimension:
    """Neighbours that count the same letter through are one; what has one place stands only where it tells more."""
    result: list[Factor] = []
    for letter, stride, size in dimension:
        if result and result[-1][0] == letter and result[-1][1] == stride * size:
            size *= result.pop()[2]
        result.append((letter, stride, size))
    real = [factor for factor in result if factor[2] != 1]
    channels = [factor for factor in result if factor[0] == "C" and factor[2] == 1]
    return tuple([*channels[:1], *real] if real and not any(f[0] == "C" for f in real) else real or result[:1])


def resized(axes: Axes, place: int, size: int) -> Axes:
    """The axes with so many places along a dimension: an own letter stays it, a part of one stays its part."""
    dimension, others = axes[place], axes[:place] + axes[place + 1 :]
    if extent(dimension) == size:
        return axes
    new = unknown(size)
    if len(dimension) == 1:
        letter, stride, n = dimension[0]
        parts = [f for d in others for f in d if f[0] == letter]
        if stride == 1 and not parts:
            new = ((letter, 1, size),)
        elif stride == 1 and all(f[1] % n == 0 for f in parts):  # the other parts count in steps of this one
            scaled = tuple(tuple((a, s // n * size, k) if a == letter else (a, s, k) for a, s, k in d) for d in others)
            return (*scaled[:place], ((letter, 1, size),), *scaled[place:])
    elif "C" in {f[0] for f in dimension} and ({f[0] for f in dimension} == {"C"} or not letters_in(others)):
        new = (("C", 1, size),)
    return (*axes[:place], new, *axes[place + 1 :])


def sliced(axes: Axes, place: int, start: int, length: int) -> Axes:
    """The axes of so many places from `start` on; a grid without the tokens beside it is a whole grid again."""
    dimension = axes[place]
    grid = tuple(factor for factor in dimension if factor[0] != "+")
    if len(grid) == len(dimension):
        return resized(axes, place, length)
    before = dimension[0][2] if dimension[0][0] == "+" else 0
    after = extent(dimension) - before - extent(grid)
    new_before, new_after = before - start, after - (extent(dimension) - start - length)
    new = beside(new_before, grid, new_after) if new_before >= 0 and new_after >= 0 else (("L", 1, length),)
    return (*axes[:place], new, *axes[place + 1 :])


def beside(before: int, grid: Dimension, after: int) -> Dimension:
    """A dimension with other places before and behind those of `grid`."""
    first, last = (((("+", 0, n),) if n else ()) for n in (before, after))
    return (*first, *grid, *last)


def known(step: Step) -> Axes:
    """A step's dimensions, each one unknown where nothing is known."""
    found = axes_of(step)
    return tuple(map(unknown, step.output_shape)) if found is None else found


@dataclass(frozen=True)
class Done:
    """One operation: its arguments by name, its attributes, the steps that it took, and the shape that came out."""

    op: str
    values: Mapping[str, Any]
    found: Mapping[str, Any]
    origins: Sequence[Step]
    shape: tuple[int, ...]

    @property
    def before(self) -> Axes:
        """The dimensions of the operand that it works on."""
        given = self.values.get("input")
        return known(given if isinstance(given, Step) else self.origins[0])

    def dim(self, default: int = 0) -> int:
        """The dimension that is named, counted from the front."""
        named = self.values.get("dim")
        return int(default if named is None else named) % len(self.before)
