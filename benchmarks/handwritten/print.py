"""Letters of Debian's fonts as ink."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from handwritten.sheet import Floats, Rng
from handwritten.writing import cut

Font = ImageFont.FreeTypeFont


def font_of(families: tuple[tuple[Path, ...], ...], tall: float, rng: Rng) -> Font:
    """Any style of any family, each family as likely as another, so large that a digit is `tall` pixels high."""
    family = families[int(rng.integers(len(families)))]
    path = str(family[int(rng.integers(len(family)))])
    _left, top, _right, bottom = ImageFont.truetype(path, 100).getbbox("0")
    return ImageFont.truetype(path, max(6, round(100 * tall / max(bottom - top, 1))))


def printed_ink(text: str, font: Font, spacing: float = 0.0) -> Floats:
    """`text` as ink [h, w] from 0 to 1, cut to its box; `spacing` more pixels between letters."""
    left, top, right, bottom = font.getbbox(text)
    size = (int(right - left + spacing * len(text)) + 8, int(bottom - top) + 8)
    image = Image.new("L", size)
    draw, x = ImageDraw.Draw(image), 4 - left
    if spacing == 0:
        draw.text((x, 4 - top), text, 255, font)
    else:
        for letter in text:
            draw.text((x, 4 - top), letter, 255, font)
            x += font.getlength(letter) + spacing
    return cut(np.asarray(np.asarray(image) / 255, np.float32))
