"""`5x5` in a fork of this process, which has loaded all already: a call costs milliseconds, its end harms nobody."""

import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fivebyfive import cli
from fivebyfive.errors import Failure, InputError

SECONDS = 5
"""Of processor time, that a call may take."""
GIGABYTES = 8


@dataclass(frozen=True)
class Said:
    """How a call ended: its exit code, negative for a signal, both outputs, and the seconds of processor time."""

    code: int
    out: str
    errors: str
    seconds: float

    @property
    def fault(self) -> str:
        """What is wrong with it; "" where it worked, or said in one sentence why not."""
        if self.code == -signal.SIGXCPU:
            return f"more than {SECONDS} s of processor time"
        if self.code < 0:
            return f"killed by {signal.Signals(-self.code).name}"
        last = self.errors.strip().splitlines()[-1:]
        if "Traceback" in self.errors or any(word in self.errors for word in ("unexpected", "a fault of 5x5")):
            return f"no sentence of ours: {self.errors[-600:]}"
        if self.code not in (0, 1, 2) or (self.code and not (last and last[0].startswith("error: "))):
            return f"exit code {self.code} without a sentence: {self.errors[-600:]}"
        return ""


def call(*arguments: str) -> Said:
    """Run ``5x5`` with `arguments`."""

    def command() -> None:
        sys.argv = ["5x5", *arguments]
        cli.main()

    return run(command)


def run(work: Callable[[], object]) -> Said:
    """Do any work; an `InputError` or a `Failure` is said as the command says it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        sys.stdout.flush()
        process = os.fork()
        if not process:
            _become(work, out.fileno(), errors.fileno())
        _, status, used = os.wait4(process, 0)
        return Said(os.waitstatus_to_exitcode(status), _read(out), _read(errors), used.ru_utime + used.ru_stime)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _become(work: Callable[[], object], out: int, errors: int) -> None:
    """Do it in this process, which does not come back."""
    code = 70
    try:
        os.dup2(out, 1)
        os.dup2(errors, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
        resource.setrlimit(resource.RLIMIT_DATA, (GIGABYTES << 30, GIGABYTES << 30))
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (it stays open to the end)
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        work()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except (InputError, Failure) as error:
        code = error.exit_code
        print(f"error: {error}", file=sys.stderr)
    except BaseException as error:
        traceback.print_exception(error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def kept(folder: Path, name: str, data: bytes) -> Path:
    """Keep the input of a finding."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path
