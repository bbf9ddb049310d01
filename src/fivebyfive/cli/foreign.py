"""What a user's own code prints is no part of a command's result: while it runs, standard output is standard error."""

import contextlib
import os
import sys
from collections.abc import Iterator


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
