"""What a user's own code prints is no part of a command's result: while it runs, standard output is standard error."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


@contextlib.contextmanager
def printing_apart() -> Iterator[None]:
    """Send all that is printed to standard error: by Python, by C++, and by processes that the code starts."""
    sys.stdout.flush()
    with contextlib.ExitStack() as entered:
        entered.enter_context(contextlib.redirect_stdout(sys.stderr))
        with contextlib.suppress(OSError, ValueError):  # closed, or no file: then there is nothing to be sent elsewhere
            kept = os.dup(1)
            entered.callback(os.close, kept)
            os.dup2(2, 1)
            entered.callback(os.dup2, kept, 1)
        yield


def all_apart() -> None:
    """The same for all that this process prints from now on."""
    sys.stdout.flush()
    sys.stdout = sys.stderr
    with contextlib.suppress(OSError, ValueError):
        os.dup2(2, 1)


def each_apart(results: Iterator[T]) -> Iterator[T]:
    """`results`, each of them made with `printing_apart`; what is printed in between stays where it belongs."""
    while True:
        with printing_apart():
            try:
                result = next(results)
            except StopIteration:
                return
        yield result
