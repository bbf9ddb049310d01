"""What a reader of real handwriting is taught: MNIST, digits of many other hands and prints, marks, and what is none.

MNIST was written in the United States: its ones are bare strokes and its sevens have no bar, so a one with a flag looks
like a seven to whoever knows nothing else. A network that was only ever shown whole digits cannot read a broken one,
and one that was only shown digits calls everything a digit. So beside MNIST's there are digits drawn by code in other
manners, printed ones (whose ink comes with the package, `fonts.py` says why) and those of displays; digits that are
broken, cut off or touched; the marks between digits; and "none": letters, scribbles, halves, several together.

All of it is drawn afresh from one seed, and goes through `shaping`, as ink found in a photo does. MNIST's validation
images, some fonts and other seeds are kept apart, half of them for choosing and calibrating, half as test; of MNIST's
test images none is used but in the test.
"""

import functools
import hashlib
from collections.abc import Callable

import numpy as np

from fivebyfive.datasets import mnist
from fivebyfive.datasets.dataset import Dataset, Images
from fivebyfive.datasets.written import displays, fonts, strokes
from fivebyfive.datasets.written.damage import damaged
from fivebyfive.datasets.written.fonts import printed
from fivebyfive.datasets.written.making import Hands, Maker, Part, every_second, hands_of, part_of, parts
from fivebyfive.datasets.written.marks import mark
from fivebyfive.datasets.written.masks import HAND, Mask, Pixels, Rng, of_mnist, thicker, warped
from fivebyfive.datasets.written.nothing import Sources, no_digit
from fivebyfive.datasets.written.ones import flagged
from fivebyfive.datasets.written.small import counted, small
from fivebyfive.decision import MARKS, NONE
from fivebyfive.pictures.shaping import as_in_mnist

SEED = 20_261
COUNTS = {
    "prepared": 14_000,
    "flagged": 3_000,
    "damaged": 20_000,
    "drawn": 22_000,
    "printed": 16_000,
    "displayed": 8_000,
    "small": 18_000,
    "marks": 12_000,
    "nothing": 28_000,
}
"""How many of each part are taught, beside MNIST's own."""
APART = 12
"""So many times fewer are kept apart, for validation and again for test."""
OFTEN = (0.17, 0.3, 0.17, 0.19, 0.17)
"""The share of each mark; commas are more, for drawn ones are of two kinds, and hardly told from a one."""
DIGITS = tuple("0123456789")
CLASSES = (*DIGITS, NONE, *MARKS)


def load() -> Dataset:
    """The data set: 28×28 as MNIST's, with the classes of `CLASSES`."""
    plain = mnist.load()
    apart = {name: count // APART for name, count in COUNTS.items()}
    taught = parts(_makers(hands_of(plain.train, fonts.taught())), COUNTS, SEED)
    choosing = parts(_makers(hands_of(every_second(plain.validation, 0), fonts.apart())), apart, SEED + 1)
    testing = parts(_makers(hands_of(every_second(plain.validation, 1), fonts.apart())), apart, SEED + 2)
    return Dataset(
        name="written",
        train=_together(part_of(plain.train), taught),
        validation=_together(part_of(plain.validation), choosing),
        test=_together(part_of(plain.test), testing),
        classes=CLASSES,
        sha256=hashlib.sha256(f"{plain.sha256} {fonts.ink_sha256()} written {SEED} {COUNTS}".encode()).hexdigest(),
    )


def parts_apart() -> dict[str, Images]:
    """The test, part by part: how well each is read."""
    plain = mnist.load()
    apart = {name: count // APART for name, count in COUNTS.items()}
    made = parts(_makers(hands_of(every_second(plain.validation, 1), fonts.apart())), apart, SEED + 2)
    return {name: _together(part, {}) for name, part in {"MNIST": part_of(plain.test), **made}.items()}


def _together(first: Part, others: dict[str, Part]) -> Images:
    parts = [first, *others.values()]
    return Images(np.concatenate([p[0] for p in parts])[..., None], np.concatenate([p[1] for p in parts]))


def _makers(hands: Hands) -> dict[str, Maker]:
    """For each part, what makes one shape of it and says its class."""
    sources = Sources(hands.any, hands.fonts)
    ones = np.flatnonzero(hands.labels == 1)

    def flag(rng: Rng) -> tuple[Mask, int]:
        return flagged(of_mnist(hands.pixels[rng.choice(ones)]), rng), 1

    def damage(rng: Rng) -> tuple[Mask, int]:
        digit, label = hands.any(rng)
        return damaged(digit, hands.any(rng)[0], rng), label

    def draw(rng: Rng) -> tuple[Mask, int]:
        label = int(rng.integers(10))
        return strokes.digit(str(label), rng), label

    def print_(rng: Rng) -> tuple[Mask, int]:
        label = int(rng.integers(10))
        return printed(str(label), hands.fonts, rng), label

    def display(rng: Rng) -> tuple[Mask, int]:
        label = int(rng.integers(10))
        return displays.digit(str(label), rng), label

    def marked(rng: Rng) -> tuple[Mask, int]:
        name = str(rng.choice(MARKS, p=OFTEN))
        return mark(name, hands.fonts, rng), CLASSES.index(name)

    def none(rng: Rng) -> tuple[Mask, int]:
        return no_digit(sources, rng), CLASSES.index(NONE)

    def prepared(rng: Rng) -> tuple[Mask, int]:
        """A digit of MNIST's as another pen would have written it."""
        digit, label = hands.mnist(rng)
        return (warped(thicker(digit, rng.uniform(-2, 4)), HAND, rng) if rng.random() < 0.5 else digit), label

    def seen_small(rng: Rng) -> tuple[Pixels, int]:
        """Mostly a digit, by half counted in blocks; else what is none, which greys do not make one."""
        if rng.random() < 0.55:
            digit, label = flag(rng) if rng.random() < 0.06 else draw(rng) if rng.random() < 0.3 else hands.any(rng)
            return counted(digit, rng), label
        mask, label = hands.any(rng) if rng.random() < 0.85 else none(rng)
        return small(mask, rng), label

    inked = {
        "prepared": prepared,
        "flagged": flag,
        "damaged": damage,
        "drawn": draw,
        "printed": print_,
        "displayed": display,
        "marks": marked,
        "nothing": none,
    }
    return {name: functools.partial(_shaped, maker) for name, maker in inked.items()} | {"small": seen_small}


def _shaped(maker: Callable[[Rng], tuple[Mask, int]], rng: Rng) -> tuple[Pixels, int]:
    """What `maker` makes of ink, as MNIST would have it."""
    mask, label = maker(rng)
    return as_in_mnist(mask), label
