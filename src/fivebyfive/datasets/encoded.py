"""Where the bytes of one picture lie: a file, or a part of one. Every source of pictures comes to a list of it.

From the first bytes of a picture follows what a data set needs to know before anything is decoded: its size.
"""

import contextlib
import hashlib
import io
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from fivebyfive.datasets.limits import shown
from fivebyfive.errors import InputError
from fivebyfive.files import open_plain
from fivebyfive.pictures.decoding import FILE_BYTES, FORMATS, ORIENTATION, SIDEWAYS, TURNS, contents, decode

SMALLEST, LARGEST = 16, 224
"""The sides of the pictures of a data set, unless one says: what most networks for photographs take, at the most."""
LOOKED_AT = 2000
"""So many pictures, evenly out of all, say what size and whether grey."""
HEAD = 1 << 18
"""Bytes at its beginning in which a picture says its size, unless it is an odd one."""
SMALL = 64
"""A picture made so small still tells whether it is grey."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The bytes of a picture.

    Attributes:
        start, length: of the part of the file that they are; None: all of it.
    """

    path: Path
    start: int = 0
    length: int | None = None
    member: str = ""

    @property
    def name(self) -> str:
        """What it is called, in a line of text."""
        return shown(f"{self.path}: {self.member}" if self.member else self.path, 400)

    def read(self) -> bytes:
        """The bytes themselves.

        Raises:
            InputError: there is no such file any more, it is none that can be read, or a very large one.
        """
        if self.length is None:
            return contents(self.path, self.name)
        if self.length > FILE_BYTES:
            raise InputError(f"{self.name}: the file is over {FILE_BYTES >> 20} MB; make the picture smaller")
        return self._bytes(self.length)

    def head(self) -> bytes:
        """The first of them, as many as say what picture it is, nearly always.

        Raises:
            InputError: there is no such file any more, or it is none that can be read.
        """
        return self._bytes(HEAD if self.length is None else min(HEAD, self.length))

    def _bytes(self, count: int) -> bytes:
        try:
            with open_plain(self.path) as file:
                file.seek(self.start)
                return file.read(count)
        except OSError as problem:
            raise InputError(f"{self.name}: cannot be read ({problem.strerror or problem}); check the file") from None


def stamp(items: Iterable[Encoded]) -> tuple[str, int]:
    """SHA-256 of names, places, sizes and times of change: the same as long as nobody has touched the files; and how
    many bytes they have together.

    Raises:
        InputError: a file is not there any more.
    """
    digest, last, known, size, total = hashlib.sha256(), None, b"", 0, 0
    for item in items:
        if item.path != last:
            last = item.path
            try:
                status = item.path.stat()
            except OSError as problem:
                raise InputError(f"{item.name}: cannot be read ({problem.strerror}); check the file") from None
            size = status.st_size
            known = f"{item.path.absolute()}\0{size}\0{status.st_mtime_ns}\0".encode(errors="surrogateescape")
        total += size if item.length is None else item.length
        digest.update(known + f"{item.start}\0{item.length}\n".encode())
    return digest.hexdigest(), total


def suggested(items: Sequence[Encoded]) -> tuple[int, int, int]:
    """Height, width and channels that pictures suggest: the median of their own, a side of SMALLEST to LARGEST pixels,
    and grey where all that were looked at are.
    """
    step = -(-len(items) // LOOKED_AT)
    sizes, channels = [], 1
    for item in items[::step]:
        found = _looked_at(item)
        if found is None:
            continue  # what cannot be read is told when all of them are decoded
        size, grey = found
        sizes.append(size)
        if channels == 1 and not grey:
            with contextlib.suppress(InputError):
                channels = decode(item.read(), name=item.name, longest=SMALL).pixels.shape[2]
    if not sizes:
        return SMALLEST, SMALLEST, channels
    height, width = np.median(np.array(sizes), axis=0)
    scale = min(1.0, LARGEST / max(height, width))
    return max(SMALLEST, int(height * scale)), max(SMALLEST, int(width * scale)), channels


def _looked_at(item: Encoded) -> tuple[tuple[int, int], bool] | None:
    """Height and width, upright, by what the file says of itself, and whether it says that it is grey; None where it is
    no picture.
    """
    for read in (item.head, item.read):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata
                with Image.open(io.BytesIO(read()), formats=FORMATS) as image:
                    width, height = image.size
                    turned = TURNS.get(image.getexif().get(ORIENTATION, 1)) in SIDEWAYS
                    grey = image.mode in ("1", "L", "I", "F") or image.mode.startswith("I;16")
            return ((width, height) if turned else (height, width)), grey
        except Exception:  # decoders raise nearly anything on damaged files
            continue
    return None
