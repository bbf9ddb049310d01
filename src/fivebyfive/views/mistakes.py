"""The worst mistakes, a picture each: to be looked through for wrong labels, and for what the network cannot see."""

import csv
import functools
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fivebyfive.evaluation import NO_NUMBER, Evaluation
from fivebyfive.files import make_folder, write_atomically

MOST = 200
"""Pictures; those that the network was surest of come first."""
LONGEST = 40
"""Letters of a class, or of the picture's own file, in a file's name."""
LIST = "mistakes.csv"


def write_mistakes(evaluation: Evaluation, folder: Path) -> int:
    """Write them as PNG files, and a list of them; how many.

    A file is called by its place, what the picture shows, what the network said, how sure it was of it and, where the
    picture was a file, that one's name: ``001 cat, said dog, 98%, holiday-7.png``. The list, a CSV, has all of these
    and the file's place.
    """
    make_folder(folder)
    chosen = evaluation.mistakes[:MOST]
    rows = [("picture", "shows", "said", "confidence", "file")]
    for place, index in enumerate(chosen, 1):
        shows = evaluation.classes[evaluation.labels[index]]
        answer = int(evaluation.said[index])
        said = "no number" if answer == NO_NUMBER else evaluation.classes[answer]
        file = "" if evaluation.names is None else str(evaluation.names[index])
        own = f", {_plain(re.split('[/:]', file)[-1].rpartition('.')[0])}" if file else ""
        data = _png(np.asarray(evaluation.pixels[index]))
        name = f"{place:03} {_plain(shows)}, said {_plain(said)}, {evaluation.confidence[index]:.0%}{own}.png"
        write_atomically(folder / name, lambda path, data=data: path.write_bytes(data))  # type: ignore[misc]
        rows.append((name, shows, said, f"{evaluation.confidence[index]:.4f}", file))
    write_atomically(folder / LIST, functools.partial(_write, rows))
    return len(chosen)


def _write(rows: Sequence[Sequence[str]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def _plain(name: str) -> str:
    """A class as a part of a file's name, on any system."""
    return re.sub(r"[^\w .+-]", "_", name)[:LONGEST].strip(" .") or "_"


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    """A picture [H, W, C] of one channel or three; of others, the first."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture if picture.shape[2] == 3 else picture[..., 0]).save(file, "PNG")
    return file.getvalue()
