"""One file for each kind of step; this is where they are found.

Each module here has a ``KIND`` (or ``KINDS``), and that is all that it takes to add one. An operation that is in none
of them is a step all the same, of kind "other", of which only its inputs and its output are known.
"""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from fivebyfive.explain.kind import Kind


@functools.cache
def homes() -> Mapping[str, Kind]:
    """The kind of each operation, by the operation's name."""
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        loaded = importlib.import_module(module.name)
        for kind in getattr(loaded, "KINDS", None) or (loaded.KIND,):
            found |= dict.fromkeys([*kind.signatures(), *kind.ours], kind)
    return found


def home(op: str) -> Kind | None:
    """The kind that the operation belongs to; None for one that is not known."""
    return homes().get(op)


@functools.cache
def signatures() -> Mapping[str, tuple[str, ...]]:
    """The names of every operation's arguments, in order."""
    return {op: said for kind in dict.fromkeys(homes().values()) for op, said in kind.signatures().items()}


@functools.cache
def aliases() -> Mapping[str, str]:
    """Other names of operations."""
    return {other: op for kind in dict.fromkeys(homes().values()) for other, op in kind.aliases.items()}


@functools.cache
def may_draw(op: str) -> bool:
    """Whether the operation may draw random numbers: what is not known may."""
    kind = home(op)
    return kind is None or op in kind.draws.split()
