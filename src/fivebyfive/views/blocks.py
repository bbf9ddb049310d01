"""Small pictures out of block characters: two cells a character where there is colour, shades where there is none.

The colour scale diverges around zero, orange below and blue above as on the page: the pair that every common kind of
colour blindness tells apart. Zero is nearly black and each side grows lighter, however few colours the terminal has, so
that a map of few large values glows on a dark terminal and still reads on a light one. Without colour a character is as
dense as its value is large: blocks above zero, strokes below.
"""

from itertools import groupby

import numpy as np
import numpy.typing as npt
from rich.style import Style
from rich.text import Text

Values = npt.NDArray[np.floating]
Pixels = npt.NDArray[np.uint8]

BELOW, ZERO, ABOVE = (255, 176, 32), (20, 22, 26), (86, 180, 233)
FEW = (("black", "blue", "cyan", "bright_cyan"), ("black", "red", "yellow", "bright_yellow"))
RAMPS = {
    "256": (
        ("color(233)", "color(235)", "color(24)", "color(31)", "color(74)", "color(117)"),
        ("color(233)", "color(235)", "color(94)", "color(136)", "color(172)", "color(214)"),
    ),
    "standard": FEW,
    "windows": FEW,
}
"""From zero up, and from zero down, on terminals with so many colours."""

SHADES, ASCII_SHADES = (" ░▒▓█", " .-=≡"), (" +*#@", " .-~=")
"""From nothing to much: above zero, below zero."""


def spread(values: Values) -> float:
    """The largest distance from zero of the values that have one: neither NaN nor infinite."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _finite(values: Values) -> Values:
    """NaN is drawn as zero, infinities as the largest numbers that there are."""
    return np.nan_to_num(values)


def fit(values: Values, height: int, width: int) -> Values:
    """`values` [H, W, ...] as a picture of at most `height` × `width` cells, its proportions kept.

    Large pictures are averaged over areas; small ones are enlarged by a whole number, so that their cells stay square.
    """
    rows, columns = values.shape[:2]
    times = min(height // rows, width // columns)
    if times >= 1:
        return values.repeat(times, axis=0).repeat(times, axis=1)
    smaller = min(height / rows, width / columns)
    return _averaged(_averaged(values, max(1, round(rows * smaller)), 0), max(1, round(columns * smaller)), 1)


def strip(values: Values, height: int, width: int) -> Values:
    """A list of numbers as a picture of `width` columns and at most `height` rows, read like text.

    A list too long for that is averaged over neighbours; a short one gets wider cells.
    """
    count = len(values)
    if count <= width // 2:
        return values.repeat(width // count)[np.newaxis].repeat(2, axis=0)
    rows = min(height, -(-count // width))
    columns = min(width, -(-count // rows))
    filled = np.zeros(rows * columns, values.dtype)
    averaged = values if count <= len(filled) else _averaged(values, len(filled), 0)
    filled[: len(averaged)] = averaged
    return filled.reshape(rows, columns)


def colours(values: Values, scale: float) -> Pixels:
    """Every value's colour, [..., 3]: orange at −`scale`, nearly black at 0, blue at `scale`."""
    share = np.clip(_finite(values) / scale if scale else np.zeros_like(values), -1, 1)[..., np.newaxis]
    strength = np.abs(share) ** 0.8  # small values stay visible beside one large one
    end = np.where(share < 0, np.array(BELOW), np.array(ABOVE))
    mixed: Pixels = (np.array(ZERO) * (1 - strength) + end * strength).round().astype(np.uint8)
    return mixed


def paints(values: Values, scale: float, system: str | None) -> list[list[str]]:
    """The name of every value's colour, [H][W]: as `colours`, or the nearest on a terminal that has few."""
    if system not in RAMPS:
        return names(colours(values, scale))
    above, below = RAMPS[system]
    share = np.clip(_finite(values) / scale if scale else np.zeros_like(values), -1, 1)
    level = np.round(np.sign(share) * np.abs(share) ** 0.8 * (len(above) - 1)).astype(int)
    return [[above[n] if n >= 0 else below[-n] for n in row] for row in level]


def names(pixels: Pixels) -> list[list[str]]:
    """Pixels [H, W, 3] as names of colours."""
    return [[f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in row] for row in pixels.tolist()]


def half_blocks(painted: list[list[str]]) -> list[Text]:
    """Lines of upper half blocks for colours [H][W]: each character shows two of them, one above the other."""
    lines = []
    for top in range(0, len(painted), 2):
        line = Text(no_wrap=True, end="")
        below: list[str | None] = [*painted[top + 1]] if top + 1 < len(painted) else [None] * len(painted[top])
        for (upper, lower), run in groupby(zip(painted[top], below, strict=True)):
            line.append("▀" * len(list(run)), Style(color=upper, bgcolor=lower))
        lines.append(line)
    return lines


def shades(values: Values, scale: float, signs: tuple[str, str] = SHADES) -> list[Text]:
    """Lines of characters for `values` [H, W], two cells a character: blank at 0, densest at ±`scale`."""
    above, below = signs
    even = np.concatenate([values, values[-1:]]) if len(values) % 2 else values
    means = np.nan_to_num(even.reshape(-1, 2, values.shape[1]).mean(axis=1))
    level = np.clip(np.round(means / scale * 4) if scale else means * 0, -4, 4).astype(int)
    return [Text("".join(above[n] if n >= 0 else below[-n] for n in row), no_wrap=True, end="") for row in level]


def beside(pictures: list[list[Text]], gap: int = 1) -> list[Text]:
    """Pictures in a row, as lines; a lower picture is filled up with blanks."""
    widths = [max(line.cell_len for line in picture) for picture in pictures]
    lines = []
    for i in range(max(len(picture) for picture in pictures)):
        line = Text(no_wrap=True, end="")
        for n, (picture, width) in enumerate(zip(pictures, widths, strict=True)):
            part = picture[i] if i < len(picture) else Text("")
            line.append(" " * gap if n else "")
            line.append_text(part)
            line.append(" " * (width - part.cell_len))
        lines.append(line)
    return lines


def _averaged(values: Values, count: int, axis: int) -> Values:
    edges = np.linspace(0, values.shape[axis], count + 1).astype(int)
    sums = np.add.reduceat(values, edges[:-1], axis=axis)
    shape = [1] * values.ndim
    shape[axis] = count
    means: Values = sums / np.diff(edges).reshape(shape)
    return means
