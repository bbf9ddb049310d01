"""The colours of the kinds of steps: one hue a kind, the same in the terminal, in drawings and on the page.

The hues are those of Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), and further ones between them; their
lightness is chosen so that all kinds stay apart for colour-blind eyes too, and stand out from the paper. A kind that is
not listed looks like "other". A style sheet of the page holds these colours; after a change here,
``python -m fivebyfive.views.palette`` writes it anew.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Colours:
    """A kind's colour on light paper, on dark paper, and in a terminal, whose ground may be either."""

    light: str
    dark: str
    terminal: str


KINDS = {
    "input": Colours("#4a565e", "#8d98a3", "#66727b"),
    "convolution": Colours("#0072b2", "#4f98fd", "#2c6be8"),
    "pooling": Colours("#009e73", "#028267", "#07a469"),
    "reshaping": Colours("#b6349c", "#be3faa", "#c748b2"),
    "fully connected": Colours("#d55e00", "#ffab83", "#a03509"),
    "dropout": Colours("#004563", "#3fc8fd", "#176184"),
    "activation": Colours("#845a00", "#8a6b03", "#b39102"),
    "normalization": Colours("#b06cec", "#825be5", "#8630b3"),
    "joining": Colours("#783e28", "#c78f63", "#95664c"),
    "attention": Colours("#721637", "#e32766", "#ef6870"),
    "recurrent": Colours("#6c8b3e", "#b8b511", "#858102"),
    "output": Colours("#151618", "#eaeef8", "#90949e"),
    "other": Colours("#716d62", "#cbcac6", "#5e594d"),
}

ABOVE, BELOW = "#0072b2", "#d55e00"
"""Bars in a terminal, of values above zero and below."""

STYLE_SHEET = Path(__file__).parent / "page" / "css" / "page" / "kinds.css"
HEAD = "/* The colours of the kinds of steps: written by views/palette.py. */\n\n"


def of(kind: str) -> Colours:
    """The colours of `kind`."""
    return KINDS.get(kind, KINDS["other"])


def slug(kind: str) -> str:
    """A kind as a part of a class's name in CSS: "fully-connected"."""
    return kind.replace(" ", "-")


def css() -> str:
    """The rules of the page that give every kind's elements their colour, as `--kind`."""
    light = [(slug(kind), colours.light) for kind, colours in KINDS.items()]
    dark = [(slug(kind), colours.dark) for kind, colours in KINDS.items()]
    return "\n".join(
        [
            f":root {{ --kind: {KINDS['other'].light}; }}",
            *(f".kind-{name} {{ --kind: {colour}; }}" for name, colour in light),
            f':root[data-theme="dark"] {{ --kind: {KINDS["other"].dark}; }}',
            *(f':root[data-theme="dark"] .kind-{name} {{ --kind: {colour}; }}' for name, colour in dark),
            "@media (prefers-color-scheme: dark) {",
            f'  :root:not([data-theme="light"]) {{ --kind: {KINDS["other"].dark}; }}',
            *(f'  :root:not([data-theme="light"]) .kind-{name} {{ --kind: {colour}; }}' for name, colour in dark),
            "}\n",
        ]
    )


if __name__ == "__main__":
    STYLE_SHEET.write_text(HEAD + css(), encoding="utf-8")
