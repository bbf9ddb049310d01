"""``5x5 predict --crops`` and ``--stages``: folders of pictures of what was read, and of how."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fivebyfive.errors import InputError
from fivebyfive.files import make_folder, write_atomically

if TYPE_CHECKING:
    from fivebyfive.pictures.prepare import Pixels, Prepared
    from fivebyfive.prediction.reading import Reading
    from fivebyfive.prediction.stream import Read

LONGEST_NAME = 80
"""Letters of an image's name that are kept in those of its pictures."""


class Folder:
    """An empty or new folder, into which pictures of each reading go.

    Args:
        what: "crops", each digit as it was cut out and as the model got it; "stages", how the whole picture was read.

    Raises:
        InputError: something is in it already, or it is none.
    """

    def __init__(self, path: Path, what: str) -> None:
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise InputError(f"--{what} {path} is no folder; give another name")
        if path.is_dir() and any(path.iterdir()):
            raise InputError(f"--{what} {path} is not empty, and nothing is overwritten; give another folder")
        make_folder(path)
        self._path, self._what = path, what
        self._taken: set[str] = set()

    def add(self, entry: dict[str, Any], read: "Read | None") -> None:  # noqa: ARG002 (as Out has it)
        """Write its pictures."""
        if read is None or read.reading is None or read.prepared is None:
            return
        name = self._name_of(read)
        pictures = _crops(read.reading, read.prepared) if self._what == "crops" else _stages(read.prepared)
        for what, pixels in pictures:
            write_png(self._path / f"{name}-{what}.png", pixels)

    def end(self) -> None:
        """All is written."""

    def _name_of(self, read: "Read") -> str:
        """What its files begin with: the image's name, and a number where another one has the same."""
        stem = "stdin" if read.name == "-" else Path(read.name).stem
        name = _plain(stem)[:LONGEST_NAME].lstrip(".-") or "image"
        name += "" if read.page is None else f"-page{read.page}"
        numbered = itertools.chain([name], (f"{name}~{number}" for number in itertools.count(2)))
        free = next(one for one in numbered if one not in self._taken)
        self._taken.add(free)
        return free


def write_png(path: Path, pixels: "Pixels") -> None:
    """Write `pixels`, uint8 [h, w] or [h, w, 1, 3 or 4], as a PNG file."""
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)
    write_atomically(path, lambda file: image.save(file, "PNG"))


def _stages(prepared: "Prepared") -> Iterator[tuple[str, "Pixels"]]:
    for number, (stage, pixels) in enumerate(prepared.page, 1):
        yield f"{number}-{_plain(stage)}", pixels


def _crops(reading: "Reading", prepared: "Prepared") -> Iterator[tuple[str, "Pixels"]]:
    """Of each digit that was read the cut-out, where it was cut out, and what the model got; names say what it is."""
    found = {
        answer.box: f"line{row}-{place:02}-{_plain(answer.label)}-{answer.probability:.2f}"
        for row, line in enumerate(reading.lines, 1)
        for place, answer in enumerate(line.answers, 1)
    }
    for number, (box, image) in enumerate(zip(prepared.boxes, prepared.images, strict=True)):
        if box in found:
            for stage, pixels in prepared.stages[number][:1]:
                yield f"{found[box]}-{_plain(stage)}", pixels
            yield f"{found[box]}-{image.shape[1]}x{image.shape[0]}", image


def _plain(text: str) -> str:
    """`text` in letters that any file's name may have."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text)
