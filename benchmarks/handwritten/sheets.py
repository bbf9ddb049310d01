"""Pictures of digits with what is written on them: single digits, several in rows, and nothing.

Two sets never meet. ``tuning`` is made of MNIST's *training* digits and is what preparation was tuned on; ``honest`` is
made of its *test* digits with other seeds, and is only ever measured.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from handwritten.camera import photographed
from handwritten.ink import Mnist, written
from handwritten.paper import empty_sheet, scene, texture

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Rng = np.random.Generator

SEEDS = {"tuning": 1_000_000, "honest": 2_000_000}
PENS = {
    "black": (25, 25, 28), "blue": (30, 50, 150), "red": (190, 35, 40), "green": (20, 105, 60),
    "pencil": (105, 105, 108), "brown": (95, 60, 35), "marker": (15, 15, 15), "violet": (95, 40, 130),
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A picture and what is written on it.

    Attributes:
        picture: uint8 [h, w, 3], red, green and blue.
        text: the digits, row by row from the top, each row from the left; "" for a picture of nothing.
        traits: what it was made with, to see what a failure depends on.
    """

    picture: Pixels
    text: str
    traits: dict[str, str] = field(default_factory=dict)


def _lay(sheet: Floats, ink: Floats, x: int, y: int, colour: Floats) -> None:
    height, width = ink.shape
    place = sheet[y : y + height, x : x + width]
    place += ink[: place.shape[0], : place.shape[1], None] * (colour - place)


def _pen(rng: Rng, traits: dict[str, str]) -> Floats:
    pen = str(rng.choice(list(PENS)))
    traits["pen"] = pen
    return np.array(PENS[pen], np.float32)


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
    _lay(sheet, ink, x, y, _pen(rng, traits))
    return Sheet(photographed(sheet, tall, rng, traits), str(digit), traits)


def several(mnist: Mnist, rng: Rng) -> Sheet:
    """Two to eight digits in each of one to three rows."""
    tall = int(np.exp(rng.uniform(np.log(28), np.log(220))))
    source = str(rng.choice(["mnist", "pen", "mixed"]))
    traits = {"kind": "several", "source": source, "size": _size_word(tall)}
    rows, text = [], ""
    for _ in range(int(rng.integers(1, 4))):
        row = []
        for _ in range(int(rng.integers(2, 9))):
            digit = int(rng.integers(10))
            text += str(digit)
            kind = str(rng.choice(["mnist", "pen"])) if source == "mixed" else source
            row.append(written(digit, int(tall * rng.uniform(0.82, 1.12)), mnist, rng, kind)[0])
        rows.append(row)
    gap, leading = rng.uniform(0.16, 0.6), rng.uniform(1.45, 2.2)
    width = int(
        max(sum(i.shape[1] for i in r) + tall * (gap + 0.1) * len(r) for r in rows) + tall * rng.uniform(0.8, 2)
    )
    height = int(tall * (leading * len(rows) + rng.uniform(0.5, 1.2)))
    height, width = max(height, 100), max(width, 100)
    sheet = empty_sheet(height, width, tall, rng, traits)
    colour = _pen(rng, traits)
    top = tall * rng.uniform(0.25, 0.5)
    for n, row in enumerate(rows):
        x = tall * rng.uniform(0.3, 0.5)
        for ink in row:
            y = top + n * tall * leading + (tall * 1.1 - ink.shape[0]) * 0.5 + rng.uniform(-0.06, 0.06) * tall
            _lay(sheet, ink, int(x), max(2, int(y)), colour)
            x += ink.shape[1] + tall * gap * rng.uniform(0.7, 1.3)
    picture = photographed(sheet, tall, rng, traits)
    longest = max(picture.shape[:2])
    if longest > 2000:
        picture = cv2.resize(picture, None, fx=2000 / longest, fy=2000 / longest, interpolation=cv2.INTER_AREA).astype(
            np.uint8
        )
    return Sheet(picture, text, traits)


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


MAKERS: dict[str, Callable[[Mnist, Rng], Sheet]] = {"single": single, "several": several, "nothing": nothing}


def sheets(which: str, kind: str, count: int, first: int = 0) -> Iterator[Sheet]:
    """`count` sheets of one kind ("single", "several", "nothing") of the "tuning" or the "honest" set."""
    mnist = Mnist("train" if which == "tuning" else "test")
    for index in range(first, first + count):
        yield MAKERS[kind](mnist, np.random.default_rng([SEEDS[which], list(MAKERS).index(kind), index]))
