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

from fivebyfive import portable
from fivebyfive.explain.layout import size_text
from fivebyfive.text import printable
from fivebyfive.views import labels, placing, regions, svg
from fivebyfive.views.layers import Layer, folded, layers
from fivebyfive.views.regions import Region
from fivebyfive.views.svg import LINE, text_width
from fivebyfive.views.volumes import Figure, figures, shape

if TYPE_CHECKING:
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
        self.labels = [labels.label(layer, look.detail) for layer in chosen]
        self.answers = labels.answers_of(trace, chosen[-1])
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
        kinds = [layer.kind for layer in self.layers]
        legend, right, bottom = labels.legend(kinds, MARGIN, y + 6, self.longest + MARGIN)
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
        chosen = labels.winner_of(self.drawing.trace, self.drawing.layers[last])
        parts = [self._line(edge) for edge in self.edges if edge not in reads]
        for n, figure in self.placed.items():
            face = picture if _shows_picture(self.drawing, n) else ""
            drawn = shape(figure, face, chosen if n == last else None)
            parts += ['<g class="again">', *drawn, "</g>"] if n == self.row.repeated else drawn
        for edge, region in reads.items():
            value = chosen if edge.target == last else None
            parts += regions.lines(self.placed[edge.source], self.placed[edge.target], region, value)
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

    def _region(self, edge: placing.Edge) -> Region | None:
        """What `edge`'s target reads of its source for one value, where that can be drawn."""
        source, target = self.drawing.layers[edge.source], self.drawing.layers[edge.target]
        straight = edge.along != "over" and self.row.lanes[edge.source] == self.row.lanes[edge.target]
        is_sign = self.placed[edge.source].form == "sign"
        if not (self.drawing.look.detail and straight) or target.members or is_sign:
            return None
        return regions.region(source, target)

    def _words(self, n: int, figure: Figure) -> list[str]:
        y, middle = self.words[self.row.lanes[n]], figure.x + figure.across / 2
        parts = [svg.text(middle, y + LINE * (i + 0.75), *line) for i, line in enumerate(self.drawing.labels[n])]
        if self.drawing.look.detail and figure.form == "volume":
            parts += labels.sizes(figure)
        if n == len(self.drawing.layers) - 1:
            winner = labels.winner_of(self.drawing.trace, self.drawing.layers[n])
            parts += labels.beside_output(self.drawing.answers, winner, figure)
        return parts

    def _goes_on(self) -> list[str]:
        """Arrows out of the row's last layer, if there is more to come."""
        number = max(n for members in self.row.columns for n in members)
        last = self.row.columns[-1]
        if number == len(self.drawing.layers) - 1 or not last:
            return []
        x, y = self.placed[last[0]].right
        return [svg.arrow([(x + 3, y), (x + 24, y)])]


# --- the whole -------------------------------------------------------------------------------------------------------


def _document(drawing: _Drawing, parts: Sequence[str], width: float, height: float) -> str:
    look = "in more detail" if drawing.look.detail else "the big picture"
    title = f"{portable.network_name(drawing.trace.network)}: {look}"
    described = "; ".join(f"{layer.name} ({layer.kind}, {size_text(layer.size)})" for layer in drawing.layers)
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="fivebyfive" role="img" {size}>',
            f"<title>{escape(printable(title))}</title>",
            f"<desc>{escape(printable(f'Layers from the input on: {described}.'))}</desc>",
            svg.style(layer.kind for layer in drawing.layers),
            svg.rectangle(0, 0, width, height, "paper", radius=6),
            *parts,
            "</svg>\n",
        ]
    )


def _crown(figure: Figure) -> svg.Point:
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
