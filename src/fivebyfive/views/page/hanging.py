"""Which steps hang on the picture: all others are the same for every picture, such as a mask that the code makes."""

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from fivebyfive.explain.kinds import home

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

_KNOWN: "WeakKeyDictionary[Step, bool]" = WeakKeyDictionary()


def hangs(step: "Step") -> bool:
    """Whether the step hangs on what is given to the network, or may: what is drawn at random, or is not known."""
    if step not in _KNOWN:
        may = step.kind == "input" or step.call.random is not None or (home(step.op) is None and step.kind != "output")
        _KNOWN[step] = may or any(hangs(origin) for origin in step.origins)
    return _KNOWN[step]
