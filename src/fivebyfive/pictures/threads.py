"""OpenCV's threads: for a small picture they only wait for one another, at a third more of the processors' time."""

import contextlib
import threading
from collections.abc import Iterator

import cv2

SMALL = 2_000_000
"""Pixels of a picture for which one thread is as quick as several."""

_lock = threading.Lock()
_usual: list[int] = []
"""How many threads there were before each reading that goes on now; the first is what the process had."""


@contextlib.contextmanager
def for_pixels(count: int) -> Iterator[None]:
    """One thread while a picture of so many pixels is worked on, if it is small; afterwards as many as before."""
    if count > SMALL:
        yield
        return
    with _lock:
        _usual.append(_usual[0] if _usual else cv2.getNumThreads())
        cv2.setNumThreads(1)
    try:
        yield
    finally:
        with _lock:
            before = _usual.pop()
            if not _usual:
                cv2.setNumThreads(before)
