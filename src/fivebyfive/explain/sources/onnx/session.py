"""The process in which ONNX Runtime runs a model: a script that imports nothing of this package, to start fast.

It reads requests and writes answers on pipes: a line of JSON, then raw values. The first request is the model.
"""

import json
import math
import os
import signal
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from fivebyfive.onnx_runtime import onnxruntime


def main() -> None:
    """Load the model, then run it on what comes until there is no more."""
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks, and ends this one
    with suppress(BrokenPipeError):
        try:
            request = json.loads(source.readline())
            _limit(request["memory"])
            _allow(request["seconds"])
            session = _session(source.read(request["size"]), request["folder"])
            while line := source.readline():
                _allow(request["seconds"])
                _run(session, json.loads(line), source, answers)
        except MemoryError:
            _answer(answers, {"error": f"it wants more than the {request['memory'] >> 20:,} MB that it may take"})
        except Exception as problem:  # ONNX Runtime's own exceptions have no common base but this one
            _answer(answers, {"error": _reason(problem)})


def _session(model: bytes, folder: str) -> Any:
    runtime = onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL  # each node by itself
    options.add_session_config_entry("session.load_model_format", "ONNX")
    if folder:
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", folder)
    return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _run(session: Any, request: Any, source: BinaryIO, answers: BinaryIO) -> None:
    import numpy as np

    given = {}
    for name, dtype, shape in request["given"]:
        data = source.read(math.prod(shape) * np.dtype(dtype).itemsize)
        given[name] = np.frombuffer(data, dtype).reshape(shape)
    names = [output.name for output in session.get_outputs()]
    found = []
    for name, value in zip(names, session.run(None, given), strict=True):
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            found.append((name, value))
    head = [[name, value.dtype.str, list(value.shape)] for name, value in found]
    _answer(answers, {"found": head}, [value for _, value in found])


def _answer(answers: BinaryIO, head: Any, arrays: Any = ()) -> None:
    answers.write(json.dumps(head).encode() + b"\n")
    for array in arrays:
        answers.write(array.tobytes())
    answers.flush()


def _reason(problem: Exception) -> str:
    """What ONNX Runtime says, without its error code."""
    return str(problem).split("\n")[0].rpartition(" : ")[2][:300] or type(problem).__name__


def _limit(memory: int) -> None:
    """Let this process use no more memory; where the system has no such limit, nothing happens."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        least = memory if most == resource.RLIM_INFINITY else min(memory, most)
        resource.setrlimit(resource.RLIMIT_AS, (least, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: int) -> None:
    """Let this process run for so many seconds of processor time from now on; then the system ends it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + seconds, most))


if __name__ == "__main__":
    main()
