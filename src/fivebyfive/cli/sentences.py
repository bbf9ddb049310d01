"""What went wrong, as a sentence and an exit code: for the program's own errors, and for whatever else is raised.

Libraries and the system raise what they like; what can happen to anybody is put into words here, with what to do. The
rest is a fault of this program, and is called so.
"""

import errno
import os
import sys
from collections.abc import Iterator

from fivebyfive import needs
from fivebyfive.cli import calls
from fivebyfive.errors import NO_MEMORY, Failure, InputError

WRONG_CALL, FAILED = InputError.exit_code, Failure.exit_code

FILES = {
    errno.ENOENT: ("does not exist", "check the path", WRONG_CALL),
    errno.ENOTDIR: ("is not in a folder: a part of its path is a file", "check the path", WRONG_CALL),
    errno.EISDIR: ("is a folder", "give a file", WRONG_CALL),
    errno.EEXIST: ("exists already", "give another place", WRONG_CALL),
    errno.ENAMETOOLONG: ("is too long for a file's name", "check the path", WRONG_CALL),
    errno.ELOOP: ("is a link that leads back to itself", "check the path", WRONG_CALL),
    errno.EACCES: ("may not be opened by you", "change its permissions, or give another one", WRONG_CALL),
    errno.EPERM: ("may not be changed by you", "change its permissions, or give another one", WRONG_CALL),
    errno.EINVAL: ("is no name that a file can have here", "give another one", WRONG_CALL),
    errno.EILSEQ: ("is no name that a file can have here", "give another one", WRONG_CALL),
    errno.EROFS: ("is on a disk that cannot be written", "give another place", FAILED),
}
"""Errors of the system about one file: what is so, what to do, and the exit code."""

SYSTEM = {
    errno.ENOSPC: "the disk is full, and something was not written; free some space",
    errno.EDQUOT: "the disk quota is used up, and something was not written; free some space",
    errno.EMFILE: "too many files are open; close other programs, or raise the limit with ulimit -n",
    errno.ENFILE: "too many files are open on this machine; close other programs",
    errno.EIO: "the disk or the terminal gave an error; look after it, then call again",
    errno.EBADF: "standard input or output is closed; call again with it open",
}
"""Errors of the system about no file in particular."""

MEMORY = "the memory is used up; choose a smaller picture, network or batch"


def sentence(error: BaseException) -> tuple[str, int]:
    """What went wrong and what to do, and the exit code that goes with it."""
    if is_of_call(error):
        return calls.in_words(error), WRONG_CALL
    if isinstance(error, InputError | Failure):
        return str(error), error.exit_code
    if missing := needs.advice(error):
        return missing, WRONG_CALL
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in NO_MEMORY):
        return MEMORY, FAILED
    if isinstance(error, RecursionError):
        return "something is nested too deeply to be read; give a network or a file with fewer levels", WRONG_CALL
    if isinstance(error, UnicodeError) and isinstance(getattr(error, "object", None), str):
        return f"{error.object!r} is no text that can be written; rename it in plain letters", WRONG_CALL  # type: ignore[attr-defined]
    if isinstance(error, ValueError) and "embedded null" in str(error):
        return "a file's name holds a NUL, which no file can have; check the path", WRONG_CALL
    if isinstance(error, RuntimeError) and "home directory" in str(error):
        return "there is no home folder; set HOME to one", WRONG_CALL
    if isinstance(error, SystemExit):
        return f"the program was ended from within ({_short(error)}); the network's own code must not end it", FAILED
    return _of_nobody(error), FAILED


def is_of_call(error: BaseException) -> bool:
    """Whether it is the parser's, who is imported only where there is something to be parsed."""
    parser = sys.modules.get("typer.exceptions")
    return parser is not None and isinstance(error, parser.TyperException)


def is_gone(error: BaseException) -> bool:
    """Whether it says that the reader of a pipe has left, which is no error."""
    if isinstance(error, SystemExit):  # rich's way of ending
        return isinstance(error.__context__, BrokenPipeError)
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def _of_system(error: OSError) -> tuple[str, int]:
    if error.errno in SYSTEM:
        return SYSTEM[error.errno], FAILED
    if error.errno == errno.ENOMEM:
        return MEMORY, FAILED
    if error.errno == errno.ENOENT and error.filename in (None, ".", "") and not _has_place():
        return "the folder that this was called in does not exist any more; go to another one", WRONG_CALL
    reason = (error.strerror or _short(error)).lower()
    if error.filename is None:
        return f"the system refuses: {reason}; with --debug it says where", FAILED
    name = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else str(error.filename)
    what, advice, code = FILES.get(error.errno or 0, (f"cannot be used ({reason})", "check the path", FAILED))
    return f"{_cut(name)} {what}; {advice}", code


def _has_place() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 (Path.cwd() is the same, by a longer way)
    except OSError:
        return False
    return True


def _of_nobody(error: BaseException) -> str:
    kinds = " ← ".join(dict.fromkeys(type(e).__name__ for e in _causes(error)))
    return (
        f"this is a fault of 5x5, not of yours: {kinds}: {_short(error)}; "
        "please report it, with what the same call prints with --debug"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _short(error: BaseException) -> str:
    return _cut(" ".join(str(error).split()) or type(error).__name__)


def _cut(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
