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
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import mnist
from fivebyfive.datasets.dataset import Dataset, Images
from fivebyfive.datasets.written import displays, fonts, strokes
from fivebyfive.datasets.written.damage import damaged
from fivebyfive.datasets.written.fonts import Font, printed
from fivebyfive.datasets.written.marks import mark
from fivebyfive.datasets.written.masks import HAND, Mask, Pixels, Rng, of_mnist, thicker, warped
from fivebyfive.datasets.written.nothing import Sources, no_digit
from fivebyfive.datasets.written.ones import flagged
from fivebyfive.datasets.written.small import counted, small
from fivebyfive.decision import MARKS, NONE
from fivebyfive.pictures.shaping import as_in_mnist

Part = tuple[Pixels, npt.NDArray[np.int64]]
Maker = Callable[[Rng], tuple[Pixels, int]]
"""Makes a shape as in MNIST, [28, 28], and says its class."""

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
CHUNK = 500
"""Shapes that are drawn from one seed."""


@dataclass(frozen=True)
class Hands:
    """Whose digits are used: MNIST's `pixels` [N, 28, 28] with their `labels`, and fonts."""

    pixels: Pixels
    labels: npt.NDArray[np.int64]
    fonts: tuple[Font, ...]

    def mnist(self, rng: Rng) -> tuple[Mask, int]:
        """One of MNIST's digits as ink."""
        i = int(rng.integers(len(self.pixels)))
        return of_mnist(self.pixels[i]), int(self.labels[i])

    def any(self, rng: Rng) -> tuple[Mask, int]:
        """A digit of MNIST's, mostly; else a drawn or a printed one."""
        choice = rng.random()
        if choice < 0.7:
            return self.mnist(rng)
        label = int(rng.integers(10))
        drawn = strokes.digit(str(label), rng) if choice < 0.88 else printed(str(label), self.fonts, rng)
        return drawn, label


def load() -> Dataset:
    """The data set: 28×28 as MNIST's, with the classes of `CLASSES`."""
    plain = mnist.load()
    apart = {name: count // APART for name, count in COUNTS.items()}
    taught = _parts(_hands(plain.train, fonts.taught()), COUNTS, SEED)
    choosing = _parts(_hands(_every_second(plain.validation, 0), fonts.apart()), apart, SEED + 1)
    testing = _parts(_hands(_every_second(plain.validation, 1), fonts.apart()), apart, SEED + 2)
    return Dataset(
        name="written",
        train=_together(_of(plain.train), taught),
        validation=_together(_of(plain.validation), choosing),
        test=_together(_of(plain.test), testing),
        classes=CLASSES,
        sha256=hashlib.sha256(f"{plain.sha256} {_ink_sha256()} written {SEED} {COUNTS}".encode()).hexdigest(),
    )


def parts_apart() -> dict[str, Images]:
    """The test, part by part: how well each is read."""
    plain = mnist.load()
    apart = {name: count // APART for name, count in COUNTS.items()}
    parts = _parts(_hands(_every_second(plain.validation, 1), fonts.apart()), apart, SEED + 2)
    return {name: _together(part, {}) for name, part in {"MNIST": _of(plain.test), **parts}.items()}


def _ink_sha256() -> str:
    return hashlib.sha256((resources.files(__name__) / "glyphs.png").read_bytes()).hexdigest()


def _of(images: Images) -> Part:
    return images.pixels[:, :, :, 0], images.labels


def _every_second(images: Images, first: int) -> Images:
    return Images(images.pixels[first::2], images.labels[first::2])


def _hands(images: Images, among: tuple[Font, ...]) -> Hands:
    return Hands(*_of(images), among)


def _together(first: Part, others: dict[str, Part]) -> Images:
    parts = [first, *others.values()]
    return Images(np.concatenate([p[0] for p in parts])[..., None], np.concatenate([p[1] for p in parts]))


def _parts(hands: Hands, counts: dict[str, int], seed: int) -> dict[str, Part]:
    makers = _makers(hands)
    seeds = np.random.SeedSequence(seed).spawn(len(counts))
    return {name: _part(makers[name], count, own) for (name, count), own in zip(counts.items(), seeds, strict=True)}


def _part(maker: Maker, count: int, seed: np.random.SeedSequence) -> Part:
    """So many of what `maker` makes, as MNIST would have it: the same on any number of processors."""
    sizes = [min(CHUNK, count - first) for first in range(0, count, CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        chunks = list(pool.map(functools.partial(_chunk, maker), sizes, seed.spawn(len(sizes))))
    return np.concatenate([pixels for pixels, _ in chunks]), np.concatenate([labels for _, labels in chunks])


def _chunk(maker: Maker, count: int, seed: np.random.SeedSequence) -> Part:
    rng = np.random.default_rng(seed)
    made = [maker(rng) for _ in range(count)]
    return np.stack([pixels for pixels, _ in made]), np.array([label for _, label in made], np.int64)


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
