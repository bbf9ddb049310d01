"""What ONNX's operators are in calls that the kinds know; each file here has a part, and is found by its folder.

A file has a ``TABLE`` from an operator's name to a function that makes of a node, an `Op`, the calls that do the same.
``FIXED`` names those that are worked out beforehand where all they take is constant.
"""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from fivebyfive.explain.sources.onnx.op import Maker


@functools.cache
def makers() -> Mapping[str, Maker]:
    """The whole table; operators of another domain than ONNX's own as "domain.Name"."""
    found: dict[str, Maker] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        found |= importlib.import_module(module.name).TABLE
    return found


@functools.cache
def fixed() -> frozenset[str]:
    """Operators that are worked out beforehand where all they take is constant."""
    modules = [importlib.import_module(m.name) for m in pkgutil.iter_modules(__path__, f"{__name__}.")]
    return frozenset(name for module in modules for name in getattr(module, "FIXED", ()))
