"""What each dimension is made of, where a picture's are cut apart and put together again: windows, patches, heads.

A dimension is a list of factors, the slowest first: (letter, stride, size) says that it counts `size` steps of `stride`
along that letter of the picture. Cutting H = 8 into windows of 4 gives (H, 4, 2) and (H, 1, 4); behind each other they
are H again. A layout's letters are the dimensions that are one whole letter each.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fivebyfive.explain.step import Axes, Factor, Step

Dimension = tuple[Factor, ...]


def axes_of(step: Step) -> Axes | None:
    """The dimensions of a step's output; None where they are not known."""
    if step.axes is not None:
        return step.axes
    letters = "NC" if step.layout == "flat" else step.layout
    if letters == "other" or len(letters) != len(step.output_shape):
        return None
    return tuple(((letter, 1, n),) for letter, n in zip(letters, step.output_shape, strict=True))


def letters_of(axes: Axes) -> str | None:
    """The layout, where each dimension is one whole letter; None where one is a part of it, or several."""
    letters = ""
    for place, dimension in enumerate(axes):
        if len(dimension) == 1 and dimension[0][1] == 1:
            letters += dimension[0][0]
        elif math.prod(size for _, _, size in dimension) == 1:
            letters += "N" if place == 0 else "C" if not any(f[0] == "C" for d in axes for f in d) else "?"
        elif {f[0] for f in dimension} == {"C"}:
            letters += "C"  # channels have no order: shuffled, they are channels all the same
        elif {f[0] for f in dimension} == {"H", "W"} and _joined(dimension, "H") and _joined(dimension, "W"):
            letters += "L"
        else:
            return None
    return letters if "?" not in letters and len(set(letters)) == len(letters) else None


def _joined(dimension: Dimension, letter: str) -> bool:
    """Whether all of a letter is here in order: a whole row of H, then a whole row of W."""
    own = [factor for factor in dimension if factor[0] == letter]
    return len(own) == 1 and own[0][1] == 1 and dimension[0][0] == "H"


def followed(op: str, values: Mapping[str, Any], found: Mapping[str, Any], origins: Sequence[Step],
             shape: Sequence[int]) -> Axes | None:  # fmt: skip
    """The dimensions of what comes out, in the `shape` that it has; None where they do not follow from the input's."""
    before = axes_of(origins[0]) if origins else None
    if before is None:
        return None
    after = _after(op, values, found, origins, before, shape)
    fits = after is not None and tuple(math.prod(f[2] for f in d) for d in after) == tuple(shape)
    return after if fits else None


_RESHAPES = frozenset({"reshape", "view", "flatten", "unflatten", "view_as", "reshape_as", "squeeze", "unsqueeze"})
_SWAPS = frozenset({"transpose", "t", "T", "mT", "H", "mH", "adjoint"})


def _after(op: str, values: Mapping[str, Any], found: Mapping[str, Any], origins: Sequence[Step], before: Axes,
           shape: Sequence[int]) -> Axes | None:  # fmt: skip
    rank = len(before)
    if op in _RESHAPES:
        return _regrouped(before, shape)
    if op == "permute":
        return tuple(before[d] for d in found["dims"])
    if op in _SWAPS:
        a, b = (values.get("dim0", -2), values.get("dim1", -1)) if op == "transpose" else (-2, -1)
        order = list(range(rank))
        order[a], order[b] = order[b], order[a]
        return tuple(before[d] for d in order)
    if op in ("select", "unbind"):
        gone = values.get("dim", 0) % rank
        return before[:gone] + before[gone + 1 :]
    if op == "index":
        return _indexed(before, values.get("index"))
    if op == "linear":
        (letter, *_), *others = before[-1]
        return None if others else (*before[:-1], ((letter, 1, shape[-1]),))
    if op in ("matmul", "bmm", "scaled_dot_product_attention"):
        last = axes_of(origins[-1])
        return None if last is None or len(last) != rank else (*before[:-1], last[-1])
    same = next((origin for origin in origins if origin.output_shape == tuple(shape)), None)
    return None if same is None else axes_of(same)


def _regrouped(before: Axes, shape: Sequence[int]) -> Axes | None:
    """The same factors in the same order, cut where the new dimensions end."""
    left = [factor for dimension in before for factor in dimension if factor[2] != 1][::-1]
    result: list[Dimension] = []
    for n in shape:
        dimension: list[Factor] = []
        while n > 1:
            if not left:
                return None
            letter, stride, size = left.pop()
            taken = math.gcd(n, size)
            if taken == 1 or (taken != size and taken != n):
                return None
            dimension.append((letter, stride * (size // taken), taken))
            if taken != size:
                left.append((letter, stride, size // taken))
            n //= taken
        result.append(_merged(dimension))
    return tuple(result) if not left else None


def _merged(dimension: Sequence[Factor]) -> Dimension:
    """Neighbours that count the same letter through are one."""
    result: list[Factor] = []
    for letter, stride, size in dimension:
        if result and result[-1][0] == letter and result[-1][1] == stride * size:
            size *= result.pop()[2]
        result.append((letter, stride, size))
    return tuple(result)


def _indexed(before: Axes, index: Any) -> Axes | None:
    """Whole numbers take a dimension away, slices of everything keep it; anything else is not followed."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if ... in parts:
        at = parts.index(...)
        parts[at : at + 1] = [slice(None)] * (len(before) - len(parts) + 1)
    parts += [slice(None)] * (len(before) - len(parts))
    if not all(part == slice(None) or (isinstance(part, int) and not isinstance(part, bool)) for part in parts):
        return None
    return tuple(d for d, part in zip(before, parts, strict=True) if isinstance(part, slice))
