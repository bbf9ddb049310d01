"""A stranger's ONNX file, run in a process of its own that may take so much memory and processor time and no more.

An ONNX file is a program: it may loop for ever, or ask for terabytes in a few bytes, already while it is loaded. No
list of its operators says what it will cost, so the system's limits hold it, whatever it does; a crash ends that
process alone.

The process reads pictures' bytes and writes numbers, on pipes: first a line of JSON, then the raw values. Nothing is
unpickled on either side.
"""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from fivebyfive import processes
from fivebyfive.errors import InputError
from fivebyfive.prediction.engine import Floats, Pixels
from fivebyfive.prediction.onnx_engine import OnnxEngine

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
        self._process: subprocess.Popen[bytes] | None = None
        about = self._started()
        self.classes: tuple[str, ...] = tuple(about["classes"])
        height, width, channels = about["shape"]
        self.shape: tuple[int, int, int] = (height, width, channels)
        self.preparation: str = about["preparation"]

    def probabilities(self, images: Pixels) -> Floats:
        """As `Engine` says.

        Raises:
            InputError: the model fails on them, or takes more memory or time than it may.
        """
        size = max(1, min(BATCH_MOST, BATCH_BYTES // math.prod(self.shape)))
        with self._lock:
            parts = [self._asked(images[i : i + size]) for i in range(0, len(images), size)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.classes)), np.float32)

    def _asked(self, images: Pixels) -> Floats:
        if self._process is None:
            self._started()
        seconds = max(LOADING, READING * len(images))
        answer = self._exchanged({"count": len(images), "seconds": seconds}, np.ascontiguousarray(images).tobytes())
        values = np.frombuffer(answer["bytes"], np.float32)
        return values.reshape(len(images), len(self.classes))

    def _started(self) -> dict[str, Any]:
        """Start the process, which loads the model; what it says of it."""
        root = str(Path(__file__).parents[2])
        code = f"import sys; sys.path.append({root!r}); from fivebyfive.prediction.guarded import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", code, str(self._path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=processes.environment() | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        weakref.finalize(self, processes.end, self._process)
        limits = {"memory": MEMORY, "times_file": MEMORY_OF_FILE, "seconds": LOADING}
        return self._exchanged(limits, b"")

    def _exchanged(self, request: dict[str, int], data: bytes) -> dict[str, Any]:
        """Send a request; the answer. After any failure, Ctrl-C too, the process is not used again."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # why it ended is told by how it ended
                process.stdin.write(json.dumps(request).encode() + b"\n" + data)
                process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline() or b"null") or {}
            answer["bytes"] = process.stdout.read(answer.get("size", 0))
            if "error" in answer:
                raise InputError(answer["error"])
            if len(answer) == 1 or len(answer["bytes"]) < answer.get("size", 0):
                raise InputError(self._how_it_ended(process, request["seconds"]))
        except BaseException:
            self._process = None
            processes.end(process)
            raise
        return answer

    def _how_it_ended(self, process: "subprocess.Popen[bytes]", seconds: int) -> str:
        code = process.wait()
        if code == -signal.SIGXCPU:
            return f"{self._path} takes more than {seconds} seconds of processor time; give a model that is faster"
        return (
            f"{self._path} made ONNX Runtime end ({processes.how_it_ended(code)}); it may want more memory than the "
            f"{MEMORY >> 30} GB that are given, or the file is damaged"
        )


# --- the process ------------------------------------------------------------------------------------------------------


def main() -> None:
    """Load the model that the first argument names, then answer requests until there are no more."""
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks, and ends this one
    path = Path(sys.argv[1])
    with contextlib.suppress(BrokenPipeError):
        try:
            request = json.loads(source.readline())
            _limit(request["memory"] + request["times_file"] * min(path.stat().st_size, LARGEST_FILE))
            _allow(request["seconds"])
            engine = OnnxEngine(path)
            about = {"classes": engine.classes, "shape": engine.shape, "preparation": engine.preparation}
            _answer(answers, about)
            while line := source.readline():
                _answer_one(json.loads(line), source, answers, engine)
        except InputError as error:
            _answer(answers, {"error": str(error)})
        except MemoryError:
            _answer(answers, {"error": f"{path} wants more than the {MEMORY >> 30} GB of memory that a model may take"})
        except OSError as error:
            _answer(answers, {"error": f"{path} cannot be read ({error.strerror or error})"})


def _answer_one(request: dict[str, int], source: BinaryIO, answers: BinaryIO, engine: OnnxEngine) -> None:
    _allow(request["seconds"])
    data = source.read(request["count"] * math.prod(engine.shape))
    images = np.frombuffer(data, np.uint8).reshape(request["count"], *engine.shape)
    values = engine.probabilities(images).tobytes()
    _answer(answers, {"size": len(values)}, values)


def _answer(answers: BinaryIO, head: dict[str, Any], data: bytes = b"") -> None:
    answers.write(json.dumps(head).encode() + b"\n" + data)
    answers.flush()


def _limit(memory: int) -> None:
    """Let this process use no more memory; where the system has no such limit, nothing happens."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        least = memory if most == resource.RLIM_INFINITY else min(memory, most)
        resource.setrlimit(resource.RLIMIT_AS, (least, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: int) -> None:
    """Let this process run for so many seconds of processor time from now on; then the system ends it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + seconds, most))
