"""What a program's sessions knew: the values of their variables when they end, and what was fed to placeholders.

TensorFlow 1 keeps values in a ``Session``, and forgets them when it is closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(eq=False)
class Kept:
    """What one session knew.

    Attributes:
        values: of each variable that had any, by its name.
        fed: the last value of each placeholder that was a single number, by its tensor's name.
        fetched: the tensors of the last run.
    """

    graph: Any
    values: dict[str, Any] = field(default_factory=dict)
    fed: dict[str, Any] = field(default_factory=dict)
    fetched: list[Any] = field(default_factory=list)


@contextmanager
def watched(v1: Any) -> Iterator[list[Kept]]:
    """What the sessions within it know, in the order in which they were made."""
    from tensorflow.python.client import session

    base, known, found = session.BaseSession, dict[int, tuple[Any, Kept]](), list[Kept]()
    make, run, close = base.__init__, base.run, base.close

    def made(self: Any, *arguments: Any, **keywords: Any) -> None:
        make(self, *arguments, **keywords)
        kept = Kept(self.graph)
        known[id(self)] = (self, kept)
        found.append(kept)

    def ran(self: Any, fetches: Any, feed_dict: Any = None, *rest: Any, **keywords: Any) -> Any:
        if id(self) in known:
            _note(known[id(self)][1], fetches, feed_dict or {})
        return run(self, fetches, feed_dict, *rest, **keywords)

    def closed(self: Any) -> None:
        if id(self) in known:
            _keep(v1, *known.pop(id(self)), run)
        close(self)

    base.__init__, base.run, base.close = made, ran, closed
    leave = session.Session.__exit__

    def left(self: Any, *about: Any) -> Any:
        if id(self) in known and about[:1] == (None,):
            _keep(v1, *known.pop(id(self)), run)
        return leave(self, *about)

    session.Session.__exit__ = left
    try:
        yield found
    finally:
        base.__init__, base.run, base.close, session.Session.__exit__ = make, run, close, leave
        for opened, kept in known.values():
            _keep(v1, opened, kept, run)


def _note(kept: Kept, fetches: Any, feeds: Any) -> None:
    for placeholder, value in feeds.items():
        if np.ndim(value) == 0 and hasattr(placeholder, "name"):
            kept.fed[placeholder.name] = value
    flat = fetches if isinstance(fetches, (list, tuple)) else [fetches]
    kept.fetched = [tensor for tensor in flat if hasattr(tensor, "op") and hasattr(tensor, "dtype")] or kept.fetched


def _keep(v1: Any, session: Any, kept: Kept, run: Any) -> None:
    """The values of all variables that have one."""
    if getattr(session, "_closed", False):
        return
    with session.graph.as_default():
        variables = v1.global_variables() + v1.local_variables()
        for variable in variables:
            try:
                kept.values[variable.op.name] = run(session, variable)
            except (v1.errors.FailedPreconditionError, v1.errors.NotFoundError, RuntimeError):
                continue  # it was never given one
