"""A trace in the terminal: the user's code, and beside each line what it did, with a small picture of it.

At 80 columns two feature maps stand beside the code, in a wider terminal up to six. Where there is no colour (a pipe,
NO_COLOR, a plain terminal) the pictures are shades of text and no escape codes are printed.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from fivebyfive.explain.layout import size_text
from fivebyfive.explain.source import split_lines
from fivebyfive.views import blocks, palette
from fivebyfive.views.going_back import Back
from fivebyfive.views.listing import Listing, Row, Run, listings, unlisted
from fivebyfive.views.sheet import Sheet, cut
from fivebyfive.views.titles import title
from fivebyfive.writing import among, count, number

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

CODE = 48
"""Columns that the code gets at least."""
MAP = 14
"""Columns of a feature map's picture; it has half as many lines."""
MOST_MAPS = 6
MOST_ITEMS = 10
MOST_LINES = 8
NAMED = 3
"""So many steps whose cost is not counted are named."""
BARS = " ▏▎▍▌▋▊▉█"


def show(trace: "Trace", console: Console, subject: str = "") -> None:
    """Print `trace`: the picture, every function with its steps, the answer.

    Args:
        subject: what the picture is, in words: "MNIST test image 0 (a 7)".
    """
    _Terminal(trace, console).show(subject)


def show_answer(trace: "Trace", console: Console) -> None:
    """Print the classes and their probabilities as bars, the most probable first; else what the output is."""
    _Terminal(trace, console).end()


class _Terminal(Sheet):
    """One trace on one console."""

    def __init__(self, trace: "Trace", console: Console) -> None:
        super().__init__(console)
        self.trace = trace
        self.signs = blocks.ASCII_SHADES if console.options.ascii_only else blocks.SHADES
        self.maps = max(0, min(MOST_MAPS, (console.width - CODE) // (MAP + 1)))
        self.left = self.width - self.maps * (MAP + 1)
        self.back = None if trace.way_back is None else Back(trace, self)

    def show(self, subject: str) -> None:
        self.head(subject)
        for listing in listings(self.trace):
            self.listing(listing)
        self.rest(unlisted(self.trace))
        self.gap()
        self.rule("the answer" if self.trace.prediction else "the output")
        self.end()
        if self.back is not None:
            self.gap()
            self.back.show()

    def end(self) -> None:
        """What the network answers; where that is no list of classes, what it gives."""
        if self.trace.prediction:
            self.answer()
        else:
            self.row([], [self.trace.steps[-1]], [])

    # --- the parts ------------------------------------------------------------------------------------------------

    def head(self, subject: str) -> None:
        """The picture, and beside it the network in figures."""
        trace = self.trace
        self.rule(f"{trace.network} · {subject}" if subject else trace.network)
        facts = [
            Text(f"{count(len(trace.steps), 'step')}, {count(trace.parameter_count, 'parameter')}"),
            Text(f"{trace.macs:,} MACs (multiply-accumulates){_not_counted(trace.not_counted)}"),
            Text(),
            *(Text(note, "bold red" if note in trace.warnings else "italic") for note in trace.notes),
            *self.scale(),
        ]
        picture = self.image()
        room = self.console.width - (picture[0].cell_len + 4 if picture else 2)
        wrapped = [line for fact in facts for line in fact.wrap(self.console, room)]
        self.side_by_side(picture, wrapped, (picture[0].cell_len if picture else 0) + 2)

    def scale(self) -> list[Text]:
        """What the colours, or shades, of the pictures mean."""
        if self.plain:
            above, below = (ramp.strip() for ramp in self.signs)
            return [Text(f"{above} above zero, {below} below; every line of code has its own scale")]
        ramp = np.linspace(-1, 1, 25)[np.newaxis].repeat(2, axis=0)
        bar = (
            Text("−")
            .append_text(blocks.half_blocks(blocks.paints(ramp, 1.0, self.console.color_system))[0])
            .append("+")
        )
        return [bar, Text("below zero, zero, above; every line of code has its own scale", "dim")]

    def image(self) -> list[Text]:
        """The picture that the network got."""
        if self.trace.image is None:
            return []
        pixels = blocks.fit(self.trace.image.astype(np.float32), 28, 28)
        if self.plain:
            return blocks.shades(pixels[:, :, :3].mean(axis=2), 255.0, self.signs)
        colours = pixels[:, :, :3] if pixels.shape[2] >= 3 else pixels[:, :, :1].repeat(3, axis=2)
        return blocks.half_blocks(blocks.names(colours.round().astype(np.uint8)))

    def listing(self, listing: Listing) -> None:
        """A function, line by line."""
        self.gap()
        self.rule(" · ".join(filter(None, (listing.name, Path(listing.file).name))))
        if len(listing.runs) > 1:
            names = _some([run.name for run in listing.runs], 6)
            told = f"runs {len(listing.runs)} times: {', '.join(names)}; shown here: {listing.shown.name}"
            self.print(*Text(told, "dim").wrap(self.console, self.width))
        text = self.trace.source_files[listing.file]
        lines = Syntax("", "python", theme="ansi_dark").highlight(text).split("\n", allow_blank=True)
        indent = min(len(line) - len(line.lstrip()) for line in _code(text, listing) if line.strip())
        for row in listing.rows:
            numbered = [(n, lines[n - 1][indent:]) for n in range(row.first, row.last + 1)]
            if row.items:
                self.row(self.code(numbered, self.left, row), row.steps, [*self.items(row), *self.gradients(row)])
            else:
                self.print(*self.code(_shortened(numbered), self.console.width - 1, row))
        if len(listing.runs) > 1:
            self.gap()
            self.runs(listing)

    def code(self, numbered: "list[tuple[int, Text]]", width: int, row: Row) -> list[Text]:
        """Numbered lines of code, wrapped; the bar beside them has the colour of what they do."""
        bar = palette.of(_kind(row.steps)).terminal if row.items else "bright_black"
        result = []
        for n, code in numbered:
            indent = len(code.plain) - len(code.plain.lstrip())
            wrapped = [code] if code.cell_len <= width - 7 else _wrapped(code, indent, width - 7, self.console)
            for i, part in enumerate(wrapped):
                line = Text(f"{n if i == 0 and n else '':>4} ", "bright_black")
                line.append("│ ", bar).append_text(part)
                result.append(line)
        return result

    def row(self, code: list[Text], steps: "Sequence[Step]", items: list[Text]) -> None:
        """A statement with what came of it: kind, sizes, cost, range; and the pictures."""
        last, kind = steps[-1], _kind(steps)
        pictures, shown = self.pictures(last)
        inside = {step.index for step in steps}
        came = next((o for step in steps for o in step.origins if o.index not in inside), None)
        sizes = Text(f"{kind}  ", "default")
        sizes.append(f"{size_text(came.size)} → " if came is not None else "", "bright_black")
        sizes.append(size_text(last.size), "bold default")
        facts = [
            sizes,
            *(Text(line, "bright_black") for line in (_cost(steps), f"{_range(last)}{shown}") if line),
            *items,
        ]
        bar = Text("     ").append("│ ", palette.of(kind).terminal)
        self.side_by_side([*code, *(bar + fact for fact in facts)], pictures, self.left + 1)
        self.gap()

    def items(self, row: Row) -> list[Text]:
        """The steps of a statement of several, or the function that it calls."""
        if len(row.items) == 1:
            item = row.items[0]
            name = f"step {title(item)}" if not isinstance(item, Run) else f"{item.name}: see {item.function} below"
            return [Text(cut(name, self.left - 8), "cyan")]
        shown = _some(row.items, MOST_ITEMS)
        entries = [(i, i.steps if isinstance(i, Run) else [i]) for i in shown if not isinstance(i, str)]
        size = max(len(size_text(steps[-1].size)) for _, steps in entries)
        wide = min(max(len(_called(item)) for item, _ in entries), self.left - size - 22)
        lines = []
        for item in shown:
            if isinstance(item, str):
                lines.append(Text(item, "bright_black"))
                continue
            steps = item.steps if isinstance(item, Run) else [item]
            parameters = sum(step.parameters for step in steps)
            line = Text(f"{cut(_called(item), wide):<{wide}}  ", "cyan")
            line.append(f"{size_text(steps[-1].size):>{size}}", "default")
            line.append(f" {parameters:>11,}" if parameters else "", "bright_black")
            lines.append(line)
        return lines

    def gradients(self, row: Row) -> list[Text]:
        """What comes back to a statement; where it calls a function that is listed itself, only to its result."""
        if self.back is None:
            return []
        own = [item for item in row.items if not isinstance(item, Run)]
        shown = own[:MOST_ITEMS] if len(own) == len(row.items) else row.steps[-1:]
        return self.back.beside(shown, self.left - 8, words=len(own) == len(row.items))

    def runs(self, listing: Listing) -> None:
        """What each run of a function came to."""
        shown = _some(listing.runs, 2 * MOST_ITEMS)
        wide = min(max(len(run.name) for run in listing.runs), max(12, self.width - 55))
        for run in shown:
            if isinstance(run, str):
                self.print(Text(f"     {run}", "bright_black"))
                continue
            line = Text(f"     {cut(run.name, wide):<{wide}} ", "cyan")
            line.append(f"{size_text(run.steps[-1].size):>12}", "default")
            line.append(f"   {_cost(run.steps)}", "bright_black")
            self.print(line)

    def rest(self, steps: "list[Step]") -> None:
        """Steps that came from no line of code that could be read."""
        if not steps:
            return
        self.rule("steps of modules without source")
        for step in steps:
            bar = Text("     ").append("│ ", palette.of(step.kind).terminal).append(title(step), "cyan")
            told = [] if self.back is None else self.back.beside([step], self.left - 8, words=True)
            self.row([bar.append(f" {step.op}" if step.op.strip("_") not in title(step) else "")], [step], told)

    def answer(self) -> None:
        """Bars of probabilities; an answer that is no number names no class."""
        last = self.trace.returned.output
        if not self.trace.prediction and last.is_floating_point() and last.isnan().any():
            self.print(Text(" The answer holds NaN, which is no number: no class is named."))
        if not self.trace.prediction:
            return
        shown = self.trace.prediction[: 10 if len(self.trace.prediction) <= 10 else 5]
        wide = min(max(len(label) for label, _ in shown), 24)
        doubt = f" ({self.trace.doubt})" if self.trace.doubt else ""
        room = max(1, min(50, self.console.width - wide - 12 - len(doubt)))
        for n, (label, probability) in enumerate(shown):
            line = Text(f" {cut(label, wide):>{wide}} ", "bold" if n == 0 else "")
            line.append(_bar(probability, room), palette.ABOVE if n == 0 else "bright_black")
            line.append(
                f" {probability:.1%}" if probability >= 0.0005 else " <0.1%", "bold" if n == 0 else "bright_black"
            )
            line.append(doubt if n == 0 else "")
            self.print(line)

    # --- pictures and lines -----------------------------------------------------------------------------------------

    def pictures(self, step: "Step") -> tuple[list[Text], str]:
        """A step's output as pictures side by side, and which channels they are."""
        values = step.maps.detach().float().numpy()
        channels, height, width = values.shape
        if not self.maps or not values.size:
            return [], ""
        scale = blocks.spread(values)
        if height == width == 1:
            return self.picture(blocks.strip(values[:, 0, 0], 6, self.maps * (MAP + 1) - 1), scale), ""
        spread = np.nan_to_num(values.reshape(channels, -1)).std(axis=1)
        chosen = sorted(np.argsort(-spread, kind="stable")[: self.maps].tolist())
        drawn = [self.picture(blocks.fit(values[c], MAP, MAP), scale) for c in chosen]
        listed = ", ".join(map(str, chosen))
        return blocks.beside(drawn), f", {among('channels' if len(chosen) > 1 else 'channel', listed, channels)}"

    def picture(self, values: blocks.Values, scale: float) -> list[Text]:
        if self.plain:
            return blocks.shades(values, scale, self.signs)
        return blocks.half_blocks(blocks.paints(values, scale, self.console.color_system))


def _called(item: "Step | Run") -> str:
    return item.name if isinstance(item, Run) else title(item)


def _kind(steps: "Sequence[Step]") -> str:
    """What a statement does: the kind of its costliest step."""
    return max(steps, key=lambda step: step.macs or 0).kind


def _code(text: str, listing: Listing) -> Iterator[str]:
    lines = split_lines(text)
    return (line for row in listing.rows for line in lines[row.first - 1 : row.last])


def _wrapped(code: Text, indent: int, width: int, console: Console) -> list[Text]:
    """A long line of code in several, the later ones further in."""
    parts = code[indent:].wrap(console, max(10, width - indent - 4))
    return [Text(" " * (indent + (4 if n else 0))).append_text(part) for n, part in enumerate(parts)]


def _shortened(numbered: list[tuple[int, Text]]) -> list[tuple[int, Text]]:
    """Lines without steps: no blank ones at either end, and of very many only the first and last."""
    while numbered and not numbered[-1][1].plain.strip():
        numbered = numbered[:-1]
    while numbered and not numbered[0][1].plain.strip():
        numbered = numbered[1:]
    if len(numbered) <= MOST_LINES:
        return numbered
    return [*numbered[:4], (0, Text("⋮", "bright_black")), *numbered[-2:]]


def _some(items: Sequence[Any], most: int) -> list[Any]:
    """All of `items`, or the first and last of very many and how many there are between."""
    if len(items) <= most:
        return list(items)
    return [*items[: most - 3], f"… {len(items) - most + 1} more …", *items[-2:]]


def _cost(steps: "Sequence[Step]") -> str:
    parameters, macs = sum(step.parameters for step in steps), sum(step.macs or 0 for step in steps)
    parts = [count(parameters, "parameter")] if parameters else []
    parts += [count(macs, "MAC")] if macs else []
    if any(step.macs is None for step in steps):
        parts.append("others not counted" if macs else "MACs not counted")
    return " · ".join(parts)


def _not_counted(names: Sequence[str]) -> str:
    """The steps whose cost the sum lacks: the first few, and how many more."""
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return f"; not counted: {', '.join([*names[:NAMED], *more])}" if names else ""


def _range(step: "Step") -> str:
    values = step.maps.detach().float()
    return f"{number(float(values.min()))} … {number(float(values.max()))}" if values.numel() else "no values"


def _bar(share: float, width: int) -> str:
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + (BARS[eighths % 8] if eighths % 8 else "")
