"""Photos of paper with MNIST's own handwriting on it, in a shadow and with a camera's noise."""

import io
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from fivebyfive import datasets

INK = np.array([40, 45, 90])


@cache
def _written() -> dict[str, npt.NDArray[np.uint8]]:
    """Of each digit the first of MNIST's test images."""
    tests = datasets.load("mnist").test
    return {str(n): tests.pixels[int(np.flatnonzero(tests.labels == n)[0]), ..., 0] for n in range(10)}


def paper(digits: Sequence[str], size: tuple[int, int] = (900, 600), each: int = 170, seed: int = 0) -> Image.Image:
    """A photo of `size` (width, height) with `digits` side by side, each drawn in a square of `each` pixels."""
    width, height = size
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 225 - 70 * across - 30 * down  # a shadow lies across the paper
    noise = np.random.default_rng(seed).normal(0, 3, (height, width, 1))
    page = np.stack([light, light * 0.98, light * 0.92], axis=-1) + noise
    for n, digit in enumerate(digits):
        large = Image.fromarray(_written()[digit]).resize((each, each), Image.Resampling.BICUBIC)
        ink = np.asarray(large, np.float64)[..., None] / 255
        left, top = (n + 1) * width // (len(digits) + 1) - each // 2, height // 2 - each // 2 + 20 * (n % 2)
        place = slice(top, top + each), slice(left, left + each)
        page[place] = page[place] * (1 - ink) + INK * ink
    return Image.fromarray(page.clip(0, 255).astype(np.uint8))


def in_bytes(photo: Image.Image, form: str = "PNG") -> bytes:
    """`photo` as a file."""
    file = io.BytesIO()
    photo.save(file, form)
    return file.getvalue()
