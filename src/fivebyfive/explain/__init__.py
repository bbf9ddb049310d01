"""Explain any network: from the user's own code to the sum behind one number.

``fivebyfive.explain`` is this package and the function in it: Python puts a package over a name of its parent's
whenever it is imported, so the package can be called, and calling it is calling `explain`.
"""

import sys
from types import ModuleType
from typing import Any

from fivebyfive.explain.comparison import Comparison, compare
from fivebyfive.explain.explanation import explain
from fivebyfive.explain.step import Arithmetic, ReceptiveField, Source, Step, Term, UserLine, Window
from fivebyfive.explain.trace import Trace

__all__ = [
    "Arithmetic",
    "Comparison",
    "ReceptiveField",
    "Source",
    "Step",
    "Term",
    "Trace",
    "UserLine",
    "Window",
    "compare",
    "explain",
]


class _Callable(ModuleType):
    def __call__(self, *args: Any, **kwargs: Any) -> Trace:
        return explain(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
