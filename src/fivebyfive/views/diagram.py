"""The two drawings of a network, from a trace: "the big picture", and "in more detail" with kernels and what they read.

The drawing is SVG text that needs nothing else and follows the reader's light or dark scheme. Long networks are folded
module by module until the drawing fits a page.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from math import inf
from typing import TYPE_CHECKING

from fivebyfive.explain.layout import size_text
from fivebyfive.views import placing, svg
from fivebyfive.views.guard import guarded
from fivebyfive.views.layers import Layer, contents, folded, layers
from fivebyfive.views.svg import LINE, Point, text_width
from fivebyfive.views.volumes import CELL, FEW, JOIN_SIGNS, Figure, figures, shape

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

MARGIN = 20.0
LEVEL = 12.0
"""From one line over the top to the next, in pixels."""


@dataclass(frozen=True)
class Look:
    """What the two drawings differ in: the pixels of the largest map, the deepest volume, the gap between columns and
    the longest row; how many rows there may be; whether kernels and settings are shown."""

    map: float
    depth: float
    gap: float
    row: float
    rows: int
    detail: bool


BIG = Look(map=76, depth=26, gap=24, row=1140, rows=1, detail=False)
DETAIL = Look(map=120, depth=48, gap=44, row=1140, rows=6, detail=True)


def diagram(trace: "Trace", detail: bool = False) -> str:
    """The network of `trace` as SVG text.

    Args:
        detail: draw kernels, what they read, and each layer's settings; otherwise the big picture, in one line.
    """
    all_layers = layers(trace)
    chosen = folded(all_layers, partial(_fits, trace, BIG))
    if detail:  # never the coarser one, though a skip across the whole network may make its row a long one
        chosen = max(folded(all_layers, partial(_fits, trace, DETAIL)), chosen, key=len)
    return _Drawing(trace, chosen, DETAIL if detail else BIG).svg()


def _fits(trace: "Trace", look: Look, chosen: list[Layer]) -> bool:
    drawing = _Drawing(trace, chosen, look)
    return len(drawing.rows) <= look.rows and drawing.longest <= look.row


class _Drawing:
    """Chosen layers at their places."""

    def __init__(self, trace: "Trace", chosen: list[Layer], look: Look) -> None:
        self.trace, self.layers, self.look = trace, chosen, look
        self.figures = figures(chosen, look.map, look.depth)
        self.labels = [_label(layer, look.detail) for layer in chosen]
        self.answers = _answers(trace, chosen[-1])
        self.inputs = [layer.inputs for layer in chosen]
        widths = [self.width(column) + look.gap for column in placing.columns(self.inputs)]
        self.rows = placing.rows(self.inputs, widths, look.row if look.rows > 1 else inf)
        self.longest = max(sum(self.width(column) + look.gap for column in row.columns) - look.gap for row in self.rows)

    def width(self, column: Sequence[int]) -> float:
        return max(self.reach(n)[0] for n in column) + max(self.reach(n)[1] for n in column)

    def reach(self, n: int) -> tuple[float, float]:
        """How far layer `n` goes to the left and to the right of its middle, its words included."""
        figure = self.figures[n]
        words = max(text_width(*line) for line in self.labels[n]) / 2
        left = right = figure.across / 2
        if self.look.detail and figure.form == "volume":
            height, _, channels = figure.layer.size
            left += 5 + text_width(str(height), "edge")
            right += max(0.0, 5 + text_width(str(channels), "edge") - figure.dx / 2)
        if n == len(self.layers) - 1 and self.answers:
            right += 7 + max(text_width(answer, "win") for answer in self.answers)
        return max(left, words), max(right, words)

    def svg(self) -> str:
        y, parts = MARGIN, []
        for row in self.rows:
            drawn, y = _Row(self, row, y).draw()
            parts += drawn
        legend, right, bottom = _legend(self.layers, y + 6, self.longest + MARGIN)
        return _document(self, [*parts, *legend], max(self.longest, right - MARGIN) + 2 * MARGIN, bottom + MARGIN)


class _Row:
    """One row of a drawing, from the height `y` on."""

    def __init__(self, drawing: _Drawing, row: placing.Row, y: float) -> None:
        self.drawing, self.row, self.top = drawing, row, y
        self.edges = placing.edges(drawing.inputs, row)
        self.column = {n: c for c, members in enumerate(row.columns) for n in members}
        over = [edge for edge in self.edges if edge.along == "over"]
        heights = placing.levels([(self.column[e.source], self.column[e.target]) for e in over])
        self.level = dict(zip(over, heights, strict=True))
        self.top += LEVEL * (max(heights) + 1.5) if heights else 0.0
        self.axes, self.words, self.bottom = self._lanes()
        self.begins, self.placed = self._columns()

    def draw(self) -> tuple[list[str], float]:
        """The row's elements, and where the next row begins."""
        reads = {e: region for e in self.edges if (region := self._region(e)) is not None}
        picture = _picture(self.drawing.trace)
        last = len(self.drawing.layers) - 1
        chosen = _winner(self.drawing.trace, self.drawing.layers[last])
        parts = [self._line(edge) for edge in self.edges if edge not in reads]
        for n, figure in self.placed.items():
            face = picture if _shows_picture(self.drawing, n) else ""
            drawn = shape(figure, face, chosen if n == last else None)
            parts += ['<g class="again">', *drawn, "</g>"] if n == self.row.repeated else drawn
        for edge, region in reads.items():
            value = chosen if edge.target == last else None
            parts += _reading(self.placed[edge.source], self.placed[edge.target], region, value)
        for n, figure in self.placed.items():
            parts += self._words(n, figure)
        return [*parts, *self._goes_on()], self.bottom

    def _lanes(self) -> tuple[dict[int, float], dict[int, float], float]:
        """For each lane its axis and the height of its words; and the row's end."""
        y, axes, words = self.top, {}, {}
        for lane in range(max(self.row.lanes.values()) + 1):
            members = [n for n, own in self.row.lanes.items() if own == lane]
            tall = max((self.drawing.figures[n].tall for n in members), default=0.0)
            axes[lane] = y + tall / 2
            words[lane] = y + tall + (17 if self.drawing.look.detail else 5)
            y = words[lane] + LINE * max((len(self.drawing.labels[n]) for n in members), default=0) + 18
        return axes, words, y

    def _columns(self) -> tuple[list[float], dict[int, Figure]]:
        """Where each column begins; and the figures at their places."""
        x, begins, placed = MARGIN, [], {}
        for members in self.row.columns:
            begins.append(x)
            middle = x + max(self.drawing.reach(n)[0] for n in members)
            for n in members:
                figure = self.drawing.figures[n]
                placed[n] = figure.at(middle - figure.across / 2, self.axes[self.row.lanes[n]])
            x += self.drawing.width(members) + self.drawing.look.gap
        return begins, placed

    def _line(self, edge: placing.Edge) -> str:
        source, target = self.placed[edge.source], self.placed[edge.target]
        (x0, y0), (x1, y1) = source.right, target.left
        gap = self.drawing.look.gap
        after = self.begins[self.column[edge.source] + 1] - gap * 0.7
        before = self.begins[self.column[edge.target]] - gap * 0.45
        start, end = (x0 + 3, y0), (x1 - 2, y1)
        if edge.along == "over":
            y = self.top - LEVEL * (self.level[edge] + 0.6)
            if self.row.lanes[edge.target] == 0:
                return svg.arrow([start, (after, y0), (after, y), (_crown(target)[0], y), _crown(target)])
            return svg.arrow([start, (after, y0), (after, y), (before, y), (before, y1), end])
        if y0 == y1:
            return svg.arrow([start, end])
        bend = before if edge.along == "source" else after
        return svg.arrow([start, (bend, y0), (bend, y1), end])

    def _region(self, edge: placing.Edge) -> "_Region | None":
        """What `edge`'s target reads of its source for one value, where that can be drawn."""
        source, target = self.drawing.layers[edge.source], self.drawing.layers[edge.target]
        straight = edge.along != "over" and self.row.lanes[edge.source] == self.row.lanes[edge.target]
        is_sign = self.placed[edge.source].form == "sign"
        if not (self.drawing.look.detail and straight) or target.members or is_sign:
            return None
        return _region(source, target)

    def _words(self, n: int, figure: Figure) -> list[str]:
        y, middle = self.words[self.row.lanes[n]], figure.x + figure.across / 2
        parts = [svg.text(middle, y + LINE * (i + 0.75), *line) for i, line in enumerate(self.drawing.labels[n])]
        if self.drawing.look.detail and figure.form == "volume":
            parts += _sizes(figure)
        if n == len(self.drawing.layers) - 1:
            parts += _answer_words(self.drawing, figure)
        return parts

    def _goes_on(self) -> list[str]:
        """Arrows out of the row's last layer, if there is more to come."""
        number = max(n for members in self.row.columns for n in members)
        last = self.row.columns[-1]
        if number == len(self.drawing.layers) - 1 or not last:
            return []
        x, y = self.placed[last[0]].right
        return [svg.arrow([(x + 3, y), (x + 24, y)])]


# --- what a layer reads ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Region:
    """Rows `y0` … `y1` and columns `x0` … `x1` of the source go into the value at `target` (y, x); None: all of it."""

    y0: float = 0
    y1: float = 0
    x0: float = 0
    x1: float = 0
    target: Point | None = None


def _region(source: Layer, target: Layer) -> _Region | None:
    step = target.main
    if source.is_list:
        return _Region() if step.kind == "fully connected" and target.is_list else None
    if step.kind == "reshaping" and target.is_list:
        return _Region()
    if step.kind not in ("convolution", "pooling") or step.attributes.get("transposed"):
        return None
    height, width, _ = source.size
    if target.is_list:
        return _Region(0, height, 0, width, (0.5, 0.5))
    if "kernel" not in step.attributes or "stride" not in step.attributes:
        return None
    return _window(step)


def _window(step: "Step") -> _Region:
    """The window of a value a little above the middle of the step's output."""
    at, first, end = [], [], []
    padding = step.attributes.get("padding", ((0, 0), (0, 0)))
    dilation = step.attributes.get("dilation", (1, 1))
    for axis, share in ((0, 0.36), (1, 0.52)):
        position = int(step.size[axis] * share)
        begin = position * step.attributes["stride"][axis] - padding[axis][0]
        at.append(position + 0.5)
        first.append(begin)
        end.append(begin + (step.attributes["kernel"][axis] - 1) * dilation[axis] + 1)
    return _Region(first[0], end[0], first[1], end[1], (at[0], at[1]))


def _reading(source: Figure, target: Figure, region: _Region, value: int | None) -> list[str]:
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


# --- words ----------------------------------------------------------------------------------------------------------


def _label(layer: Layer, detail: bool) -> list[tuple[str, str]]:
    """The lines under a layer's figure, each with its font."""
    name = (_short(layer.name), "name")
    size = (size_text(layer.size), "word")
    if not detail:
        return [name, size]
    facts = (
        [contents(layer)]
        if layer.members
        else guarded(layer.main, "The description", lambda _: _facts(layer), lambda _: [f"{layer.main.op}: not shown"])
    )
    if layer.parameters:
        facts.append(f"{layer.parameters:,} parameters")
    return [
        name,
        *([size] if layer.is_list or layer.main.kind == "joining" else []),
        *((f, "word") for f in facts if f),
    ]


def _facts(layer: Layer) -> list[str]:
    step = layer.main
    attributes = step.attributes
    kernel = "×".join(map(str, attributes["kernel"])) if "kernel" in attributes else ""
    added = _added(layer)
    facts: dict[str, list[str]] = {
        "input": ["pixels" if layer.is_list else "picture"],
        "convolution": [f"convolution {kernel}", *_settings(step)],
        "pooling": [f"{attributes.get('pooling', '')} pooling {kernel}".strip(), *_settings(step)],
        "fully connected": ["fully connected"],
        "dropout": [_dropout(attributes.get("keep_prob"))],
        "reshaping": [step.kind],
        "joining": [] if step.op in JOIN_SIGNS else [step.op],
    }
    return [*facts.get(step.kind, [step.op]), *([f"+ {', '.join(added)}"] if added else [])]


def _dropout(keep: float | None) -> str:
    if keep is None:
        return "dropout"
    return "dropout (off)" if keep == 1 else f"dropout, keep {keep:g}"


def _settings(step: "Step") -> list[str]:
    attributes = step.attributes
    settings = []
    stride = attributes.get("stride", (1, 1))
    if any(n != 1 for n in stride) and not (step.kind == "pooling" and stride == attributes.get("kernel")):
        settings.append(f"stride {_one_or_each(stride)}")
    if attributes.get("padding_name"):
        settings.append(f"{attributes['padding_name']} padding")
    elif any(before or after for before, after in attributes.get("padding", ())):
        settings.append(f"padding {_one_or_each([before for before, _ in attributes['padding']])}")
    if any(n != 1 for n in attributes.get("dilation", ())):
        settings.append(f"dilation {attributes['dilation'][0]}")
    if attributes.get("groups", 1) > 1:
        settings.append("depthwise" if attributes["groups"] == step.size[2] else f"{attributes['groups']} groups")
    return [", ".join(settings)] if settings else []


def _one_or_each(numbers: Sequence[int]) -> str:
    """One number for every direction, or one each."""
    return str(numbers[0]) if len(set(numbers)) == 1 else ", ".join(map(str, numbers))


def _added(layer: Layer) -> list[str]:
    """The small steps that belong to a layer, in the field's words."""
    names = {
        "bias_add": "bias",
        "add": "bias",
        "add_": "bias",
        "batch_norm": "batch norm",
        "relu": "ReLU",
        "relu_": "ReLU",
    }
    steps = [step for step in layer.steps[1:] if step.kind != "output"]
    bias = ["bias"] if layer.main.bias is not None and layer.main.kind in ("convolution", "fully connected") else []
    return list(dict.fromkeys([*bias, *(names.get(step.op, step.op.strip("_").replace("_", " ")) for step in steps)]))


def _short(name: str, most: int = 20) -> str:
    """`name`, or as much of its end as fits: there it tells the most."""
    parts = name.split(".")
    while len(parts) > 1 and len(".".join(parts)) + 1 > most:
        parts.pop(0)
    short = ".".join(parts)
    return name if len(name) <= most else f"…{short[-most + 1 :]}"


def _sizes(figure: Figure) -> list[str]:
    """Height, width and channels at a volume's edges."""
    height, width, channels = figure.layer.size
    return [
        svg.text(figure.x - 4, figure.bottom - 2, str(height), "edge", "end"),
        svg.text(figure.x + figure.width / 2, figure.bottom + 11, str(width), "edge"),
        svg.text(
            figure.x + figure.width + figure.dx / 2 + 4,
            figure.bottom - figure.dy / 2 + 8,
            str(channels),
            "edge",
            "start",
        ),
    ]


def _answers(trace: "Trace", last: Layer) -> list[str]:
    """What stands beside the output: every class if there are few of them, else the answer."""
    if not trace.prediction or not last.is_list:
        return []
    label, probability = trace.prediction[0]
    best = f"{label}  {probability:.1%}" + (f" ({trace.doubt})" if trace.doubt else "")
    if last.size[2] > FEW or len(trace.classes) != last.size[2]:
        return [best]
    return [best if c == label else c for c in trace.classes]


def _winner(trace: "Trace", last: Layer) -> int | None:
    answers = _answers(trace, last)
    return trace.classes.index(trace.prediction[0][0]) if len(answers) > 1 else None


def _answer_words(drawing: _Drawing, figure: Figure) -> list[str]:
    answers, x = drawing.answers, figure.x + figure.width + 7
    if len(answers) == 1:
        return [svg.text(x, figure.axis + 4, answers[0], "win", "start")]
    winner = _winner(drawing.trace, drawing.layers[-1])
    return [
        svg.text(x, figure.top + CELL * (i + 0.5) + 4, answer, "win" if i == winner else "word", "start")
        for i, answer in enumerate(answers)
    ]


def _legend(chosen: Sequence[Layer], y: float, width: float) -> tuple[list[str], float, float]:
    """A key to the colours; how far right it goes, and where it ends."""
    parts, x, right = [], MARGIN, MARGIN
    for kind in dict.fromkeys(layer.kind for layer in chosen):
        room = 16 + text_width(kind, "word")
        if x > MARGIN and x + room > width:
            x, y = MARGIN, y + 18
        parts.append(svg.rectangle(x, y, 11, 11, f"front {svg.slug(kind)}", radius=2))
        parts.append(svg.text(x + 16, y + 9.5, kind, "word", "start"))
        right = max(right, x + room)
        x += room + 16
    return parts, right, y + 12


# --- the whole ------------------------------------------------------------------------------------------------------


def _document(drawing: _Drawing, parts: Sequence[str], width: float, height: float) -> str:
    title = f"{drawing.trace.network}: {'in more detail' if drawing.look.detail else 'the big picture'}"
    described = "; ".join(f"{layer.name} ({layer.kind}, {size_text(layer.size)})" for layer in drawing.layers)
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="fivebyfive" role="img" {size}>',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(f'Layers from the input on: {described}.')}</desc>",
            svg.style(layer.kind for layer in drawing.layers),
            svg.rectangle(0, 0, width, height, "paper", radius=6),
            *parts,
            "</svg>\n",
        ]
    )


def _crown(figure: Figure) -> Point:
    """Where a line comes in from above."""
    return figure.x + figure.across / 2, figure.axis - figure.tall / 2 - 2


def _shows_picture(drawing: _Drawing, n: int) -> bool:
    """Whether layer `n` is the picture itself: the input, or the input reshaped to a picture."""
    layer, image = drawing.layers[n], drawing.trace.image
    if image is None or layer.members or layer.size[:2] != image.shape[:2]:
        return False
    return layer.kind == "input" or (layer.kind == "reshaping" and layer.inputs == (0,))


def _picture(trace: "Trace") -> str:
    """The picture that the network got, as the address of a PNG."""
    if trace.image is None:
        return ""
    from PIL import Image

    pixels = trace.image[:, :, :3] if trace.image.shape[2] >= 3 else trace.image[:, :, 0]
    picture = Image.fromarray(pixels)
    picture.thumbnail((160, 160))
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
