"""Another process of Python that does one job on a stranger's file, and may take so much memory and time and no more.

What such a file costs cannot be read from it, so the system's limits hold whoever opens it; a crash ends that process
alone. The two talk by pipes: a line of JSON, then raw bytes, as many as its ``size`` says. Nothing is unpickled on
either side.
"""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from fivebyfive import processes
from fivebyfive.errors import InputError


class Ended(Exception):
    """The process ended before it answered.

    Attributes:
        code: its exit code, as `subprocess` says it.
    """

    def __init__(self, code: int) -> None:
        super().__init__(processes.how_it_ended(code))
        self.code = code

    @property
    def took_too_long(self) -> bool:
        """Whether it was ended because it took more processor time than it may."""
        return processes.took_too_long(self.code)


class Guarded:
    """A process that runs ``main`` of one of the package's modules, and answers what it is asked."""

    def __init__(self, module: str, arguments: Sequence[str] = ()) -> None:
        root = str(Path(__file__).parents[1])
        code = f"import sys; sys.path.append({root!r}); from {module} import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", code, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=processes.environment() | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        self.end = weakref.finalize(self, processes.end, self.process)

    def ask(self, request: dict[str, Any], data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Send a request; the answer. After any failure, Ctrl-C too, the process has ended.

        Raises:
            InputError: what the process says of the file.
            Ended: it ended without an answer.
        """
        source, answers = self.process.stdin, self.process.stdout
        assert source is not None
        assert answers is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # why it ended is told by how it ended
                source.write(json.dumps(request).encode() + b"\n" + data)
                source.flush()
            head: dict[str, Any] | None = json.loads(answers.readline() or b"null")
            values = answers.read(head.get("size", 0)) if head is not None else b""
            if head is None or len(values) < head.get("size", 0):
                raise Ended(self.process.wait())
            if "error" in head:
                raise InputError(head["error"])
        except BaseException:
            self.end()
            raise
        return head, values


# --- the process ------------------------------------------------------------------------------------------------------


def pipes() -> tuple[BinaryIO, BinaryIO]:
    """Where requests come from and where answers go to; what a library prints is no answer."""
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks, and ends this one
    return source, answers


def answer(answers: BinaryIO, head: dict[str, Any], data: bytes = b"") -> None:
    """Send an answer: what it says, and its bytes."""
    answers.write(json.dumps(head | ({"size": len(data)} if data else {})).encode() + b"\n" + data)
    answers.flush()


def limit(memory: int) -> None:
    """Let this process use no more bytes of memory; where the system has no such limit, nothing happens."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        least = memory if most == resource.RLIM_INFINITY else min(memory, most)
        resource.setrlimit(resource.RLIMIT_AS, (least, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow(seconds: int) -> None:
    """Let this process run for so many seconds of processor time from now on; then the system ends it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + seconds, most))
