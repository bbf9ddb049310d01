"""One layer as a shape in a drawing: a volume, a column of values, or the sign of an addition; and as SVG.

Height and width of a volume are to scale within one drawing; its depth goes by the square root of its channels, so that
3 and 512 both fit; a column's length by the square root of its values. What would be too small to see gets 4 pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

from fivebyfive.views.layers import Layer
from fivebyfive.views.svg import Point, of_kind, polygon, rectangle

JOIN_SIGNS = {"add": "+", "add_": "+", "iadd": "+", "sub": "−", "mul": "×", "mul_": "×"}
FEW = 12
"""So many values, or fewer, are drawn one by one."""
CELL = 13.0


@dataclass(frozen=True)
class Figure:
    """A layer's shape: front face (or column, or sign) `width` × `height`, receding by `dx` to the right, `dy` upwards.

    Attributes:
        form: "volume", "column", "cells" (a column, value by value) or "sign".
        x, axis: the left edge, and the horizontal line on which the shape is centred.
    """

    layer: Layer
    form: str
    width: float
    height: float
    dx: float = 0.0
    dy: float = 0.0
    x: float = 0.0
    axis: float = 0.0

    @property
    def across(self) -> float:
        return self.width + self.dx

    @property
    def tall(self) -> float:
        return self.height + self.dy

    @property
    def top(self) -> float:
        """Of the front face."""
        return self.axis - self.tall / 2 + self.dy

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def left(self) -> Point:
        """Where lines come in."""
        above = max(0.0, self.top - self.axis)
        return self.x + (self.dx * above / self.dy if self.dy else 0.0), self.axis

    @property
    def right(self) -> Point:
        """Where lines go out."""
        below = max(0.0, self.axis - (self.bottom - self.dy))
        return self.x + self.across - (self.dx * below / self.dy if self.dy else 0.0), self.axis

    def at(self, x: float, axis: float) -> "Figure":
        """The same shape somewhere else."""
        return replace(self, x=x, axis=axis)

    def on_front(self, y: float, x: float) -> Point:
        """Where row `y`, column `x` of the feature map are on the front face; halves are centres of cells."""
        height, width = self.layer.size[:2]
        return self.x + x / max(1, width) * self.width, self.top + y / max(1, height) * self.height


def figures(layers: Sequence[Layer], largest: float, deepest: float) -> list[Figure]:
    """A shape for each layer; the largest map is `largest` pixels high or wide, the deepest volume `deepest` deep."""
    maps = [layer.size for layer in layers if not layer.is_list]
    lists = [layer.size[2] for layer in layers if layer.is_list]
    unit = largest / max([1, *(max(size[:2]) for size in maps)])  # there may be none, and an empty one has no side
    depth = min(4.0, deepest / sqrt(max([1, *(size[2] for size in maps)])))
    length = min(12.0, largest * 1.15 / sqrt(max([1, *lists])))
    return [_figure(layer, unit, depth, length) for layer in layers]


def _figure(layer: Layer, unit: float, depth: float, length: float) -> Figure:
    size, bar = layer.size, max(16.0, length * sqrt(layer.size[2]))
    if layer.kind == "joining" and layer.main.op in JOIN_SIGNS and not layer.members:
        return Figure(layer, "sign", 20, 20)
    if layer.is_list:
        few = size[2] <= FEW
        return Figure(layer, "cells", CELL - 2, size[2] * CELL) if few else Figure(layer, "column", 10, bar)
    back = depth * sqrt(size[2])
    return Figure(layer, "volume", max(4.0, size[1] * unit), max(4.0, size[0] * unit), back * 0.8, back * 0.55)


def shape(figure: Figure, picture: str = "", chosen: int | None = None) -> list[str]:
    """`figure` as SVG elements.

    Args:
        picture: the address of an image for the front face of a volume.
        chosen: the cell that stands out among single values.
    """
    if figure.form == "volume":
        return _volume(figure, picture)
    if figure.form == "cells":
        return _cells(figure, chosen)
    if figure.form == "sign":
        return _sign(figure)
    return [
        rectangle(figure.x, figure.top, figure.width, figure.height, f"front {of_kind(figure.layer.kind)}", radius=3)
    ]


def _volume(f: Figure, picture: str) -> list[str]:
    kind = of_kind(f.layer.kind)
    left, right, top, bottom = f.x, f.x + f.width, f.top, f.bottom
    back_left, back_right = left + f.dx, right + f.dx
    parts = [
        polygon([(left, top), (back_left, top - f.dy), (back_right, top - f.dy), (right, top)], f"top {kind}"),
        polygon([(right, top), (back_right, top - f.dy), (back_right, bottom - f.dy), (right, bottom)], f"side {kind}"),
        rectangle(left, top, f.width, f.height, f"front {kind}"),
    ]
    if picture:
        where = f'x="{left:.1f}" y="{top:.1f}" width="{f.width:.1f}" height="{f.height:.1f}"'
        parts.append(f'<image class="picture" {where} preserveAspectRatio="none" href="{picture}"/>')
        parts.append(rectangle(left, top, f.width, f.height, f"edge-line {kind}"))
    return parts


def _cells(f: Figure, chosen: int | None) -> list[str]:
    kind = of_kind(f.layer.kind)
    return [
        rectangle(
            f.x, f.top + i * CELL + 1, f.width, CELL - 2, f"{'solid' if i == chosen else 'front'} {kind}", radius=3
        )
        for i in range(f.layer.size[2])
    ]


def _sign(f: Figure) -> list[str]:
    kind, x = of_kind(f.layer.kind), f.x + f.width / 2
    return [
        f'<circle class="front {kind}" cx="{x:.1f}" cy="{f.axis:.1f}" r="{f.width / 2:.1f}"/>',
        f'<text class="sign" x="{x:.1f}" y="{f.axis + 5.5:.1f}">{JOIN_SIGNS[f.layer.main.op]}</text>',
    ]
