"""The process that computes: it decodes, prepares and explains what came over the wire, one picture after another.

It is a process of its own so that it can be ended: a picture that takes too long, or too much memory, costs this
process and not the server (`computer.Computer`, its other side). It ends with the server, however that ends.
"""

import contextlib
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing import parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fivebyfive.errors import Failure, InputError
from fivebyfive.serving.channel import Message, Question, receive, send
from fivebyfive.text import printable

if TYPE_CHECKING:
    from fivebyfive.serving.answers import Answers


def work(channel: socket.socket, make: Callable[[], "Answers"], memory_bytes: int, debug: bool) -> None:
    """Answer what comes through `channel` until the server is gone.

    The first message says that the model is ready and what it is, with the network as an envelope; or why it is not.

    Args:
        make: loads the model.
        memory_bytes: how much the process may use beyond what the model needs.
        debug: whether unexpected errors are printed with their tracebacks.
    """
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server decides what Ctrl-C ends
    try:
        answers = make()
        answers.warm()
        _bound(memory_bytes)
    except BaseException as error:
        send(channel, (_problem(error, memory_bytes, debug), b""))
        return
    send(channel, ({"about": answers.about, "filmed": answers.filmed}, answers.network))
    with contextlib.suppress(EOFError, OSError):
        while True:
            send(channel, answer(answers, receive(channel), memory_bytes, debug))


def answer(answers: "Answers", message: Message, memory_bytes: int, debug: bool) -> Message:
    fields, data = message
    try:
        return answers.answer(Question(data=data, **fields))
    except BaseException as error:  # a network's own code may raise anything, SystemExit too
        return _problem(error, memory_bytes, debug), b""


def _problem(error: BaseException, memory_bytes: int, debug: bool) -> dict[str, Any]:
    """What went wrong, for the channel: a sentence for whoever asked, and where it is the program's own, a line."""
    if _is_memory(error) or _is_memory(error.__cause__):
        sentence = f"the picture needs more than {memory_bytes / 2**30:g} GB of memory; send a smaller one"
        return {"kind": "InputError", "error": sentence}
    if isinstance(error, InputError | Failure):
        return {"kind": type(error).__name__, "error": str(error)}
    if debug:
        trace = "".join(traceback.format_exception(error)).splitlines()
        sys.stderr.write("".join(f"{printable(line)}\n" for line in trace))
    last = traceback.extract_tb(error.__traceback__)[-1]
    line = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    return {"kind": "unexpected", "error": line, "where": f"{Path(last.filename).name}, line {last.lineno}"}


def _is_memory(error: BaseException | None) -> bool:
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "allocate memory" in str(error))


def _bound(memory_bytes: int) -> None:
    """Let this process use so much more memory than now; where the system can hold it to that (Linux)."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[5])  # what RLIMIT_DATA counts: its own, writable
        limit = pages * resource.getpagesize() + memory_bytes
        with contextlib.suppress(ValueError):  # it is held tighter already
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _end_with_the_server() -> None:
    server = parent_process()
    assert server is not None
    server.join()
    os._exit(1)
