"""Tables with rules of their own, a number in each cell; whole tables and puzzles photographed on a desk."""

from dataclasses import dataclass

import numpy as np

from handwritten.camera import POSITIVE, photographed
from handwritten.drawing import LINES, polyline, printed
from handwritten.fonts import files
from handwritten.ink import Mnist
from handwritten.kinds.phone import on_a_desk
from handwritten.kinds.printed import fonts_of
from handwritten.paper import PLAIN, empty_sheet
from handwritten.print import font_of, printed_ink
from handwritten.sheet import Floats, Pixels, Rng, Sheet
from handwritten.writing import a_hand, a_line, a_pen, digits, lay, log_uniform


@dataclass(frozen=True)
class Grid:
    """Where the rules of a table are: `x` from left to right, `y` from top to bottom, in pixels."""

    x: list[float]
    y: list[float]


def tables(mnist: Mnist, rng: Rng) -> Sheet:
    """A table of 2 to 6 rows and 2 to 5 columns on a larger sheet."""
    traits = {"kind": "tables"}
    tall = log_uniform(24, 64, rng)
    sheet, text = _table(mnist, tall, (int(rng.integers(2, 7)), int(rng.integers(2, 6))), rng, traits)
    return Sheet(photographed(sheet, int(tall), rng, traits, POSITIVE), text, traits)


def photographed_tables(mnist: Mnist, rng: Rng) -> Sheet:
    """A page with a table, or with a number puzzle, seen aslant; often the desk is seen around it."""
    traits = {"kind": "photographed_tables"}
    tall = log_uniform(28, 48, rng)
    if rng.random() < 0.3:
        sheet, text = _puzzle(mnist, tall, rng, traits)
    else:
        sheet, text = _table(mnist, tall, (int(rng.integers(3, 9)), int(rng.integers(2, 6))), rng, traits)
    seen = on_a_desk(sheet, rng, traits, 0.06 if rng.random() < 0.5 else -0.01)
    return Sheet(photographed(seen, int(tall), rng, traits, POSITIVE), text, traits)


def _table(mnist: Mnist, tall: float, shape: tuple[int, int], rng: Rng, traits: dict[str, str]) -> tuple[Floats, str]:
    """A sheet with a table written into, and its text: a line a row, a space between cells."""
    hand, pen = a_hand(mnist, rng, traits), a_pen(rng, traits)
    rows, columns = shape
    longest = [int(rng.integers(1, 5)) for _ in range(columns)]
    cells = [[_cell(longest[c], rng) for c in range(columns)] for _ in range(rows)]
    cells[0] = [text or digits(1, rng) for text in cells[0]]
    gap = rng.uniform(0.1, 0.22)
    inks = [[a_line(text, tall, hand, rng, gap) if text else None for text in row] for row in cells]
    left, top = rng.uniform(0.5, 1.6, 2) * tall
    high = tall * rng.uniform(1.5, 2.1)
    widths = [
        max([ink.shape[1] for row in inks if (ink := row[c]) is not None], default=tall) + tall * rng.uniform(0.5, 1.3)
        for c in range(columns)
    ]
    if rng.random() < 0.5:
        widths = [max(widths)] * columns
    grid = Grid([float(left + sum(widths[:c])) for c in range(columns + 1)], [top + n * high for n in range(rows + 1)])
    size = (int(grid.y[-1] + tall * rng.uniform(0.5, 1.6)), int(grid.x[-1] + tall * rng.uniform(0.5, 1.6)))
    sheet = empty_sheet(*size, int(tall), rng, traits, PLAIN)
    align = rng.uniform(0.1, 0.9)
    for n, row in enumerate(inks):
        for c, ink in enumerate(row):
            if ink is not None:
                x = grid.x[c] + (widths[c] - ink.shape[1]) * np.clip(align + rng.uniform(-0.15, 0.15), 0.08, 0.92)
                y = grid.y[n] + (high - ink.shape[0]) * rng.uniform(0.3, 0.7)
                lay(sheet, ink, x, y, pen)
    colour, style = str(rng.choice(list(LINES))), str(rng.choice(["whole", "whole", "thick frame", "open", "by hand"]))
    traits |= {"lines": colour, "rules": style}
    ruled = printed(sheet, _rules(grid, size, style, tall, rng), LINES[colour])
    return ruled, "\n".join(" ".join(text for text in row if text) for row in cells if any(row))


def _cell(longest: int, rng: Rng) -> str:
    return "" if rng.random() < 0.07 else digits(int(rng.integers(1, longest + 1)), rng)


def _rules(grid: Grid, size: tuple[int, int], style: str, tall: float, rng: Rng) -> Pixels:
    """The table's lines: all of them, without the outer ones ("open"), or a little askew ("by hand")."""
    canvas = np.zeros(size, np.uint8)
    thick = max(1, round(tall * rng.uniform(0.02, 0.06)))
    wobble = 0.04 * tall if style == "by hand" else 0.0
    for lines, across, is_row in ((grid.y, grid.x, True), (grid.x, grid.y, False)):
        for i, at in enumerate(lines):
            outer = i in (0, len(lines) - 1)
            if outer and style == "open":
                continue
            ends = np.array([[across[0], at], [across[-1], at]]) + rng.normal(0, wobble, (2, 2))
            width = 2 * thick if style == "thick frame" and (outer or (is_row and i == 1)) else thick
            polyline(canvas, ends if is_row else ends[:, ::-1], width)
    return canvas


def _puzzle(mnist: Mnist, tall: float, rng: Rng, traits: dict[str, str]) -> tuple[Floats, str]:
    """Nine rows of nine cells, a third of them filled: given digits printed, some more by hand."""
    hand, pen, side = a_hand(mnist, rng, traits), a_pen(rng, traits), tall * rng.uniform(1.5, 1.9)
    font = font_of(files(fonts_of(mnist), "printed"), tall, rng)
    by_hand = rng.choice([0.0, 0.4])
    traits["rules"] = "puzzle"
    margin = float(tall * rng.uniform(0.5, 1.5))
    lines = [margin + n * side for n in range(10)]
    size = (int(lines[-1] + margin), int(lines[-1] + margin))
    sheet = empty_sheet(*size, int(tall), rng, traits, PLAIN)
    rows = []
    for y in lines[:-1]:
        row = ""
        for x in lines[:-1]:
            if rng.random() < 0.36:
                digit = str(rng.integers(1, 10))
                own = rng.random() < by_hand
                ink = hand.digit(int(digit), round(tall), rng) if own else printed_ink(digit, font)
                at = (x + (side - ink.shape[1]) / 2, y + (side - ink.shape[0]) / 2)
                lay(sheet, ink, *at, pen if own else np.array((28, 28, 30), np.float32))
                row += f" {digit}"
        rows.append(row.strip())
    canvas = np.zeros(size, np.uint8)
    thick = max(1, round(tall * rng.uniform(0.02, 0.04)))
    for i, line in enumerate(lines):
        ends = np.array([[lines[0], line], [lines[-1], line]])
        for way in (ends, ends[:, ::-1]):
            polyline(canvas, way, thick * (3 if i % 3 == 0 else 1))
    return printed(sheet, canvas, LINES["black"]), "\n".join(r for r in rows if r)
