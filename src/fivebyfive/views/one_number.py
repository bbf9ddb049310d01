"""One output value in the terminal: its window, its filter, the products and their sum, as tables.

A convolution over many channels shows those that contribute most and the sums of the others; a fully connected layer
its largest products. What is left out is counted and summed, so that the figures shown always add up to the value.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.color import Color
from rich.console import Console
from rich.text import Text

from fivebyfive.errors import InputError
from fivebyfive.views import blocks, guard, palette
from fivebyfive.views.going_back import sum_back
from fivebyfive.views.layers import layers
from fivebyfive.views.sheet import Sheet, cut
from fivebyfive.views.titles import title
from fivebyfive.writing import among, column, number

if TYPE_CHECKING:
    from fivebyfive.explain.step import Arithmetic, Step, Term
    from fivebyfive.explain.trace import Trace

MOST_CHANNELS = 3
"""So many channels of a window are shown in full."""
MOST_ROWS = 12
CELL = 8
"""Columns for a number of a window; a window that is wider than the screen is listed by its largest products."""
NAME = 32


@dataclass
class Plane:
    """The terms of one window in one channel of one input, in rows from top to bottom."""

    input: int
    channel: int
    rows: "list[list[Term]]"

    @property
    def terms(self) -> "list[Term]":
        return [term for row in self.rows for term in row]

    @property
    def sum(self) -> float:
        return sum(term.product for term in self.terms)


def show_number(trace: "Trace", step: "Step", y: int, x: int, channel: int, console: Console) -> None:
    """Print how the value of `step` at (y, x, channel) came about.

    Raises:
        InputError: the position lies outside of the step's output, or there is no arithmetic for it.
    """
    _Number(trace, step, step.arithmetic(y, x, channel), console).show()


class _Number(Sheet):
    def __init__(self, trace: "Trace", step: "Step", sum_: "Arithmetic", console: Console) -> None:
        super().__init__(console)
        self.trace, self.step, self.sum = trace, step, sum_

    def show(self) -> None:
        step, found = self.step, self.sum
        y, x, channel = found.position
        where = f"unit {channel}" if step.size[:2] == (1, 1) else f"y {y}, x {x}, channel {channel}"
        self.rule(f"{title(step)} at {where} = {number(found.total)}")
        if step.source is not None:
            self.print(Text(f"{step.source.line:>4} ", "bright_black").append(f"│ {step.source.code}", "default"))
        self.prose(" ".join(guard.words(step)))
        self.gap()
        planes = _planes(found, (self.width - 5) // CELL) if self.step.origins else []
        if planes and found.operation in ("sum", "max", "min", "mean", "power"):
            self.window(planes)
        else:
            self.terms()
        self.details()
        self.gap()
        self.formula()
        self.onward()
        if self.trace.way_back is not None:
            self.gap()
            self.backward()

    # --- a window ---------------------------------------------------------------------------------------------------

    def window(self, planes: list[Plane]) -> None:
        """Windows, filters and products of the channels that count most; then every channel's sum."""
        summed = self.sum.operation == "sum"
        largest = (
            sorted(planes, key=lambda plane: -abs(plane.sum))[:MOST_CHANNELS] if summed else planes[:MOST_CHANNELS]
        )
        for plane in sorted(largest, key=lambda plane: planes.index(plane)):
            self.plane(plane, alone=len(planes) == 1)
        if any(term.padding for plane in planes for term in plane.terms):
            self.print(Text(f"· {self.padding()}", "bright_black"))
        if self.sum.winner is not None:
            self.print(Text("[…] is the one that wins", "bright_black"))
        self.gap()
        if summed:
            self.channels(planes)

    def padding(self) -> str:
        mode = self.step.attributes.get("padding_mode", "zeros")
        meanings = {"zeros": "is padding, and counts as 0", "ignored": "is padding, and never wins"}
        return meanings.get(mode, f"is padding, which repeats the map ({mode})")

    def plane(self, plane: Plane, alone: bool) -> None:
        of = self.step.origins[plane.input]
        head = f"{title(of)}, {among('channel', plane.channel, of.size[2])}"
        self.print(Text(head, "bold"))
        rows = plane.rows
        window = self.table("window", rows, [term.value for term in plane.terms], labelled=True)
        if self.sum.operation != "sum":
            self.flow([window])
            return
        filter_ = self.table("× filter", rows, [term.weight for term in plane.terms])
        products = self.table("= products", rows, [term.product for term in plane.terms], digits=4)
        self.flow([window, filter_, products])
        if not alone:
            self.print(Text(f"sum of channel {plane.channel}: {number(plane.sum)}"))
            self.gap()

    def table(
        self, title: str, rows: "list[list[Term]]", values: Sequence[float], labelled: bool = False, digits: int = 3
    ) -> list[Text]:
        """Numbers in cells that are coloured by them; the window's rows and columns have their places beside them."""
        terms = [term for row in rows for term in row]
        texts = column(values, digits)
        if labelled:
            texts = [self.cell(n, term, text) for n, (term, text) in enumerate(zip(terms, texts, strict=True))]
        wide = max(len(text) for text in texts)
        row = np.array(values)[np.newaxis]
        (colours,) = blocks.paints(row, blocks.spread(row), self.console.color_system)
        places = [term.position for term in terms]
        label = max(len(number(place[0])) for place in places if place) + 1 if labelled else 0
        lines = [Text(" " * label).append(title, "italic")]
        if labelled:
            heads = "".join(f"{number(term.position[1]):>{wide + 1}}" for term in rows[0] if term.position)
            lines.append(Text(" " * label + heads, "bright_black"))
        else:
            lines.append(Text())
        width = len(rows[0])
        for n in range(len(rows)):
            first = terms[n * width]
            line = Text(
                f"{number(first.position[0]):>{label - 1}} " if labelled and first.position else "", "bright_black"
            )
            for text, colour in zip(
                texts[n * width : (n + 1) * width], colours[n * width : (n + 1) * width], strict=True
            ):
                line.append(f" {text:>{wide}}", "" if self.plain else _on(colour))
            lines.append(line)
        return lines

    def cell(self, n: int, term: "Term", text: str) -> str:
        """A window's number, the winner and padding marked."""
        if n == self.sum.winner:
            return f"[{text}]"
        if term.padding:
            return "·" if term.origin is None else f"·{text}"
        return text

    def flow(self, tables: list[list[Text]]) -> None:
        """Tables beside each other, as many as fit, the others below."""
        while tables:
            chosen = 1
            while chosen < len(tables) and _width(tables[: chosen + 1]) <= self.width:
                chosen += 1
            lines = blocks.beside(tables[:chosen], gap=2)
            self.print(*(line for line in lines if line.plain.strip()))
            self.gap()
            tables = tables[chosen:]

    def channels(self, planes: list[Plane]) -> None:
        """The sum of each channel, largest first; of the others how many they are and their sum; bias and total."""
        found = self.sum
        parts: list[tuple[str, float]] = []
        if len(planes) > 1:
            ordered = sorted(planes, key=lambda plane: -abs(plane.sum))
            parts = [(f"channel {plane.channel}", plane.sum) for plane in ordered[: MOST_ROWS - 2]]
            if len(ordered) > MOST_ROWS - 2:
                others = ordered[MOST_ROWS - 2 :]
                parts.append((f"{len(others)} other channels together", sum(plane.sum for plane in others)))
        else:
            parts = [(f"sum of {len(planes[0].terms)} products", planes[0].sum)]
        if found.remainder_count:
            parts.append((f"{found.remainder_count:,} smaller products together", found.remainder))
        self.sums(parts)

    def sums(self, parts: list[tuple[str, float]]) -> None:
        """Named parts under each other, bias and total last, with a bar for each."""
        found = self.sum
        if found.bias is not None:
            parts = [*parts, ("bias", found.bias)]
        texts = column([*(value for _, value in parts), found.total], digits=4)
        wide, room = max(len(text) for text in texts), max(10, min(40, self.console.width - 60))
        name = max(len(part) for part, _ in [*parts, ("total", 0.0)])
        largest = blocks.spread(np.array([value for _, value in parts]))
        for (part, value), text in zip(parts, texts, strict=False):
            bar = _bar(value, largest, room)
            self.print(Text(f"  {part:<{name}}  {text:>{wide}}  ").append(bar, _ink(value)))
        self.print(Text(f"  {'total':<{name}}  {texts[-1]:>{wide}}", "bold"))

    # --- a list of terms --------------------------------------------------------------------------------------------

    def terms(self) -> None:
        """Values, weights and products under each other, the largest products first."""
        found = self.sum
        order = list(range(len(found.terms)))
        of_products = found.operation in ("sum", "mean") or self.step.kind == "recurrent"
        if of_products:
            order.sort(key=lambda n: -abs(found.terms[n].product))
        shown = [found.terms[n] for n in order[:MOST_ROWS]]
        weighted = of_products and any(term.weight != 1 for term in shown)
        values, products = column(t.value for t in shown), column(t.product for t in shown)
        weights = column(t.weight for t in shown)
        names = [self.place(term) for term in shown]
        wide = [max((len(text) for text in texts), default=0) for texts in (names, values, weights, products)]
        largest = blocks.spread(np.array([term.product for term in shown]))
        for n, term in enumerate(shown):
            line = Text(f"  {names[n]:<{wide[0]}}  {values[n]:>{wide[1]}}")
            if weighted:
                line.append(f" × {weights[n]:>{wide[2]}} = {products[n]:>{wide[3]}}  ")
                line.append(_bar(term.product, largest, 16), _ink(term.product))
            if order[n] == found.winner:
                line.append("  the winner", "bold")
            self.print(line)
        self.others([found.terms[n] for n in order[MOST_ROWS:]], weighted)

    def others(self, left: "list[Term]", weighted: bool) -> None:
        """What the list leaves out, and the sum of it all."""
        found = self.sum
        count = len(left) + found.remainder_count
        if found.operation not in ("sum", "mean"):
            if count:
                self.print(Text(f"  and {count:,} more", "bright_black"))
            return
        if not (weighted or count or found.bias is not None or len(found.terms) > 1):
            return
        rest = sum(term.product for term in left) + found.remainder
        shown = sum(term.product for term in found.terms) + found.remainder - rest
        parts = (
            [(f"sum of these {min(len(found.terms), MOST_ROWS)}", shown)] if len(found.terms) > 1 or weighted else []
        )
        if count:
            parts.append((f"{count:,} smaller products together", rest))
        self.gap()
        self.sums(parts)

    def place(self, term: "Term") -> str:
        if term.position is None or term.input >= len(self.step.origins):
            return term.name or "constant"
        of, (y, x, channel) = self.step.origins[term.input], term.position
        place = cut(of.name, NAME) + (f"[{channel}]" if of.size[:2] == (1, 1) else f"[{y}, {x}, {channel}]")
        return f"{term.name}: {place}" if term.name else place

    # --- below ------------------------------------------------------------------------------------------------------

    def details(self) -> None:
        """Further numbers: mean, variance, scale."""
        if self.sum.details:
            shown = (f"{name.replace('_', ' ')} {_written(value)}" for name, value in self.sum.details.items())
            self.prose(", ".join(shown))

    def formula(self) -> None:
        """The formula in symbols and with the numbers."""
        self.prose(self.sum.formula(), "bold")
        self.prose(self.sum.formula(numbers=True))

    def onward(self) -> None:
        """What the small steps after this one (bias, activation) make of the value: to the end of the layer."""
        layer = next(layer for layer in layers(self.trace) if self.step in layer.steps)
        after = [s for s in layer.steps if s.index > self.step.index and s.kind != "output"]
        if after:
            self.gap()
        for step in after:
            following = step.arithmetic(*self.sum.position)
            self.prose(f"then {title(step)}: {following.formula(numbers=True)}")

    def backward(self) -> None:
        """How the loss's gradient came to this value; where it did not, or that is not known, why."""
        step, (y, x, channel) = self.step, self.sum.position
        name = f"{step.name}[{channel}]" if step.size[:2] == (1, 1) else f"{step.name}[{y}, {x}, {channel}]"
        words = guard.back_words(step)
        try:
            found = step.back(y, x, channel)
        except InputError as error:
            self.rule("the way back")
            self.prose(" ".join(dict.fromkeys([*words, guard.sentence(error)])))
            return
        sum_back(self, self.trace, name, found, words)


def _planes(found: "Arithmetic", most: int) -> list[Plane]:
    """The terms as windows, one for each input channel; none where they do not fill a rectangle that can be shown."""
    groups: dict[tuple[int, int], list[Term]] = {}
    for term in found.terms:
        if term.position is None:
            return []
        groups.setdefault((term.input, term.position[2]), []).append(term)
    planes = []
    for (input_, channel), terms in groups.items():
        ys = sorted({t.position[0] for t in terms if t.position})
        xs = sorted({t.position[1] for t in terms if t.position})
        if len(ys) * len(xs) != len(terms) or max(len(ys), len(xs)) > most or len(terms) == 1:
            return []
        planes.append(Plane(input_, channel, [terms[i * len(xs) : (i + 1) * len(xs)] for i in range(len(ys))]))
    return planes


def _bar(value: float, largest: float, room: int) -> str:
    """As long as the value is large; none for what has no length."""
    return "█" * min(room, round(abs(value) / largest * room)) if largest and math.isfinite(value) else ""


def _written(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _width(tables: Sequence[Sequence[Text]]) -> int:
    return sum(max(line.cell_len for line in table) for table in tables) + 2 * (len(tables) - 1)


def _ink(value: float) -> str:
    return palette.ABOVE if value >= 0 else palette.BELOW


def _on(colour: str) -> str:
    """Text that can be read on a cell of this colour (contrast as in "
    "https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio)."""
    red, green, blue = ((channel / 255) ** 2.2 for channel in Color.parse(colour).get_truecolor())
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179
    return f"{'#000000' if light else '#ffffff'} on {colour}"
