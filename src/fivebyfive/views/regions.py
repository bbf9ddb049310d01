"""What one value of a layer reads of the layer before it: which region that is, and the lines that show it.

A convolution or a pooling reads a window, drawn as a cone to the value; a fully connected layer reads all values, drawn
as a fan; a reshaping unrolls a volume into a list.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivebyfive.explain.windows import window_at
from fivebyfive.views import svg
from fivebyfive.views.layers import Layer
from fivebyfive.views.svg import Point
from fivebyfive.views.volumes import CELL, Figure

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step


@dataclass(frozen=True)
class Region:
    """Rows `y0` … `y1` and columns `x0` … `x1` of the source go into the value at `target` (y, x); None: all of it."""

    y0: float = 0
    y1: float = 0
    x0: float = 0
    x1: float = 0
    target: Point | None = None


def region(source: Layer, target: Layer) -> Region | None:
    """What one value of `target` reads of `source`; None where no region says it."""
    step = target.main
    if source.is_list:
        return Region() if step.kind == "fully connected" and target.is_list else None
    if step.kind == "reshaping" and target.is_list:
        return Region()
    if step.kind not in ("convolution", "pooling") or step.attributes.get("transposed"):
        return None
    height, width, _ = source.size
    if target.is_list:
        return Region(0, height, 0, width, (0.5, 0.5))
    if "kernel" not in step.attributes or "stride" not in step.attributes:
        return None
    return _window(step)


def _window(step: "Step") -> Region:
    """The window of a value a little above the middle of the step's output."""
    y, x = int(step.size[0] * 0.36), int(step.size[1] * 0.52)
    (y0, y1), (x0, x1) = window_at(step, y, x)
    return Region(y0, y1, x0, x1, (y + 0.5, x + 0.5))


def lines(source: Figure, target: Figure, region: Region, value: int | None) -> list[str]:
    """From what is read to the value that comes of it: in a list `value`, if one is named."""
    if region.target is None and source.form == "volume":
        return [_unrolled(source, target), svg.arrow([(source.right[0] + 3, source.axis), (target.x - 3, target.axis)])]
    if region.target is None:
        return _fan(source, target, value)
    point = target.on_front(*region.target) if target.form == "volume" else (target.x, target.axis)
    (x0, y0), (x1, y1) = source.on_front(region.y0, region.x0), source.on_front(region.y1, region.x1)
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    back = [(x + source.dx, y - source.dy) for x, y in corners]
    return [
        svg.lines([*zip(corners, back, strict=True), *zip(back, [*back[1:], back[0]], strict=True)], "through"),
        svg.polygon([(x1, y0), point, (x1, y1)], "glass"),
        svg.lines([(corner, point) for corner in corners], "cone"),
        svg.rectangle(x0, y0, x1 - x0, y1 - y0, "halo"),
        svg.rectangle(x0, y0, x1 - x0, y1 - y0, "window"),
        svg.rectangle(point[0] - 2, point[1] - 2, 4, 4, "dot"),
    ]


def _fan(source: Figure, target: Figure, value: int | None) -> list[str]:
    """Every input goes into one output: `value`, or any."""
    right, count = source.x + source.width, 9
    cell = target.layer.size[2] // 3 if value is None else value
    end = (target.x, target.top + (CELL * (cell + 0.5) if target.form == "cells" else target.height * 0.3))
    ys = [source.top + source.height * (i + 0.5) / count for i in range(count)]
    return [svg.lines([((right, y), end) for y in ys], "cone"), svg.rectangle(end[0] - 2, end[1] - 2, 4, 4, "dot")]


def _unrolled(source: Figure, target: Figure) -> str:
    right = source.x + source.across
    ends = (
        ((right, source.top - source.dy), (target.x, target.top)),
        ((right, source.bottom - source.dy), (target.x, target.bottom)),
    )
    return svg.lines(ends, "through")
