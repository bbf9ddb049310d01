"""How processes that work together end: all of them, with one sentence.

Whoever fails leaves word of it where all can read it, and only the first one's word counts. The others notice that one
of them is gone, find that word and end in silence; where there is none, the one that is gone was killed.

`torchrun` starts all of them again where it may (``--max-restarts``): a worker that was killed is no reason to stop.
What the caller has to mend is no better the next time: it ends at once.
"""

import contextlib
import functools
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from fivebyfive import group
from fivebyfive.errors import Failure, InputError
from fivebyfive.group import Group

P = ParamSpec("P")
T = TypeVar("T")
REFUSED = "refused"
"""In the launch's folder: the exit code of a call that is no better the next time."""
OUTCOME = "FIVEBYFIVE_OUTCOME"
"""Names a file for the exit code, where `--processes` has started this process; see `cli.processes`."""
CUT_OFF = ("gloo", "nccl", "connection closed", "connection reset", "broken pipe", "tcpstore")
"""How PyTorch's errors say that another process is gone."""


class SaidElsewhere(Failure):
    """Another process of the group has failed, and says so itself."""

    def __init__(self, said: str, exit_code: int) -> None:
        super().__init__(said)
        self.exit_code = exit_code


class Lost(Failure):
    """Another process of the group is gone, without a word."""


@contextmanager
def together() -> Iterator[Group]:
    """Work as one of several processes, if this one was started so; what ends one of them ends all.

    Raises:
        SaidElsewhere: another process has failed, and says so.
        Lost: another process was killed.
    """
    if group.current() is not group.ALONE or not group.is_asked():
        yield group.current()
        return
    _expect_not_refused()
    try:
        yield group.join()
    except BaseException as error:
        said = _ended(error)
        if said is error:
            raise
        raise said from error


def shared(work: Callable[P, T]) -> Callable[P, T]:
    """`work`, done `together`."""

    @functools.wraps(work)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        with together():
            return work(*args, **kwargs)

    return done


def settled(code: int) -> int:
    """The code to exit with, for one that this process comes to; nothing is started again for it, unless it was left
    alone by one that was killed. Where `--processes` has started it, the code is told in a file.
    """
    place = os.environ.get(OUTCOME)
    if code == InputError.exit_code and not _lost:
        _refuse(code)
    if not place or not code or _lost:
        return code
    with contextlib.suppress(OSError):
        Path(place).write_text(str(code), encoding="utf-8")
        return 0
    return code


_lost = False
"""Whether this process ends because another one was killed."""


def _ended(error: BaseException) -> BaseException:
    """What this process says: `error`, unless another process has said why all of them end."""
    global _lost
    found = _first_word()
    if found is None and _is_cut_off(error):
        again = (
            "all of them are started again" if OUTCOME in os.environ else "--max-restarts of torchrun starts all again"
        )
        error = Lost(f"one of the {group.current().size} processes was killed, or its machine is gone; {again}")
    _lost = isinstance(error, Lost)
    code = getattr(error, "exit_code", 130 if isinstance(error, KeyboardInterrupt) else 1)
    mine = {"rank": group.current().rank, "said": str(error), "code": code, "lost": _lost}
    found = found or _word(mine)
    _tell_torchrun(str(error))
    if found is None or found["rank"] == mine["rank"]:
        return error
    _lost = bool(found["lost"])
    return SaidElsewhere(str(found["said"]), int(found["code"]))


def _is_cut_off(error: BaseException | None) -> bool:
    from torch import distributed

    while error is not None:
        said = str(error).lower()
        if isinstance(error, distributed.DistError):
            return True
        if type(error) is RuntimeError and any(sign in said for sign in CUT_OFF):
            return True
        error = error.__cause__ or error.__context__
    return False


def _first_word() -> dict[str, Any] | None:
    """What the first process that failed has left; None: nothing, or nobody can be asked any more."""
    return _word(None)


def _word(mine: dict[str, Any] | None) -> dict[str, Any] | None:
    """Leave a word, if none is left yet; whatever is there then."""
    store = group.store()
    if store is None:
        return None
    key = f"ended-{group.current().restarts}"
    with contextlib.suppress(Exception):  # who keeps the words is gone
        if mine is None:
            return dict(json.loads(store.get(key))) if store.check([key]) else None
        return dict(json.loads(store.compare_set(key, "", json.dumps(mine))))
    return None


def _tell_torchrun(said: str) -> None:
    """Torchrun's own report then holds the sentence, not a guess."""
    place = os.environ.get("TORCHELASTIC_ERROR_FILE")
    if place:
        about = {"timestamp": str(int(time.time())), "py_callstack": said}
        with contextlib.suppress(OSError):
            Path(place).write_text(json.dumps({"message": {"message": said, "extraInfo": about}}), encoding="utf-8")


def _refuse(code: int) -> None:
    folder = group.launch_folder()
    if folder is not None:
        with contextlib.suppress(OSError):
            (folder / REFUSED).write_text(str(code), encoding="utf-8")


def _expect_not_refused() -> None:
    """Raise in silence what was said before torchrun started all again."""
    folder = group.launch_folder()
    if folder is not None and (folder / REFUSED).is_file():
        raise SaidElsewhere("the call was refused before, and nothing has changed since", InputError.exit_code)
