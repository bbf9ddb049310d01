"""SAME and VALID side by side, with this network's own sizes: where the first window lies, and what comes out."""

from typing import TYPE_CHECKING

from fivebyfive import geometry
from fivebyfive.views.post.panel import Panel, rectangle, wide, wide_title, words

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

Sizes = tuple[int, ...]
Pair = tuple[int, int]
LARGEST = 130.0


def panels(step: "Step") -> list[Panel]:
    """The map as this step pads it, and as it would be padded otherwise."""
    found = step.attributes
    size, kernel, stride = step.origins[0].size[:2], found["kernel"], found["stride"]
    reach = geometry.reach(kernel, found["dilation"])
    name = found["padding_name"] and found["padding_name"].upper()
    own = found["padding"]
    none = ((0, 0), (0, 0))
    drawn = [_padded(size, reach, stride, own, f"{name or _own(own)}: here", tuple(step.size[:2]))]
    others = {"SAME": _same(size, reach, stride), "VALID": none} if name else {"without padding": none}
    for other, sides in others.items():
        if other == name or sides == own or any(n + sum(s) < r for n, s, r in zip(size, sides, reach, strict=True)):
            continue
        drawn.append(_padded(size, reach, stride, sides, f"{other} would be", _out(size, reach, stride, sides)))
    return drawn


def _own(sides: geometry.Sides) -> str:
    return f"padding {sides[0][0]}" if len({n for side in sides for n in side}) == 1 else f"padding {sides}"


def _same(size: Sizes, reach: Pair, stride: Pair) -> geometry.Sides:
    return geometry.padding_sides("conv2d", size, reach, stride, "SAME")


def _out(size: Sizes, reach: Pair, stride: Pair, sides: geometry.Sides) -> Sizes:
    return tuple((n + sum(s) - r) // t + 1 for n, s, r, t in zip(size, sides, reach, stride, strict=True))


def _padded(size: Sizes, reach: Pair, stride: Pair, sides: geometry.Sides, title: str, out: Sizes) -> Panel:
    """The map with its padding and its first and second window; what comes out beside it."""
    rows, columns = (n + sum(side) for n, side in zip(size, sides, strict=True))
    cell = LARGEST / max(rows, columns, *(n + 4 for n in size))
    y, x = 20 + sides[0][0] * cell, 1 + sides[1][0] * cell
    elements = [words(0, 12, title, "title")]
    if any(map(any, sides)):
        elements.append(rectangle(1, 20, columns * cell, rows * cell, "pad"))
    elements += [
        rectangle(x, y, size[1] * cell, size[0] * cell, "cell front k-convolution"),
        rectangle(1, 20, reach[1] * cell, reach[0] * cell, "mark"),
    ]
    if reach[1] + stride[1] <= columns:
        elements.append(rectangle(1 + stride[1] * cell, 20, reach[1] * cell, reach[0] * cell, "next"))
    bottom, right = 20 + rows * cell, columns * cell
    elements += [
        words(right + 12, 20 + rows * cell / 2 + 6, "→", "big", "start"),
        rectangle(right + 40, 20 + (rows - out[0]) * cell / 2, out[1] * cell, out[0] * cell, "cell front k-pooling"),
    ]
    notes = [f"{size[0]}×{size[1]}" + _plus(sides), f"gives {out[0]}×{out[1]}"]
    elements += [words(0, bottom + 15 + 15 * n, note) for n, note in enumerate(notes)]
    return Panel(tuple(elements), max(right + 42 + out[1] * cell, wide_title(title), *map(wide, notes)), bottom + 36)


def _plus(sides: geometry.Sides) -> str:
    (top, bottom), (left, right) = sides
    if not any(map(any, sides)):
        return ", no padding"
    return f" with {top} above, {bottom} below, {left} left, {right} right"
