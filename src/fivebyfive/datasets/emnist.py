"""EMNIST's files: IDX too, but called ``emnist-KIND-train-images-idx3-ubyte``, with every picture lying transposed.

``emnist-KIND-mapping.txt`` beside them has a line a class: its label, then the codes of the characters that it means.
Labels may begin at 1. Source: G. Cohen, S. Afshar, J. Tapson, A. van Schaik, EMNIST, 2017.
"""

from pathlib import Path

import numpy as np

from fivebyfive.datasets.dataset import Images
from fivebyfive.datasets.limits import reading
from fivebyfive.errors import InputError

UPRIGHT = "EMNIST's pictures lie transposed in their files; they were turned upright"
LONGEST_MAPPING = 1 << 16


def prefix(folder: Path) -> str:
    """``emnist-KIND-`` where `folder` holds EMNIST's files, else nothing.

    Raises:
        InputError: it holds those of several kinds.
    """
    found = sorted({p.name.partition("-train-images")[0] for p in folder.glob("emnist-*-train-images?idx3-ubyte*")})
    if len(found) > 1:
        raise InputError(f"{folder} holds {' and '.join(found[:2])}; give a folder with the files of one of them")
    return f"{found[0]}-" if found else ""


def upright(images: Images) -> Images:
    """The pictures turned upright."""
    return Images(np.ascontiguousarray(images.pixels.transpose(0, 2, 1, 3)), images.labels)


def characters(folder: Path, prefix: str) -> dict[int, str]:
    """The character of each label; none where no file says them."""
    path = folder / f"{prefix}mapping.txt"
    if not path.is_file():
        return {}
    with reading(path, "a line a class, its label and a character's code,"), path.open("rb") as file:
        lines = [line.split() for line in file.read(LONGEST_MAPPING).decode("ascii").splitlines()]
        return {int(label): chr(int(code)) for label, code, *_ in filter(None, lines)}
