"""What can go wrong, in two kinds: the caller can mend it, or the machine failed.

The command line prints either as one line, ``error: what is wrong, where, and what to do``, and exits with the
error's ``exit_code``; from Python they are ordinary exceptions.
"""

import difflib
from collections.abc import Iterable


def meant(name: str, known: Iterable[str]) -> str:
    """Which of the `known` names was meant, in brackets, where one is much like `name`; else nothing."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {near[0]}?)" if near else ""


class InputError(ValueError):
    """The call or its input is wrong: a bad argument, a damaged file, a shape that does not fit."""

    exit_code = 2


class Failure(RuntimeError):
    """The call was right and it failed all the same: a full disk, a network that raised, a port in use."""

    exit_code = 1
