"""Two traces beside each other in the terminal: a line a step, with how far apart it is, and both answers."""

from math import isfinite
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from fivebyfive.explain.layout import size_text
from fivebyfive.views import palette
from fivebyfive.views.sheet import Sheet, cut
from fivebyfive.views.titles import title
from fivebyfive.writing import number, part

if TYPE_CHECKING:
    from fivebyfive.explain.comparison import Comparison, Pair

NAME, CLASS = 24, 16
"""Columns that a name takes at most."""
BAR = 14
MOST_CLASSES = 5
"""Of more than ten classes, the likeliest of each that are listed."""
HERE = ">"
"""What stands before the step where the ways part."""


def show_comparison(comparison: "Comparison", console: Console, *, steps: bool = True) -> None:
    """Print what is told of A and B, a line for each step that is in both, and the two answers.

    Args:
        steps: False: without the lines.
    """
    _Sheet(comparison, console).show(steps)


class _Sheet(Sheet):
    def __init__(self, comparison: "Comparison", console: Console) -> None:
        super().__init__(console)
        self.comparison = comparison

    def show(self, steps: bool) -> None:
        a, b = self.comparison.names
        self.rule(f"A: {a} · B: {b}")
        for sentence in self.comparison.words():
            self.prose(sentence)
        if steps and self.comparison.pairs:
            self.gap()
            self.steps()
        if self.comparison.first.prediction and self.comparison.second.prediction:
            self.gap()
            self.answers()

    def steps(self) -> None:
        """How far each step is apart beside its size, with a bar, and where it is farthest apart."""
        pairs = self.comparison.pairs
        self.rule(f"A − B beside A, step by step, and its largest value ({HERE} where the ways part)")
        names = [cut(title(pair.first), NAME) for pair in pairs]
        wide, sizes = max(map(len, names)), [size_text(pair.first.size) for pair in pairs]
        far = max((p.apart.relative for p in pairs if p.apart is not None and isfinite(p.apart.relative)), default=0.0)
        for name, size, pair in zip(names, sizes, pairs, strict=True):
            line = Text(HERE if pair is self.comparison.parting else " ", "bold default")
            line.append(f"{name:<{wide}} ", "cyan").append(f"{size:>{max(map(len, sizes))}} ", "bright_black")
            self.print(line.append_text(self.apart(pair, far)))

    def apart(self, pair: "Pair", far: float) -> Text:
        """The end of a step's line."""
        found = pair.apart
        if found is None:
            other = f"  in B {size_text(pair.second.size)}" if pair.first.size != pair.second.size else "  no values"
            return Text(other, "default")
        filled = round(BAR * found.relative / far) if far and isfinite(found.relative) else 0
        bar = Text("█" * filled, palette.of(pair.first.kind).terminal).append(" " * (BAR - filled))
        line = Text(f"{part(found.relative):>7} ", "default").append_text(bar)
        if found.difference != 0:
            y, x, channel = found.place
            at = f"unit {channel}" if pair.first.size[:2] == (1, 1) else f"{y}, {x}, {channel}"
            line.append(f" {number(found.largest):>9}", "default").append(f" at {at}", "bright_black")
        return line

    def answers(self) -> None:
        """Each class with its probability in A and in B."""
        self.rule("the answers")
        first, second = (dict(t.prediction) for t in (self.comparison.first, self.comparison.second))
        shown = list(dict.fromkeys([*first, *second]))
        if len(shown) > 2 * MOST_CLASSES:
            shown = list(dict.fromkeys([*list(first)[:MOST_CLASSES], *list(second)[:MOST_CLASSES]]))
        wide = min(max(map(len, shown)), CLASS)
        for label in shown:
            line = Text(f" {cut(label, wide):>{wide}} ", "bold default")
            for side, given, colour in (("A", first, palette.ABOVE), ("B", second, palette.BELOW)):
                filled = round(BAR * given.get(label, 0.0)) if isfinite(given.get(label, 0.0)) else 0
                told = part(given[label]) if label in given else "—"
                line.append(f" {side} ", "bright_black").append("█" * filled, colour)
                line.append(" " * (BAR - filled)).append(f"{told:>8} ", "default")
            self.print(line)
