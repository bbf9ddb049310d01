"""An account of an answer in the terminal: the picture in contributions, the sum, the maps that mattered, the test."""

from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.text import Text

from fivebyfive.errors import InputError
from fivebyfive.explain.why.telling import LIMITS
from fivebyfive.views import blocks, palette
from fivebyfive.views.sheet import Sheet, cut
from fivebyfive.writing import column, number

if TYPE_CHECKING:
    from torch import Tensor

    from fivebyfive.explain.step import Step
    from fivebyfive.explain.why.account import Why
    from fivebyfive.explain.why.covering import Changed

SIDE = 28
"""Rows and columns of the picture."""
MOST_PARTS = 12
MOST_STEPS = 10
"""Steps whose maps are listed; the others are counted."""
MOST_MAPS = 4
KINDS = ("convolution", "pooling", "fully connected", "attention", "recurrent", "joining")
"""Of steps whose maps are listed."""
NAME = 30
BAR = 24
WIDTH = 100
"""Columns in a notebook."""


def show_why(why: "Why", console: Console) -> None:
    """Print `why`, and what becomes of the answer when what mattered most is covered, or switched off."""
    _Sheet(why, console).show()


def html(why: "Why") -> str:
    """The same for a notebook's cell."""
    import io

    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    show_why(why, console)
    return console.export_html(inline_styles=True, code_format='<pre style="line-height: 1.15">{code}</pre>')


class _Sheet(Sheet):
    def __init__(self, why: "Why", console: Console) -> None:
        super().__init__(console)
        self.why = why
        self.signs = blocks.ASCII_SHADES if console.options.ascii_only else blocks.SHADES

    def show(self) -> None:
        why = self.why
        said = why.class_ if why.instead_of is None else f"{why.class_}, and not {why.instead_of}"
        self.rule(f"why {said}? {why.said} is {number(why.value)}")
        self.picture([Text(line) for line in why.notes()])
        self.gap()
        self.account()
        self.gap()
        self.maps()
        self.gap()
        self.test()
        self.gap()
        for line in LIMITS:
            self.prose(line, "italic")

    def picture(self, words: list[Text]) -> None:
        """What each pixel contributed, beside the account in words."""
        pixels = blocks.fit(self.why.pixels.sum(0).numpy(), SIDE, SIDE)
        scale = blocks.spread(pixels)
        if self.plain:
            drawn = blocks.shades(pixels, scale, self.signs)
            above, below = (ramp.strip() for ramp in self.signs)
            words = [Text(f"{above} speaks for it, {below} against"), *words]
        else:
            drawn = blocks.half_blocks(blocks.paints(pixels, scale, self.console.color_system))
            colours = Text("■ speaks for it  ", palette.ABOVE).append("■ against", palette.BELOW)
            words = [colours, *words]
        at = max(line.cell_len for line in drawn) + 2
        lines = [line for text in words for line in text.wrap(self.console, max(20, self.width - at))]
        self.side_by_side(drawn, lines, at)

    def account(self) -> None:
        """Pixels, biases and the rest, under each other: what adds up to the number."""
        parts = [(name if len(self.why.inputs) > 1 else "the pixels", n) for name, n in self.why.inputs.items()]
        shares = [share for share in self.why.shares if share.sort != "rounding"]
        kept = sorted(sorted(shares, key=lambda s: -abs(s.amount))[: MOST_PARTS - 2], key=lambda s: s.index)
        parts += [(f"{cut(share.step, NAME)}, {share.sort}", share.amount) for share in kept]
        rest = self.why.value - sum(n for _, n in parts)
        if len(shares) > len(kept):
            parts.append((f"{len(shares) - len(kept)} smaller ones together", rest))
        elif abs(rest) > 1e-4 * max(abs(self.why.value), 1e-30):
            parts.append(("rounding", rest))
        self.amounts([*parts, ("all together", self.why.value)])

    def amounts(self, parts: list[tuple[str, float]]) -> None:
        """Named numbers, each with a bar; the last one is what they add up to."""
        texts = column((value for _, value in parts), digits=4)
        wide, name = max(map(len, texts)), max(len(part) for part, _ in parts)
        largest = blocks.spread(np.array([value for _, value in parts]))
        for n, ((part, value), text) in enumerate(zip(parts, texts, strict=True)):
            line = Text(f"  {part:<{name}}  {text:>{wide}}  ", "bold" if n == len(parts) - 1 else "")
            length = round(abs(value) / largest * BAR) if largest and np.isfinite(value) else 0
            self.print(line.append("█" * length, palette.ABOVE if value >= 0 else palette.BELOW))

    def maps(self) -> None:
        """Of each step through which everything goes, the maps that contributed most."""
        steps = _worth(self.why)
        if not steps:
            return
        self.print(Text("the maps that mattered most", "bold"))
        shown = steps[-MOST_STEPS:]
        name = max(len(cut(step.name, NAME)) for step in shown)
        for step in shown:
            line = Text(f"  {cut(step.name, NAME):<{name}} ")
            for channel, amount in _strongest(self.why.maps[step.name]):
                line.append(f"  {channel}: ", "bright_black")
                line.append(f"{'+' if amount >= 0 else ''}{number(amount)}", _ink(amount))
            self.print(line.append(f"   of 0–{step.size[2] - 1}", "bright_black"))
        if len(steps) > len(shown):
            self.print(Text(f"  {len(steps) - len(shown)} steps before these are left out", "bright_black"))

    def test(self) -> None:
        """What really happens without what mattered most."""
        self.print(Text("the honest test", "bold"))
        try:
            y, x, size = self.patch()
            self.changed(f"a black patch of {size}×{size} at y {y}, x {x}", self.why.cover(y, x, size))
            step = self.step()
            if step is not None:
                ((channel, _),) = _strongest(self.why.maps[step.name], 1)
                self.changed(f"channel {channel} of {step.name} switched off", self.why.without(step.index, channel))
        except InputError as error:
            self.prose(f"  It cannot be made here: {error}.")

    def patch(self) -> tuple[int, int, int]:
        """Where a patch covers the largest contributions, of those that speak for the class."""
        import torch.nn.functional as F

        pixels = self.why.pixels.sum(0)
        size = max(1, round(min(pixels.shape) / 6))
        sums = F.avg_pool2d(pixels[None], size, 1)[0]
        y, x = divmod(int(sums.argmax()), sums.shape[1])
        return y, x, size

    def step(self) -> "Step | None":
        """The last convolution, whose maps are switched off."""
        try:
            return self.why.trace[self.why.grad_cam().step]
        except InputError:
            return None

    def changed(self, what: str, changed: "Changed") -> None:
        answer = ""
        if changed.prediction:
            label, probability = changed.prediction[0]
            answer = f"; the answer is {label}, {probability:.1%}"
        self.prose(
            f"  {what}: {number(changed.before)} becomes {number(changed.after)}{answer} "
            f"(by its contribution it would be {number(changed.before - changed.expected)})"
        )


def _worth(why: "Why") -> "list[Step]":
    """The steps through which everything goes, of each layer one: a convolution's bias says what it says itself."""
    steps = [why.trace.steps[index] for index in why.swept.alone]
    steps = [step for step in steps if step.size[2] > 1 and step.kind in KINDS]
    following = [*steps[1:], None]
    return [
        step
        for step, after in zip(steps, following, strict=True)
        if after is None or after.kind != step.kind or step not in after.origins
    ]


def _strongest(amounts: "Tensor", most: int = MOST_MAPS) -> list[tuple[int, float]]:
    order = amounts.abs().argsort(descending=True, stable=True)[:most].tolist()
    return [(channel, float(amounts[channel])) for channel in order if amounts[channel] or most == 1]


def _ink(value: float) -> str:
    return palette.ABOVE if value >= 0 else palette.BELOW
