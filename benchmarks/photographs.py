"""Photographs of 500×375 in five classes, made of cut-out animals and plants before other photographs.

``python benchmarks/photographs.py FOLDER`` writes 3,000 of them, ``FOLDER/train/CLASS/…jpg`` and ``FOLDER/test/…``;
``--times 20`` links each training picture as often, for a folder of tens of thousands. The cut-outs of the test part
are none of the training part's, so that a network has to know what a bird is and not this bird; ``--third`` says which
third of them is the test part, for a comparison that does not hang on sixty things. Two of Debian's
packages hold them (Tux Paint's stamps, GPL-2, and MATE's backgrounds); ``apt-get download`` fetches what
``--packages`` does not name.
"""

import argparse
import subprocess
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

WIDTH, HEIGHT = 500, 375
PACKAGES = ("tuxpaint-stamps-default", "mate-backgrounds")
STAMPS, GROUNDS = "usr/share/tuxpaint/stamps", "usr/share/backgrounds/mate/nature"
CLASSES = {
    "bird": "animals/birds",
    "flower": "plants/flowers",
    "fruit": "food/fruit",
    "mammal": "animals/mammals",
    "vegetable": "food/vegetables",
}
TESTED = 3
"""One in so many cut-outs is for testing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=3000, help="pictures, a fifth of them for testing")
    parser.add_argument("--times", type=int, default=1, help="links to each training picture, itself included")
    parser.add_argument("--third", type=int, choices=range(TESTED), default=0, help="of the cut-outs, for testing")
    parser.add_argument("--packages", type=Path, help="a folder in which the packages are unpacked; none: fetched")
    asked = parser.parse_args()
    packages = asked.packages or _fetched(asked.folder.with_name(f"{asked.folder.name}-packages"))
    jobs = [
        (asked.folder / part / name, packages, name, part == "test", asked.third, count)
        for part, share in (("train", 4), ("test", 1))
        for name in CLASSES
        for count in [asked.count * share // 5 // len(CLASSES)]
    ]
    with ProcessPoolExecutor() as pool:
        list(pool.map(make, *zip(*jobs, strict=True)))
    for path in [*(asked.folder / "train").glob("*/*.jpg")]:
        for n in range(1, asked.times):
            path.with_name(f"{path.stem}-{n}.jpg").hardlink_to(path)


def make(folder: Path, packages: Path, name: str, tested: bool, third: int, count: int) -> None:
    """Write `count` pictures of the class `name` into `folder`; they follow from their number and the third alone."""
    folder.mkdir(parents=True)
    grounds = sorted((packages / GROUNDS).glob("*.jpg"))
    found = sorted(p for p in (packages / STAMPS / CLASSES[name]).rglob("*.png") if "cartoon" not in p.parts)
    stamps = [p for n, p in enumerate(found) if (n % TESTED == third) == tested]
    for n in range(count):
        rng = np.random.default_rng([list(CLASSES).index(name), tested, n, third])
        scene(rng, grounds, stamps).save(folder / f"{n:04d}.jpg", quality=int(rng.integers(70, 95)))


def scene(rng: np.random.Generator, grounds: Sequence[Path], stamps: Sequence[Path]) -> Image.Image:
    """One picture: a cut-out, turned and of any size, before a part of a photograph, in any light."""
    ground = _opened(grounds[int(rng.integers(len(grounds)))])
    share = rng.uniform(0.3, 1.0)
    width = int(min(ground.width, ground.height * WIDTH / HEIGHT) * share)
    height = int(width * HEIGHT / WIDTH)
    left, top = (int(rng.integers(room + 1)) for room in (ground.width - width, ground.height - height))
    picture = ground.crop((left, top, left + width, top + height)).resize((WIDTH, HEIGHT))
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    stamp = _opened(stamps[int(rng.integers(len(stamps)))])
    if rng.random() < 0.5:
        stamp = stamp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    stamp = stamp.rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC, expand=True)
    side = rng.uniform(0.3, 0.9) * HEIGHT
    factor = side / max(stamp.size)
    stamp = stamp.resize((max(1, int(stamp.width * factor)), max(1, int(stamp.height * factor))))
    at = (
        int(rng.uniform(-0.15, 1.15) * (WIDTH - stamp.width)),
        int(rng.uniform(-0.15, 1.15) * (HEIGHT - stamp.height)),
    )
    picture.paste(stamp, at, stamp)
    picture = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.6, 1.4))
    picture = ImageEnhance.Color(picture).enhance(rng.uniform(0.3, 1.4))
    picture = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 1.5))))
    noise = rng.normal(0, rng.uniform(0, 12), (HEIGHT, WIDTH, 3))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


@lru_cache(maxsize=64)
def _opened(path: Path) -> Image.Image:
    image = Image.open(path)
    image.thumbnail((1600, 1600))
    return image.convert("RGBA" if path.suffix == ".png" else "RGB")


def _fetched(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, check=True)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    return folder


if __name__ == "__main__":
    main()
