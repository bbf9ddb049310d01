"""Pictures of digits with what is written on them: single digits, several in rows, nothing, and each kind of `kinds/`.

Sets never meet. ``tuning`` and ``validation`` are made of MNIST's *training* digits, of those that readers are taught
and of those that are kept apart, and of fonts that a reader may be taught; ``honest`` is made of its *test* digits and
of other fonts, with other seeds, and is only ever measured.
"""

from collections.abc import Callable, Iterator
from zlib import crc32

import cv2
import numpy as np

from handwritten.camera import photographed
from handwritten.ink import Mnist, written
from handwritten.kinds import (
    displays,
    faint,
    frames,
    lines,
    nothing_else,
    patterned,
    phone,
    printed,
    strokes,
    tables,
    tight,
)
from handwritten.paper import empty_sheet, scene, texture
from handwritten.sheet import Floats, Rng, Sheet
from handwritten.writing import a_pen, lay

SEEDS = {"tuning": 1_000_000, "honest": 2_000_000, "validation": 3_000_000}
PARTS = {"tuning": "train", "honest": "test", "validation": "validation"}


def single(mnist: Mnist, rng: Rng) -> Sheet:
    """One digit anywhere on a sheet of 100 to 2,000 pixels."""
    side = float(np.exp(rng.uniform(np.log(100), np.log(2000))))
    height, width = (int(np.clip(side * rng.uniform(0.7, 1), 100, 2000)) for _ in range(2))
    tall = int(min(height, width) * rng.uniform(0.28, 0.85))
    source, digit = str(rng.choice(["mnist", "pen"])), int(rng.integers(10))
    ink, style = written(digit, tall, mnist, rng, source)
    if ink.shape[1] > width - 4 or ink.shape[0] > height - 4:
        scale = min((width - 4) / ink.shape[1], (height - 4) / ink.shape[0])
        ink = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    traits = {"kind": "single", "source": source, "style": style, "size": _size_word(tall)}
    sheet = empty_sheet(height, width, tall, rng, traits)
    margin = [max(3, int(0.06 * n)) for n in (width, height)]
    x, y = (_between(m, n - k - m, rng) for m, n, k in zip(margin, (width, height), ink.shape[::-1], strict=True))
    lay(sheet, ink, x, y, a_pen(rng, traits))
    return Sheet(photographed(sheet, tall, rng, traits), str(digit), traits)


def several(mnist: Mnist, rng: Rng) -> Sheet:
    """Two to eight digits in each of one to three rows."""
    tall = int(np.exp(rng.uniform(np.log(28), np.log(220))))
    source = str(rng.choice(["mnist", "pen", "mixed"]))
    traits = {"kind": "several", "source": source, "size": _size_word(tall)}
    rows, texts = [], []
    for _ in range(int(rng.integers(1, 4))):
        row, text = [], ""
        for _ in range(int(rng.integers(2, 9))):
            digit = int(rng.integers(10))
            text += str(digit)
            kind = str(rng.choice(["mnist", "pen"])) if source == "mixed" else source
            row.append(written(digit, int(tall * rng.uniform(0.82, 1.12)), mnist, rng, kind)[0])
        rows.append(row)
        texts.append(text)
    gap, leading = rng.uniform(0.16, 0.6), rng.uniform(1.45, 2.2)
    width = int(
        max(sum(i.shape[1] for i in r) + tall * (gap + 0.1) * len(r) for r in rows) + tall * rng.uniform(0.8, 2)
    )
    height = int(tall * (leading * len(rows) + rng.uniform(0.5, 1.2)))
    height, width = max(height, 100), max(width, 100)
    sheet = empty_sheet(height, width, tall, rng, traits)
    colour = a_pen(rng, traits)
    top = tall * rng.uniform(0.25, 0.5)
    for n, row in enumerate(rows):
        x = tall * rng.uniform(0.3, 0.5)
        for ink in row:
            y = top + n * tall * leading + (tall * 1.1 - ink.shape[0]) * 0.5 + rng.uniform(-0.06, 0.06) * tall
            lay(sheet, ink, int(x), max(2, int(y)), colour)
            x += ink.shape[1] + tall * gap * rng.uniform(0.7, 1.3)
    picture = photographed(sheet, tall, rng, traits)
    longest = max(picture.shape[:2])
    if longest > 2000:
        picture = cv2.resize(picture, None, fx=2000 / longest, fy=2000 / longest, interpolation=cv2.INTER_AREA).astype(
            np.uint8
        )
    return Sheet(picture, "\n".join(texts), traits)


def nothing(mnist: Mnist, rng: Rng) -> Sheet:  # noqa: ARG001
    """Blank pages, textures and scenes: nothing that could be read."""
    height, width = (int(n) for n in np.exp(rng.uniform(np.log(100), np.log(1600), 2)))
    kinds: dict[str, Callable[[int, int, Rng, dict[str, str]], Floats]] = {
        "blank": lambda h, w, r, t: empty_sheet(h, w, int(min(h, w) * r.uniform(0.1, 0.6)), r, t),
        "texture": texture,
        "scene": scene,
    }
    kind = str(rng.choice(list(kinds)))
    traits = {"kind": "nothing", "source": kind}
    sheet = kinds[kind](height, width, rng, traits)
    return Sheet(photographed(sheet, int(min(height, width) * 0.3), rng, traits), "", traits)


def _between(low: int, high: int, rng: Rng) -> int:
    return int(rng.integers(low, high + 1)) if high > low else max(0, (low + high) // 2)


def _size_word(tall: int) -> str:
    return "small" if tall < 48 else "large" if tall > 400 else "medium"


OLD: dict[str, Callable[[Mnist, Rng], Sheet]] = {"single": single, "several": several, "nothing": nothing}
KINDS: dict[str, Callable[[Mnist, Rng], Sheet]] = {
    "tight": tight.tight,
    "patterned": patterned.patterned,
    "frames": frames.frames,
    "forms": frames.forms,
    "tables": tables.tables,
    "photographed_tables": tables.photographed_tables,
    "touching": strokes.touching,
    "touching_long": strokes.touching_long,
    "broken": strokes.broken,
    "flagged": strokes.flagged,
    "sizes": strokes.sizes,
    "marks": lines.marks,
    "columns": lines.columns,
    "close_rows": lines.close_rows,
    "turned": lines.turned,
    "pencil": faint.pencil,
    "highlighter": faint.highlighter,
    "phone": phone.phone,
    "displays": displays.displays,
    "printed": printed.printed_digits,
    "nothing_else": nothing_else.nothing_else,
}
MAKERS = OLD | KINDS


def sheets(which: str, kind: str, count: int, first: int = 0) -> Iterator[Sheet]:
    """`count` sheets of one kind of a set."""
    mnist = Mnist(PARTS[which])
    for index in range(first, first + count):
        yield MAKERS[kind](mnist, np.random.default_rng([SEEDS[which], _number(kind), index]))


def _number(kind: str) -> int:
    """A number for each kind, whatever kinds there are beside it."""
    return list(OLD).index(kind) if kind in OLD else crc32(kind.encode())
