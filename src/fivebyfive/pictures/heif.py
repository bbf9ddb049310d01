"""HEIC and AVIF, what phones and the web keep pictures in: decoded in a process that may take so much and no more.

Their decoders are video decoders, large and young, so a stranger's file is kept apart from everything else (`guarding`;
`heif_process.py` is the process). HEIC takes pillow-heif, AVIF Pillow itself. One process decodes a file after another.

Source: https://pillow-heif.readthedocs.io, and ISO/IEC 23008-12 for what is in such a file.
"""

import atexit
import importlib.util
import os
import threading
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fivebyfive.errors import InputError

if TYPE_CHECKING:
    from fivebyfive import guarding

Pixels = npt.NDArray[np.uint8]

MEMORY, SECONDS = 2 << 30, 30
"""What decoding may take: bytes of memory, seconds of processor time for each picture."""
AVIF, HEIC = (b"avif", b"avis"), (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""What such a file calls itself in its first box."""

_lock = threading.Lock()
_processes: "dict[int, guarding.Guarded]" = {}
"""Of this process, by its id: a fork must not talk to its parent's."""


def is_heif(data: bytes) -> bool:
    """Whether these are a file's bytes that `decoded` is for."""
    return data[4:8] == b"ftyp" and any(brand in (*AVIF, *HEIC) for brand in _brands(data))


def decoded(data: bytes, name: str, longest: int) -> tuple[Pixels, int, int]:
    """The picture in such a file, as `decoding.Picture` has it: its pixels, and the width and height of its own.

    Raises:
        InputError: what decodes it is not installed, or it is damaged, or takes more memory or time than it may.
    """
    if not any(brand in AVIF for brand in _brands(data)) and importlib.util.find_spec("pillow_heif") is None:
        raise InputError(f"{name}: reading HEIC takes pillow-heif (pip install pillow-heif); or save it as JPEG or PNG")
    from fivebyfive import guarding

    request = {"size": len(data), "name": name, "longest": longest, "memory": MEMORY, "seconds": SECONDS}
    with _lock:
        process = _processes.pop(os.getpid(), None) or guarding.Guarded("fivebyfive.pictures.heif_process")
        try:
            about, pixels = process.ask(request, data)
        except guarding.Ended as end:
            why = f"more than {SECONDS} seconds of processor time" if end.took_too_long else (
                f"more than {MEMORY >> 30} GB of memory, or it is damaged ({end})"
            )  # fmt: skip
            raise InputError(f"{name}: decoding it takes {why}; save the picture as JPEG or PNG") from None
        _processes[os.getpid()] = process
    found = np.frombuffer(pixels, np.uint8).reshape(about["height"], about["width"], -1)
    return found, about["own_width"], about["own_height"]


def _brands(data: bytes) -> list[bytes]:
    """What the file's first box says that it is: the main brand, and those that it is compatible with."""
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    return [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]


@atexit.register
def _end() -> None:
    if (process := _processes.pop(os.getpid(), None)) is not None:
        process.end()
