"""How shapes to be taught are made: from whose digits, by as many processors as there are, the same on any number."""

import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets.dataset import Images
from fivebyfive.datasets.written import strokes
from fivebyfive.datasets.written.fonts import Font, printed
from fivebyfive.datasets.written.masks import Mask, Pixels, Rng, of_mnist

Part = tuple[Pixels, npt.NDArray[np.int64]]
Maker = Callable[[Rng], tuple[Pixels, int]]
"""Makes a shape as it is to be taught, and says its class."""

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


def part_of(images: Images) -> Part:
    return images.pixels[:, :, :, 0], images.labels


def every_second(images: Images, first: int) -> Images:
    return Images(images.pixels[first::2], images.labels[first::2])


def hands_of(images: Images, among: tuple[Font, ...]) -> Hands:
    return Hands(*part_of(images), among)


def parts(makers: dict[str, Maker], counts: dict[str, int], seed: int) -> dict[str, Part]:
    """So many of what each of `makers` makes."""
    seeds = np.random.SeedSequence(seed).spawn(len(counts))
    return {name: _part(makers[name], count, own) for (name, count), own in zip(counts.items(), seeds, strict=True)}


def _part(maker: Maker, count: int, seed: np.random.SeedSequence) -> Part:
    """So many of what `maker` makes: the same on any number of processors."""
    sizes = [min(CHUNK, count - first) for first in range(0, count, CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        chunks = list(pool.map(functools.partial(_chunk, maker), sizes, seed.spawn(len(sizes))))
    return np.concatenate([pixels for pixels, _ in chunks]), np.concatenate([labels for _, labels in chunks])


def _chunk(maker: Maker, count: int, seed: np.random.SeedSequence) -> Part:
    rng = np.random.default_rng(seed)
    made = [maker(rng) for _ in range(count)]
    return np.stack([pixels for pixels, _ in made]), np.array([label for _, label in made], np.int64)
