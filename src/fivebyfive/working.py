"""How far a long piece of work is: whoever does it tells, whoever shows it listens; without one it costs nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Done = Callable[[int], object]
"""Is told how much of the work is done."""
Listener = Callable[[str, int | None], AbstractContextManager[Done]]
"""Is told what is done, and how much there is of it, where that is known."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def at(what: str, total: int | None = None) -> AbstractContextManager[Done]:
    """Within it, `what` is being done: "reading pictures", say; of a `total`, it tells how much is done."""
    listener = _listener.get()
    return nullcontext(_nobody) if listener is None else listener(what, total)


def through(items: Sequence[T], what: str) -> Iterator[T]:
    """`items`, one after another, each of them a part of `what`."""
    with at(what, len(items)) as done:
        for number, item in enumerate(items, 1):
            yield item
            done(number)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Within it, `listener` is told of all work."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def _nobody(_: int) -> None:
    pass
