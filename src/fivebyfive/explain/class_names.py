"""Which class of a network is meant, by its name or its number."""

import operator
from collections.abc import Sequence
from typing import Any

from fivebyfive.errors import InputError, meant

SHOWN = 12
"""So many names are listed where none fits."""


def names_of(classes: Sequence[str] | None, count: int) -> list[str]:
    """The names of `count` classes: those given, where they are so many; else their numbers."""
    return list(classes) if classes is not None and len(classes) == count else [str(n) for n in range(count)]


def index_of_class(asked: Any, classes: Sequence[str] | None, count: int, what: str = "") -> int:
    """The number of the class that `asked` names.

    Args:
        what: what the class is asked for, for the error: "label ".

    Raises:
        InputError: there is none; the nearest name is said.
    """
    names = names_of(classes, count)
    if isinstance(asked, str) and asked in names:
        return names.index(asked)
    try:
        index = int(asked) if isinstance(asked, str) else operator.index(asked)
    except (TypeError, ValueError):
        index = -1
    if not 0 <= index < count:
        more = " …" if count > SHOWN else ""
        raise InputError(
            f"{what}{asked!r} is no class of this network{meant(str(asked), names)}; give one of "
            f"{', '.join(names[:SHOWN])}{more}, or a number from 0 to {count - 1}"
        )
    return index
