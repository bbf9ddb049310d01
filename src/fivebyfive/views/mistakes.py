"""The worst mistakes, a picture each: to be looked through for wrong labels, and for what the network cannot see."""

import io
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fivebyfive.evaluation import NO_NUMBER, Evaluation
from fivebyfive.files import make_folder, write_atomically

MOST = 200
"""Pictures; those that the network was surest of come first."""
LONGEST = 40
"""Letters of a class in a file's name."""


def write_mistakes(evaluation: Evaluation, folder: Path) -> int:
    """Write them as PNG files; how many.

    A file is called by its place, what the picture shows, what the network said and how sure it was of it:
    ``001 cat, said dog, 98%.png``.
    """
    make_folder(folder)
    chosen = evaluation.mistakes[:MOST]
    for place, index in enumerate(chosen, 1):
        shows = _plain(evaluation.classes[evaluation.labels[index]])
        answer = int(evaluation.said[index])
        said = "no number" if answer == NO_NUMBER else _plain(evaluation.classes[answer])
        data = _png(np.asarray(evaluation.pixels[index]))
        name = f"{place:03} {shows}, said {said}, {evaluation.confidence[index]:.0%}.png"
        write_atomically(folder / name, lambda path, data=data: path.write_bytes(data))  # type: ignore[misc]
    return len(chosen)


def _plain(name: str) -> str:
    """A class as a part of a file's name, on any system."""
    return re.sub(r"[^\w .+-]", "_", name)[:LONGEST].strip(" .") or "_"


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    """A picture [H, W, C] of one channel or three; of others, the first."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture if picture.shape[2] == 3 else picture[..., 0]).save(file, "PNG")
    return file.getvalue()
