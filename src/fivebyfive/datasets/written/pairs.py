"""What a reader of two digits that touch is taught: pairs of them as one shape, and what is none.

Two of MNIST's, of code's, or printed, nearly as high as one another, are laid side by side until their ink touches, and
then what a pen and a camera do is done to both together. What is none of the hundred pairs is a digit alone, three or
more, a digit with a half of another, letters and whatever else is no digit. `written` says what is kept apart.
"""

import hashlib
from collections.abc import Callable

import numpy as np

from fivebyfive.datasets import mnist
from fivebyfive.datasets.dataset import Dataset, Images
from fivebyfive.datasets.written import fonts, nothing, strokes
from fivebyfive.datasets.written.damage import damaged_alone
from fivebyfive.datasets.written.fonts import printed
from fivebyfive.datasets.written.making import Hands, Maker, Part, every_second, hands_of, parts
from fivebyfive.datasets.written.masks import HAND, TALL, Mask, Pixels, Rng, as_high, beside, thicker, touching, warped
from fivebyfive.decision import NONE
from fivebyfive.pictures.shaping import as_pair

SEED = 20_262
COUNTS = {"pairs": 130_000, "one": 14_000, "more": 16_000, "nothing": 10_000}
APART = 12
"""So many times fewer are kept apart, for validation and again for test."""
CLASSES = (*(f"{n:02}" for n in range(100)), NONE)
NONE_OF_THEM = 100


def load() -> Dataset:
    """The data set: 28×44, with the classes of `CLASSES`."""
    plain = mnist.load()
    apart = {name: count // APART for name, count in COUNTS.items()}
    return Dataset(
        name="written_pairs",
        train=_together(parts(_makers(hands_of(plain.train, fonts.taught())), COUNTS, SEED)),
        validation=_together(
            parts(_makers(hands_of(every_second(plain.validation, 0), fonts.apart())), apart, SEED + 1)
        ),
        test=_together(parts(_makers(hands_of(every_second(plain.validation, 1), fonts.apart())), apart, SEED + 2)),
        classes=CLASSES,
        sha256=hashlib.sha256(f"{plain.sha256} {fonts.ink_sha256()} pairs {SEED} {COUNTS}".encode()).hexdigest(),
    )


def parts_apart() -> dict[str, Images]:
    """The test, part by part: how well each is read."""
    hands = hands_of(every_second(mnist.load().validation, 1), fonts.apart())
    made = parts(_makers(hands), {name: count // APART for name, count in COUNTS.items()}, SEED + 2)
    return {name: _together({name: part}) for name, part in made.items()}


def _together(made: dict[str, Part]) -> Images:
    return Images(
        np.concatenate([part[0] for part in made.values()])[..., None],
        np.concatenate([part[1] for part in made.values()]),
    )


def _makers(hands: Hands) -> dict[str, Maker]:
    sources = nothing.Sources(hands.any, hands.fonts)

    def pair(rng: Rng) -> tuple[Mask, int]:
        (left, first), (right, second) = _upright(hands, rng), _upright(hands, rng)
        return _side_by_side([left, right], rng), 10 * first + second

    def one(rng: Rng) -> tuple[Mask, int]:
        return hands.any(rng)[0], NONE_OF_THEM

    def more(rng: Rng) -> tuple[Mask, int]:
        return _side_by_side([_upright(hands, rng)[0] for _ in range(int(rng.integers(3, 5)))], rng), NONE_OF_THEM

    def none(rng: Rng) -> tuple[Mask, int]:
        return nothing.no_pair(sources, rng), NONE_OF_THEM

    return {name: _seen(maker) for name, maker in {"pairs": pair, "one": one, "more": more, "nothing": none}.items()}


def _seen(maker: Callable[[Rng], tuple[Mask, int]]) -> Maker:
    """What `maker` makes as a pen and a camera change it."""

    def made(rng: Rng) -> tuple[Pixels, int]:
        mask, label = maker(rng)
        mask = thicker(mask, rng.uniform(-2, 3)) if rng.random() < 0.5 else mask
        mask = warped(mask, HAND, rng) if rng.random() < 0.5 else mask
        return as_pair(damaged_alone(mask, rng) if rng.random() < 0.15 else mask), label

    return made


def _upright(hands: Hands, rng: Rng) -> tuple[Mask, int]:
    """A digit of MNIST's, one time in three another's, and what it is."""
    choice = rng.random()
    if choice < 0.62:
        return hands.mnist(rng)
    label = int(rng.integers(10))
    return (strokes.digit(str(label), rng) if choice < 0.94 else printed(str(label), hands.fonts, rng)), label


def _side_by_side(digits: list[Mask], rng: Rng) -> Mask:
    """Digits in a row that touch, or now and then nearly do."""
    row: Mask | None = None
    for digit in digits:
        other = as_high(digit, round(TALL * rng.uniform(0.82, 1.1)))
        down = int(rng.integers(-10, 11))
        if row is None:
            row = other
        elif rng.random() < 0.85:
            row = touching(row, other, int(rng.integers(1, 8)), down)
        else:
            narrow = min(row.shape[1], other.shape[1])
            row = beside(row, other, int(rng.integers(-(narrow // 5), 4)), down)
    assert row is not None
    return row
