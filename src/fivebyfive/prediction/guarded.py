"""A stranger's ONNX file, run in a process of its own that may take so much memory and processor time and no more.

An ONNX file is a program: it may loop for ever, or ask for terabytes in a few bytes, already while it is loaded. No
list of its operators says what it will cost, so the system's limits hold it, whatever it does (`guarding`).
"""

import contextlib
import json
import math
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from fivebyfive import guarding
from fivebyfive.errors import InputError
from fivebyfive.prediction.engine import Floats, Pixels, fingerprint
from fivebyfive.prediction.onnx_engine import OnnxEngine
from fivebyfive.prediction.onnx_file import external_files

MEMORY, MEMORY_OF_FILE, LARGEST_FILE = 4 << 30, 8, 2 << 30
"""Bytes that the process may use: so many, and so many times the file's size; no ONNX file is larger than that."""
LOADING, READING = 60, 10
"""Seconds of processor time for loading a model, and for each picture, though never less than loading has."""
BATCH_BYTES, BATCH_MOST = 4 << 20, 256
"""Of pictures that are shown at once: what a network makes of them is many times as large."""


class GuardedEngine:
    """The ONNX file at `path` as an `Engine`.

    Raises:
        InputError: the file is damaged, another program's, or takes more memory or time than it may.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._process: guarding.Guarded | None = None
        about = self._started()
        self.classes: tuple[str, ...] = tuple(about["classes"])
        height, width, channels = about["shape"]
        self.shape: tuple[int, int, int] = (height, width, channels)
        self.preparation: str = about["preparation"]
        self.fit: str = about["fit"]

    def probabilities(self, images: Pixels) -> Floats:
        """As `Engine` says.

        Raises:
            InputError: the model fails on them, or takes more memory or time than it may.
        """
        size = max(1, min(BATCH_MOST, BATCH_BYTES // math.prod(self.shape)))
        with self._lock:
            parts = [self._asked(images[i : i + size]) for i in range(0, len(images), size)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.classes)), np.float32)

    def fingerprint(self) -> str:
        """As `Engine` says."""
        data = self._path.read_bytes()
        beside = (file.read_bytes() for file in external_files(data, self._path))
        return fingerprint(self._path.name, data, *beside)

    def _asked(self, images: Pixels) -> Floats:
        if self._process is None:
            self._started()
        seconds = max(LOADING, READING * len(images))
        request = {"count": len(images), "seconds": seconds}
        _, values = self._exchanged(request, np.ascontiguousarray(images).tobytes())
        return np.frombuffer(values, np.float32).reshape(len(images), len(self.classes))

    def _started(self) -> dict[str, Any]:
        """Start the process, which loads the model; what it says of it."""
        self._process = guarding.Guarded("fivebyfive.prediction.guarded", [str(self._path)])
        return self._exchanged({"memory": MEMORY, "times_file": MEMORY_OF_FILE, "seconds": LOADING})[0]

    def _exchanged(self, request: dict[str, int], data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        process, self._process = self._process, None
        assert process is not None
        try:
            answer = process.ask(request, data)
        except guarding.Ended as end:
            raise InputError(self._how_it_ended(end, request["seconds"])) from None
        self._process = process
        return answer

    def _how_it_ended(self, end: guarding.Ended, seconds: int) -> str:
        if end.took_too_long:
            return f"{self._path} takes more than {seconds} seconds of processor time; give a model that is faster"
        return (
            f"{self._path} made ONNX Runtime end ({end}); it may want more memory than the "
            f"{MEMORY >> 30} GB that are given, or the file is damaged"
        )


# --- the process ------------------------------------------------------------------------------------------------------


def main() -> None:
    """Load the model that the first argument names, then answer requests until there are no more."""
    source, answers = guarding.pipes()
    path = Path(sys.argv[1])
    with contextlib.suppress(BrokenPipeError):
        try:
            request = json.loads(source.readline())
            guarding.limit(request["memory"] + request["times_file"] * min(path.stat().st_size, LARGEST_FILE))
            guarding.allow(request["seconds"])
            engine = OnnxEngine(path)
            about = {"classes": engine.classes, "shape": engine.shape, "preparation": engine.preparation}
            about["fit"] = engine.fit
            guarding.answer(answers, about)
            while line := source.readline():
                _answer_one(json.loads(line), source, answers, engine)
        except InputError as error:
            guarding.answer(answers, {"error": str(error)})
        except MemoryError:
            wants = f"{path} wants more than the {MEMORY >> 30} GB of memory that a model may take"
            guarding.answer(answers, {"error": wants})
        except OSError as error:
            guarding.answer(answers, {"error": f"{path} cannot be read ({error.strerror or error})"})


def _answer_one(request: dict[str, int], source: BinaryIO, answers: BinaryIO, engine: OnnxEngine) -> None:
    guarding.allow(request["seconds"])
    data = source.read(request["count"] * math.prod(engine.shape))
    images = np.frombuffer(data, np.uint8).reshape(request["count"], *engine.shape)
    guarding.answer(answers, {}, engine.probabilities(images).tobytes())
