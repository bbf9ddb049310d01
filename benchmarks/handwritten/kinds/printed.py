"""Printed digits: labels, tickets, signs and typescript, in fonts that the reader was not taught on (honest set)."""

import numpy as np

from handwritten.camera import POSITIVE, photographed
from handwritten.fonts import files
from handwritten.ink import Mnist
from handwritten.paper import PLAIN, empty_sheet
from handwritten.print import font_of, printed_ink
from handwritten.sheet import Rng, Sheet
from handwritten.writing import a_pen, at_most, digits, lay, log_uniform


def fonts_of(mnist: Mnist) -> str:
    """Fonts that may be taught go with digits that may be."""
    return "apart" if mnist.part == "test" else "taught"


def printed_digits(mnist: Mnist, rng: Rng) -> Sheet:
    """One or two rows of one to eight printed digits, some with a mark."""
    traits = {"kind": "printed"}
    use = str(rng.choice(["printed", "hand"], p=[0.75, 0.25]))
    tall = log_uniform(22, 160, rng)
    font = font_of(files(fonts_of(mnist), use), tall, rng)
    traits |= {"source": use, "font": str(font.getname()[0])}
    rows = [_text(rng) for _ in range(int(rng.choice([1, 1, 1, 2])))]
    spacing = tall * rng.uniform(0.05, 0.3) if rng.random() < 0.3 else 0.0
    inks = [printed_ink(text, font, spacing) for text in rows]
    left, right, top, bottom = rng.uniform(0.25, 1.3, 4) * tall
    leading = tall * rng.uniform(1.35, 1.9)
    size = (
        int(top + leading * (len(rows) - 1) + tall * 1.2 + bottom),
        int(left + max(i.shape[1] for i in inks) + right),
    )
    if rng.random() < 0.2:
        sheet = np.empty((*size, 3), np.float32)
        sheet[:] = rng.uniform(15, 110, 3)
        colour, traits["ground"] = np.array(rng.uniform(200, 255, 3), np.float32), "dark"
    else:
        sheet = empty_sheet(*size, int(tall), rng, traits, PLAIN)
        colour = a_pen(rng, traits) if rng.random() < 0.3 else np.array((30, 30, 32), np.float32)
    for n, ink in enumerate(inks):
        lay(sheet, ink, left, top + n * leading, colour)
    picture = photographed(at_most(sheet, 2000), int(tall), rng, traits, POSITIVE)
    return Sheet(picture, "\n".join(rows), traits)


def _text(rng: Rng) -> str:
    text = digits(int(rng.integers(1, 9)), rng)
    if len(text) > 2 and rng.random() < 0.3:
        return f"{text[:-2]}{rng.choice(['.', ',', '-', '/', ':'])}{text[-2:]}"
    return text
