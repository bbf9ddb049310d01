"""The few SVG elements that a drawing of a network is made of, and its style.

Every rule is plain CSS without variables, so that printing tools read the drawing as browsers do; a reader's dark
scheme gets its own rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from fivebyfive.text import printable
from fivebyfive.views import palette

Point = tuple[float, float]

LINE = 14.0
"""From one line of words to the next, in pixels."""
FONTS = {  # size, width of a character as a share of it (rather too wide than too narrow), further rules
    "name": (
        12.0,
        0.61,
        "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-weight:600",
    ),
    "word": (11.0, 0.56, ""),
    "edge": (11.0, 0.62, ""),
    "win": (11.0, 0.64, "font-weight:700"),
}


@dataclass(frozen=True)
class Scheme:
    """Colours of everything but the kinds; and what a kind's colour is mixed with, how much, for each face."""

    paper: str
    ink: str
    soft: str
    line: str
    glass: str
    front: tuple[str, float]
    top: tuple[str, float]
    side: tuple[str, float]
    edge: tuple[str, float]


LIGHT = Scheme(
    paper="#ffffff",
    ink="#1f2328",
    soft="#59636e",
    line="#6e7781",
    glass="#ffffff",
    front=("#ffffff", 0.42),
    top=("#ffffff", 0.72),
    side=("#000000", 0.12),
    edge=("#000000", 0.38),
)
DARK = Scheme(
    paper="#0d1117",
    ink="#e6edf3",
    soft="#9da7b3",
    line="#8b949e",
    glass="#f0f6fc",
    front=("#0d1117", 0.30),
    top=("#ffffff", 0.18),
    side=("#000000", 0.48),
    edge=("#ffffff", 0.35),
)


def text(x: float, y: float, words: str, font: str, anchor: str = "middle") -> str:
    """`words` at (x, baseline y)."""
    name = font if anchor == "middle" else f"{font} {anchor}"
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}">{escape(printable(words))}</text>'


def text_width(words: str, font: str) -> float:
    """How many pixels `words` take at most, whatever font the reader's machine has."""
    size, share, _ = FONTS[font]
    return len(words) * size * share


def rectangle(x: float, y: float, width: float, height: float, name: str, radius: float = 0) -> str:
    corner = f' rx="{radius:g}"' if radius else ""
    return f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{corner}/>'


def polygon(points: Iterable[Point], name: str) -> str:
    return f'<polygon class="{name}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


def lines(pairs: Iterable[tuple[Point, Point]], name: str) -> str:
    """Straight lines, each from one point to another."""
    path = "".join(f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}" for a, b in pairs)
    return f'<path class="{name}" d="{path}"/>'


def arrow(points: Sequence[Point]) -> str:
    """A line along `points`, each corner rounded, with a head at its end."""
    (x0, y0), (x1, y1) = points[-2:]
    length = max(abs(x1 - x0) + abs(y1 - y0), 1e-9)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    neck = (x1 - 5 * ux, y1 - 5 * uy)
    head = [(x1, y1), (neck[0] - 3 * uy, neck[1] + 3 * ux), (neck[0] + 3 * uy, neck[1] - 3 * ux)]
    return f'<path class="line" d="{_rounded([*points[:-1], neck])}"/>' + polygon(head, "head")


def of_kind(kind: str) -> str:
    """The class of what has a kind's colour."""
    return f"k-{palette.slug(kind)}"


def style(kinds: Iterable[str]) -> str:
    """The rules for these kinds."""
    chosen = list(dict.fromkeys(kinds))
    light = css(_scheme({kind: palette.of(kind).light for kind in chosen}, LIGHT))
    common = {
        "text": "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;text-anchor:middle",
        **{f".{name}": f"font-size:{size}px;{more}" for name, (size, _, more) in FONTS.items()},
        ".sign": "font-size:17px;font-weight:600",
        ".start": "text-anchor:start",
        ".end": "text-anchor:end",
        ".top,.side,.front": "stroke-linejoin:round",
        ".line,.edge-line,.cone,.through,.halo": "fill:none",
        ".line": "stroke-width:1.4",
        ".cone": "stroke-width:.9",
        ".through": "stroke-width:.9;stroke-dasharray:2 2",
        ".window": "stroke-width:1.3",
        ".halo": "stroke-width:3.2;stroke-opacity:.8",
        ".picture": "image-rendering:pixelated",
        ".again": "opacity:.45",
    }
    dark = css(_scheme({kind: palette.of(kind).dark for kind in chosen}, DARK))
    return f"<style>{css(common)}{light}@media (prefers-color-scheme:dark){{{dark}}}</style>"


def css(rules: Mapping[str, str]) -> str:
    """CSS that holds inside of our drawings only."""
    return "".join(
        ",".join(f".fivebyfive {part}" for part in selector.split(",")) + f"{{{body}}}"
        for selector, body in rules.items()
    )


def _scheme(kinds: Mapping[str, str], scheme: Scheme) -> dict[str, str]:
    rules = {
        ".paper": f"fill:{scheme.paper}",
        "text": f"fill:{scheme.ink}",
        ".word": f"fill:{scheme.soft}",
        ".line": f"stroke:{scheme.line}",
        ".head": f"fill:{scheme.line}",
        ".cone,.through": f"stroke:{scheme.ink}",
        ".halo": f"stroke:{scheme.paper}",
        ".glass": f"fill:{scheme.glass};fill-opacity:.16",
        ".dot": f"fill:{scheme.ink}",
        ".window": f"fill:{scheme.glass};fill-opacity:.35;stroke:{scheme.ink}",
    }
    for kind, colour in kinds.items():
        name = of_kind(kind)
        edge = _mixed(colour, *scheme.edge)
        rules[f".solid.{name}"] = f"fill:{colour};stroke:{edge}"
        rules[f".edge-line.{name}"] = f"stroke:{edge}"
        for part, mix in (("front", scheme.front), ("top", scheme.top), ("side", scheme.side)):
            rules[f".{part}.{name}"] = f"fill:{_mixed(colour, *mix)};stroke:{edge}"
    return rules


def _mixed(colour: str, other: str, share: float) -> str:
    a, b = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (colour, other))
    return "#" + "".join(f"{round(x * (1 - share) + y * share):02x}" for x, y in zip(a, b, strict=True))


def _rounded(points: Sequence[Point], radius: float = 6.0) -> str:
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        a, b = _towards(corner, before, radius), _towards(corner, after, radius)
        path += f"L{a[0]:.1f} {a[1]:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {b[0]:.1f} {b[1]:.1f}"
    return path + f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"


def _towards(start: Point, end: Point, distance: float) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    share = min(distance / length, 0.5)
    return start[0] + dx * share, start[1] + dy * share
