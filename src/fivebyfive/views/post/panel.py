"""What figures are drawn of: cells with numbers, maps, bars; panels of them; and a sheet that a figure's panels lie on.

Values have one scale of colours, on screen and on paper: white is 0, blue above, orange below, never so dark that a
number in it could not be read. A panel is a small drawing by itself, so that a narrow page can put panels under each
other.
"""

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

from fivebyfive.text import printable
from fivebyfive.views import palette, svg
from fivebyfive.writing import column

Values = npt.NDArray[np.floating]

WIDEST = 776.0
"""A sheet's width, in pixels: a column of text on a screen, and a sheet of paper."""
GAP = 16.0
SHORT = 0.7
"""A panel that is less than this part of its row's height stands in the middle of it."""
STRONGEST = 0.7
"""So much of a colour is mixed into white, at most: dark figures stay readable on it."""
CHARACTER, BOLD = 7.0, 8.5
"""How wide a character of a figure's words is, and of its titles: rather too wide than too narrow, in pixels."""
SIGN = 34.0
"""How high a sign's panel is: fonts of some systems are half as high again as their letters' size."""
RULES = {
    ".num,.note": "font-size:11px",
    ".title": "font-size:12px;font-weight:600",
    ".big": "font-size:22px",
    ".ink": "fill:#1f2328",
    ".cell": "stroke:#8c959f;stroke-width:.6",
    ".pad": "fill:none;stroke:#8c959f;stroke-width:.8;stroke-dasharray:3 2",
    ".mark": "fill:none;stroke:#cf222e;stroke-width:2",
    ".next": "fill:none;stroke:#cf222e;stroke-width:1.2;stroke-dasharray:4 3",
    ".axis": "stroke:#8c959f;stroke-width:1;fill:none",
    ".curve": "stroke:#0072b2;stroke-width:2;fill:none",
    ".above": f"fill:{palette.ABOVE}",
    ".below": f"fill:{palette.BELOW}",
    ".drop": "stroke:#cf222e;stroke-width:1.4",
}


@dataclass(frozen=True)
class Panel:
    """A small drawing: elements from (0, 0) to (width, height); or, where it is a sign, what stands between panels."""

    elements: tuple[str, ...]
    width: float
    height: float
    is_sign: bool = False


def sign(text: str) -> Panel:
    """·, = or → between panels."""
    return Panel((words(13, SIGN - 9, text, "big", "middle"),), 26, SIGN, is_sign=True)


def wide_title(text: str) -> float:
    """How many pixels a title takes, at most."""
    return len(text) * BOLD


def words(x: float, y: float, text: str, font: str = "note", anchor: str = "start") -> str:
    """`text` at (x, baseline y)."""
    return svg.text(x, y, text, font, anchor)


def wide(text: str) -> float:
    """How many pixels a figure's words take, at most."""
    return len(text) * CHARACTER


def colour(value: float, scale: float) -> str:
    """A value's colour: white at 0, and `scale` from there the strongest."""
    share = 0.0 if not scale or not np.isfinite(value) else max(-1.0, min(1.0, value / scale))
    end = palette.ABOVE if share > 0 else palette.BELOW
    mixed = [round(255 + (int(end[i : i + 2], 16) - 255) * abs(share) * STRONGEST) for i in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def largest(values: Values) -> float:
    """How far from 0 values go that are numbers."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def rectangle(x: float, y: float, width: float, height: float, name: str, fill: str = "") -> str:
    painted = f' fill="{fill}"' if fill else ""
    return f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{painted}/>'


def line(x0: float, y0: float, x1: float, y1: float, name: str = "axis") -> str:
    return f'<path class="{name}" d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"/>'


def picture(x: float, y: float, width: float, height: float, pixels: npt.NDArray[np.uint8]) -> str:
    """Pixels [H, W] or [H, W, 3], each as a square of its own."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(_smaller(pixels)).convert("RGB").quantize(64).save(file, "PNG", optimize=True)
    data = base64.b64encode(file.getvalue()).decode()
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    href = f"data:image/png;base64,{data}"
    return f'<image class="picture" preserveAspectRatio="none" {place} href="{href}"/>'


def map_of(x: float, y: float, width: float, height: float, values: Values, scale: float | None = None) -> str:
    """Values [H, W] in the colours of their scale, in a frame."""
    scale = largest(values) if scale is None else scale
    share = np.clip(np.nan_to_num(values) / scale if scale else np.zeros_like(values), -1, 1)[..., None]
    ends = [np.array([int(end[i : i + 2], 16) for i in (1, 3, 5)]) for end in (palette.BELOW, palette.ABOVE)]
    end = np.where(share < 0, *ends)
    pixels = (255 + (end - 255) * np.abs(share) * STRONGEST).round().astype(np.uint8)
    return picture(x, y, width, height, pixels) + rectangle(x, y, width, height, "axis")


def _smaller(pixels: npt.NDArray[np.uint8], most: int = 96) -> npt.NDArray[np.uint8]:
    """At most so many rows and columns: a figure shows no more of a large map."""
    steps = [-(-n // most) for n in pixels.shape[:2]]
    return np.ascontiguousarray(pixels[:: steps[0], :: steps[1]])


def grid(
    values: Values, title: str, *, note: str = "", padding: npt.NDArray[np.bool_] | None = None,
    scale: float | None = None, marked: Iterable[tuple[int, int]] = (),
) -> Panel:  # fmt: skip
    """Values [H, W] as cells with their numbers, or, where there are many, in colours alone.

    Args:
        padding: which of them are cells of padding; these are dashed.
        marked: the cells with a red frame.
    """
    rows, columns = values.shape
    numbered = max(rows, columns) <= 7
    width, height = (44.0, 28.0) if numbered else (max(3.0, min(14.0, 196 // columns)),) * 2
    scale = largest(values) if scale is None else scale
    said = _said(values) if numbered else []
    elements = [words(0, 12, title, "title")]
    for y in range(rows):
        for x in range(columns):
            left, top = x * width + 1, 20 + y * height
            outside = padding is not None and bool(padding[y, x])
            elements.append(rectangle(left, top, width, height, "cell", colour(float(values[y, x]), scale)))
            if outside:
                elements.append(rectangle(left + 2, top + 2, width - 4, height - 4, "pad"))
            if numbered:
                elements.append(
                    words(left + width / 2, top + height / 2 + 4, said[y * columns + x], "num ink", "middle")
                )
    elements += [rectangle(x * width + 1, 20 + y * height, width, height, "mark") for y, x in marked]
    bottom = 20 + rows * height
    if note:
        elements.append(words(0, bottom + 15, note))
    across = max(columns * width + 2, wide_title(title), wide(note))
    return Panel(tuple(elements), across, bottom + (20 if note else 2))


def _said(values: Values) -> list[str]:
    """Numbers with the same decimals, as many as a cell holds."""
    written = [column(values.ravel().tolist(), digits) for digits in (3, 2, 1)]
    return next((said for said in written if max(map(len, said)) <= 6), written[-1])


def placed(x: float, y: float, elements: Sequence[str]) -> str:
    """`elements` moved to (x, y)."""
    return f'<g transform="translate({x:.1f} {y:.1f})">{"".join(elements)}</g>'


def style(kinds: Iterable[str] = ()) -> str:
    """The rules of figures, for light and dark readers."""
    return f"{svg.style(kinds)}<style>{svg.css(RULES)}</style>"


def drawn(panel: Panel, title: str) -> str:
    """One panel as SVG, without rules: the page that it stands in has them."""
    width, height = panel.width, panel.height
    said = f"<title>{escape(printable(title))}</title>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fivebyfive" role="img" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">{said}{"".join(panel.elements)}</svg>'
    )


def groups(panels: Sequence[Panel]) -> list[list[Panel]]:
    """Panels with the signs before them: what is not torn apart."""
    found: list[list[Panel]] = []
    for panel in panels:
        if found and found[-1][-1].is_sign:
            found[-1].append(panel)
        else:
            found.append([panel])
    return found


def sheet(panels: Sequence[Panel], title: str, kinds: Iterable[str] = ()) -> str:
    """Panels side by side, in as many rows as it takes, as an SVG that needs nothing else."""
    rows: list[list[Panel]] = [[]]
    for group in groups(panels):
        if rows[-1] and sum(p.width + GAP for p in (*rows[-1], *group)) > WIDEST + GAP:
            rows.append([])
        rows[-1] += group
    elements, y, right = [], GAP, 0.0
    for row in rows:
        x, tall = GAP, max(panel.height for panel in row)
        for panel in row:
            low = panel.height < SHORT * tall
            elements.append(placed(x, y + ((tall - panel.height) / 2 if low else 0), panel.elements))
            x += panel.width + GAP
        right, y = max(right, x), y + tall + GAP
    size = f'viewBox="0 0 {right:.0f} {y:.0f}" width="{right:.0f}" height="{y:.0f}"'
    paper = svg.rectangle(0, 0, right, y, "paper")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fivebyfive" role="img" {size}>'
        f"<title>{escape(printable(title))}</title>{style(kinds)}{paper}{''.join(elements)}</svg>\n"
    )
