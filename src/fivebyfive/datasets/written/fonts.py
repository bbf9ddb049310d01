"""Printed digits, letters and marks, of fonts that Debian ships: ready as ink in `glyphs.png`.

They come with the package, 32 pixels high and one bit deep, because whoever trains has other fonts than those, and the
same command shall make the same data set everywhere. `README.md` beside it says which fonts and their licences;
`benchmarks/glyphs.py` made it.
"""

import functools
import hashlib
from importlib import resources

import numpy as np
from PIL import Image

from fivebyfive.datasets.written.masks import PRINT, TALL, Mask, Rng, cut, resized, thicker, warped

CELL = 32
DIGITS, LETTERS, MARKS = "0123456789", "ACEFGHKLMNPRTUVWXYaefhkmnprtuvwxy&%@#?*+=", ".,-/:"
"""The letters are no look-alikes of digits, as O, I, l, S, Z, B, g, q and | are."""
CHARACTERS = DIGITS + LETTERS + MARKS
KEPT_APART = 6
"""Every so many-th font is not taught: it is for validation and test."""

Font = dict[str, Mask]


@functools.cache
def fonts() -> tuple[Font, ...]:
    """Each font's characters as ink; one that only has digits lacks the others."""
    file = resources.files("fivebyfive.datasets.written") / "glyphs.png"
    with file.open("rb") as stream, Image.open(stream) as opened:
        ink = np.asarray(opened.convert("L")) > 127
    rows = ink.reshape(-1, CELL, len(CHARACTERS), CELL).swapaxes(1, 2)
    return tuple({c: cut(cell) for c, cell in zip(CHARACTERS, row, strict=True) if cell.any()} for row in rows)


def ink_sha256() -> str:
    """Of all that is printed."""
    return hashlib.sha256((resources.files("fivebyfive.datasets.written") / "glyphs.png").read_bytes()).hexdigest()


def taught() -> tuple[Font, ...]:
    """The fonts to learn from."""
    return tuple(font for i, font in enumerate(fonts()) if i % KEPT_APART)


def apart() -> tuple[Font, ...]:
    """The fonts that are kept apart."""
    return fonts()[::KEPT_APART]


def printed(characters: str, among: tuple[Font, ...], rng: Rng) -> Mask:
    """One of the `characters`, in one of the fonts that have it: thicker or thinner, a little bent."""
    character = characters[int(rng.integers(len(characters)))]
    having = [font for font in among if character in font]
    mask = resized(having[int(rng.integers(len(having)))][character], int(TALL * rng.uniform(0.7, 1)))
    return warped(thicker(mask, rng.uniform(-2, 3)), PRINT, rng)
