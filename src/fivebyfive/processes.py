"""Other processes of Python: started so that nothing that lies in the current folder is imported there, and ended.

Python looks for modules in the current folder first, or in the script's, unless it is told not to: a ``json.py``
beside a photo would run in every process that is started there.

Source: https://docs.python.org/3/using/cmdline.html#envvar-PYTHONSAFEPATH
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess


def environment() -> dict[str, str]:
    """This process's environment for one of Python that is to be started."""
    safe = os.environ | {"PYTHONSAFEPATH": "1"}
    places = [place for place in safe.pop("PYTHONPATH", "").split(os.pathsep) if place]  # an empty one means: here
    return safe | ({"PYTHONPATH": os.pathsep.join(places)} if places else {})


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and close its pipes; one that has ended already, too."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError, ValueError):
            if pipe is not None:
                pipe.close()
    process.wait()


def how_it_ended(code: int) -> str:
    """What an exit code of `subprocess` says, in words."""
    return str(signal.strsignal(-code)) if code < 0 else f"exit code {code}"


def took_too_long(code: int) -> bool:
    """Whether a process with this exit code was ended because it took more processor time than it may."""
    return hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU


class _Process(SpawnProcess):
    def start(self) -> None:
        with _as_environment():
            super().start()


class _Context(SpawnContext):
    Process = _Process


def safe_context() -> SpawnContext:
    """A context of `multiprocessing`, for a pool or a process, that starts new processes as this file says."""
    if os.name != "nt":
        with _as_environment():  # the helper process that its locks need is started once, and now
            resource_tracker.ensure_running()
    return _Context()


@contextmanager
def _as_environment() -> Iterator[None]:
    before, safe = dict(os.environ), environment()
    os.environ.update(safe)
    for name in before.keys() - safe.keys():
        del os.environ[name]
    try:
        yield
    finally:
        for name in safe.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)
