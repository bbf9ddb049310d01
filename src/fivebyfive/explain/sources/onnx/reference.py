"""ONNX Runtime with every tensor as an output, in a process of its own that may take so much memory and time, no more.

A stranger's model is a program: it may loop for ever, or ask for terabytes in a few bytes. The system's limits hold it,
as they hold `prediction.guarded`. What passes between the processes is JSON and raw numbers; nothing is unpickled. Its
own operators' libraries are never loaded.
"""

import contextlib
import importlib.metadata
import json
import math
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fivebyfive import processes
from fivebyfive.explain.agreement import Unasked
from fivebyfive.explain.graph import Array

MEMORY, MEMORY_OF_MODEL = 4 << 30, 8
"""Bytes that the process may use: so many, and so many times the model's size."""
SECONDS = 120
"""Of processor time, for loading and for each run."""


def version() -> str:
    """Of ONNX Runtime; "" where it is not installed."""
    try:
        return importlib.metadata.version("onnxruntime")
    except importlib.metadata.PackageNotFoundError:
        return ""


class Reference:
    """Runs a model on what is given.

    Args:
        model: the model, whose own functions have been put in place.
        inputs: ONNX's names of what is given, by their names here.
        fetched: ONNX's names of the values that nodes make, by their names here.
        folder: where the files lie that it keeps weights in; None where it has none.
        files: these.
    """

    def __init__(
        self,
        model: Any,
        inputs: Mapping[str, str],
        fetched: Mapping[str, str],
        folder: Path | None = None,
        files: Sequence[Path] = (),
    ) -> None:
        self._model, self._inputs, self._fetched = model, inputs, dict(fetched)
        self._folder, self._files = folder, files
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __call__(self, given: Mapping[str, Array]) -> dict[str, Array]:
        """Every value that it tells.

        Raises:
            Unasked: it is not installed, refuses the model, or takes more memory or time than it may.
        """
        with self._lock:
            process = self._process or self._started()
            try:
                theirs = _asked(process, {self._inputs[name]: array for name, array in given.items()})
            except BaseException:  # after any failure, Ctrl-C too, the process is not used again
                self._process = None
                processes.end(process)
                raise
        return {name: theirs[value] for name, value in self._fetched.items() if value in theirs}

    def __deepcopy__(self, memo: Any) -> "Reference":
        return Reference(self._model, self._inputs, self._fetched, self._folder, self._files)

    def _started(self) -> "subprocess.Popen[bytes]":
        """Start the process, which loads the model meanwhile."""
        if not version():
            raise Unasked("ONNX Runtime is not installed")
        script = Path(__file__).with_name("session.py")
        process = subprocess.Popen(
            [sys.executable, "-P", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=processes.environment() | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        weakref.finalize(self, processes.end, process)
        model = with_all_outputs(self._model, self._fetched.values())
        size = len(model) + sum(file.stat().st_size for file in self._files)
        head = {
            "size": len(model), "memory": MEMORY + MEMORY_OF_MODEL * size, "seconds": SECONDS,
            "folder": str(self._folder.resolve()) if self._folder is not None else "",
        }  # fmt: skip
        _send(process, head, [model])
        self._process = process
        return process


def with_all_outputs(model: Any, names: Iterable[str]) -> bytes:
    """The model's bytes with every value among what it returns."""
    import onnx

    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    returned = {output.name for output in whole.graph.output}
    for name in names:
        if name not in returned:
            returned.add(name)
            whole.graph.output.append(onnx.ValueInfoProto(name=name))
    data: bytes = whole.SerializeToString()
    return data


def _asked(process: "subprocess.Popen[bytes]", given: Mapping[str, Array]) -> dict[str, Array]:
    arrays = list(given.values())
    head = [[name, array.dtype.str, list(array.shape)] for name, array in zip(given, arrays, strict=True)]
    _send(process, {"given": head}, [array.tobytes() for array in arrays])
    answers = process.stdout
    assert answers is not None
    answer = json.loads(answers.readline() or b"null") or {}
    if "error" in answer:
        raise Unasked(f"ONNX Runtime refuses it: {' '.join(str(answer['error']).split())[:300]}")
    found = {}
    for name, dtype, shape in answer.get("found", ()):
        size = math.prod(shape) * np.dtype(dtype).itemsize
        data = answers.read(size)
        if len(data) < size:
            raise Unasked(_how_it_ended(process))
        found[name] = np.frombuffer(bytearray(data), dtype).reshape(shape)
    if "found" not in answer:
        raise Unasked(_how_it_ended(process))
    return found


def _send(process: "subprocess.Popen[bytes]", head: Any, data: Iterable[bytes]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # why it ended is told by how it ended
        process.stdin.write(json.dumps(head).encode() + b"\n")
        for part in data:
            process.stdin.write(part)
        process.stdin.flush()


def _how_it_ended(process: "subprocess.Popen[bytes]") -> str:
    code = process.wait()
    if processes.took_too_long(code):
        return f"it takes more than {SECONDS} seconds of processor time"
    return f"ONNX Runtime ended ({processes.how_it_ended(code)}); it may want more memory than it may take"
