"""A folder of photographs that tests share: colour, of several sizes, in two classes."""

from pathlib import Path

import numpy as np
from PIL import Image

SIZES = ((90, 70), (64, 128), (200, 150), (40, 40), (333, 500))


def photographs(folder: Path, each: int = 15, sizes: tuple[tuple[int, int], ...] = SIZES) -> Path:
    """`each` JPEG files in a sub-folder a class; stripes that lie, or stand, in colours of their own."""
    rng = np.random.default_rng(5)
    for name, axis in (("lying", 0), ("standing", 1)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            height, width = sizes[number % len(sizes)]
            place = np.arange((height, width)[axis]) / (height, width)[axis]
            stripes = np.sin(place * rng.uniform(20, 40))[(slice(None), None) if axis == 0 else (None, slice(None))]
            grey = np.broadcast_to(stripes * 60 + 120, (height, width))[..., None]
            pixels = grey + rng.uniform(-50, 50, 3) + rng.normal(0, 8, (height, width, 3))
            picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
            picture.save(folder / name / f"{number:04}.jpg", quality=85)
    return folder
