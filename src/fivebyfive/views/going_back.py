"""The way back in the terminal: the gradient's size at each step as a bar, and one gradient as a sum.

Both go where the code, or the number, stands already; at the listing's end all bars stand under each other.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from fivebyfive.explain.backward.numbers import scale_of
from fivebyfive.views import blocks, guard, palette
from fivebyfive.views.sheet import Sheet, cut
from fivebyfive.writing import column, number

if TYPE_CHECKING:
    from fivebyfive.explain.backward.sizes import GradientSizes, ParameterSize, StepSize
    from fivebyfive.explain.step import Arithmetic, Step, Term
    from fivebyfive.explain.trace import Trace

MOST_ROWS = 12
MOST_PARAMETERS = 40
BAR = 24
"""Columns of a bar beside the code; fewer where the screen is narrow."""


class Back:
    """The bars of one trace's way back on one sheet."""

    def __init__(self, trace: "Trace", sheet: Sheet) -> None:
        self.sizes: GradientSizes = trace.gradient_sizes()
        self.loss = trace.loss
        self.label = trace.way_back.label if trace.way_back is not None else ""
        self.sheet = sheet
        self.by_index = {step.index: step for step in self.sizes.steps}
        self.scale = scale_of([step.rms for step in self.sizes.steps])
        self.sign = "#" if sheet.console.options.ascii_only else "█"

    def beside(self, steps: "Sequence[Step]", room: int, words: bool) -> list[Text]:
        """Under a statement: of each of its steps the gradient's size, and how it goes back through the main one."""
        found = [self.by_index[step.index] for step in steps if step.index in self.by_index]
        wide = max(6, min(BAR, room - 28))
        lines = []
        for size in found:
            line = Text("← ").append(self.bar(size, wide)).append(f" {_said(size)}", "default")
            if len(found) > 1:
                line.append(f"  {cut(size.name, max(8, room - line.cell_len - 2))}", "cyan")
            lines.append(line)
        if words and found:
            main = max(steps, key=lambda step: step.macs or 0)
            said = " ".join(guard.back_words(main)[:-1] or guard.back_words(main))
            lines += Text(said, "italic").wrap(self.sheet.console, max(20, room))
        return lines

    def bar(self, size: "StepSize", room: int) -> Text:
        return Text(self.scale.bar(size.rms, room, self.sign), palette.of(size.kind).terminal)

    def show(self) -> None:
        """All of it under each other: from the loss to the image, then the parameters, then what it comes to."""
        sheet = self.sheet
        about = f" for the label {self.label}" if self.label else ""
        loss = "" if self.loss is None else f": loss {number(self.loss)}{about}"
        sheet.rule(f"the way back{loss}")
        steps = list(reversed(self.sizes.steps))
        name = min(max((len(step.name) for step in steps), default=0), max(10, sheet.width // 3))
        room = max(6, min(48, sheet.width - name - 26))
        sheet.prose(
            f"the gradient's size at each step, from the answer to the image; {self.scale.words()}", "bright_black"
        )
        for step in steps:
            line = Text().append(f" {cut(step.name, name):>{name}} ", "cyan").append(self.bar(step, room))
            sheet.print(line.append(f" {_said(step)}", "default"))
        self.parameters(name)
        sheet.gap()
        for sentence in self.sizes.words():
            sheet.prose(sentence)

    def parameters(self, name: int) -> None:
        shown = self.sizes.parameters[:MOST_PARAMETERS]
        if not shown:
            return
        self.sheet.gap()
        self.sheet.prose(
            "of each parameter: its gradient's size, its own, and the gradient's share of it", "bright_black"
        )
        for one in shown:
            self.sheet.print(Text().append(f" {cut(one.name, name):>{name}} ", "cyan").append(_beside(one), "default"))
        left = len(self.sizes.parameters) - len(shown)
        if left:
            self.sheet.print(Text(f" … {left} more", "bright_black"))


def _said(size: "StepSize") -> str:
    none = f", {size.zeros:.0%} get none" if size.zeros else ""
    return f"{size.rms:.3g}{none}".replace("-", "−")


def _beside(one: "ParameterSize") -> str:
    return f"{number(one.gradient)} / {number(one.weight)} = {number(one.ratio)}"


def sum_back(sheet: Sheet, trace: "Trace", name: str, found: "Arithmetic", words: Sequence[str]) -> None:
    """One gradient as its sum: the later values that hang on a number, their gradients, how much they grow with it."""
    sheet.rule("the way back")
    sheet.prose(f"∂L/∂{name} = {number(found.total)}", "bold")
    sheet.prose(" ".join(words))
    sheet.gap()
    shown = sorted(found.terms, key=lambda term: -abs(term.product))[:MOST_ROWS]
    shown = [term for term in shown if term.product] or shown[:1]
    if shown:
        _terms(sheet, trace, shown)
        _total(sheet, found, shown)
        sheet.gap()
    sheet.prose(found.formula(), "bold")
    sheet.prose(found.formula(numbers=True))


def _terms(sheet: Sheet, trace: "Trace", shown: "Sequence[Term]") -> None:
    columns = [column(getattr(term, of) for term in shown) for of in ("value", "weight", "product")]
    heads = ("gradient there", "grows by", "product") if sheet.width >= 76 else ("gradient", "grows", "product")
    wide = [max(len(head), *map(len, texts)) for head, texts in zip(heads, columns, strict=True)]
    steps = {step.index: step for step in (*trace.steps, *(trace.way_back.steps if trace.way_back else ()))}
    room = max(10, sheet.width - sum(wide) - 10)
    names = [cut(_place(term, steps), min(34, room)) for term in shown]
    name = max(len("later value"), *map(len, names))
    head = f"  {'later value':<{name}}  {heads[0]:>{wide[0]}} × {heads[1]:>{wide[1]}} = {heads[2]:>{wide[2]}}"
    sheet.print(Text(head, "bright_black"))
    largest = blocks.spread(np.array([term.product for term in shown]))
    bars = max(0, min(16, sheet.width - len(head) - 2))
    sign = "#" if sheet.console.options.ascii_only else "█"
    for n, term in enumerate(shown):
        value, weight, product = (texts[n] for texts in columns)
        line = Text(f"  {names[n]:<{name}}  {value:>{wide[0]}} × {weight:>{wide[1]}} = {product:>{wide[2]}}")
        size = abs(term.product) / largest if largest and math.isfinite(term.product) else 0.0
        if bars >= 4:
            line.append(f"  {sign * min(bars, round(size * bars))}", _ink(term.product))
        sheet.print(line)


def _total(sheet: Sheet, found: "Arithmetic", shown: "Sequence[Term]") -> None:
    """What the list leaves out, so that what is shown adds up to the gradient."""
    count = len(found.terms) - len(shown) + found.remainder_count
    sum_ = math.fsum(term.product for term in shown)
    parts = [(f"sum of these {len(shown)}", sum_)] if len(shown) > 1 or count else []
    if count:
        rest = math.fsum(term.product for term in found.terms) + found.remainder - sum_
        parts.append((f"{count:,} smaller products together" if rest else f"{count:,} others, together", rest))
    parts.append(("the gradient", found.total))
    texts = column([value for _, value in parts], digits=4)
    name, wide = max(len(part) for part, _ in parts), max(map(len, texts))
    sheet.gap()
    for (part, _), text in zip(parts, texts, strict=True):
        sheet.print(Text(f"  {part:<{name}}  {text:>{wide}}", "bold" if part == "the gradient" else ""))


def _place(term: "Term", steps: "dict[int, Step]") -> str:
    """Where the later value stands."""
    if term.position is None:
        return term.name
    step = None if term.step is None else steps.get(term.step)
    y, x, channel = term.position
    where = f"[{channel}]" if step is not None and step.size[:2] == (1, 1) else f"[{y}, {x}, {channel}]"
    return f"{term.name}{where}" + (f" of picture {term.picture}" if term.picture else "")


def _ink(value: float) -> str:
    return palette.ABOVE if value >= 0 else palette.BELOW
