"""How far long work is, as a bar on standard error: on a terminal only, and only of what takes a while.

The bar is gone when the work is done; what is within another piece of work has none of its own.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from fivebyfive import working
from fivebyfive.cli.printing import console
from fivebyfive.text import printable
from fivebyfive.working import Done

AFTER = 0.5
"""Seconds of work before its bar is shown."""

_one = threading.Lock()
"""Held while there is a bar."""


def shown() -> AbstractContextManager[None]:
    """Within it, long work has a bar, if standard error is a terminal that can draw one."""
    return working.told_to(bar) if can_be_drawn() else nullcontext()


def can_be_drawn() -> bool:
    """Whether standard error is a terminal that moves its cursor, whatever FORCE_COLOR says."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Done]:
    """A bar of `what`; of how much there is in all, where that is known."""
    if not _one.acquire(blocking=False):
        yield lambda _: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    counted = () if total is None else (MofNCompleteColumn(), TimeRemainingColumn())
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=None), *counted, TimeElapsedColumn())
    # What is printed meanwhile may be sent elsewhere, so that the bar must not send it anywhere itself.
    shown = Progress(
        *columns, console=console(error=True), transient=True, redirect_stdout=False, redirect_stderr=False
    )
    task = shown.add_task(printable(what), total=total)
    begin = threading.Timer(AFTER, shown.start)
    begin.daemon = True
    begin.start()
    try:
        yield lambda done: shown.update(task, completed=done)
    finally:
        begin.cancel()
        begin.join()
        shown.stop()
        _one.release()
