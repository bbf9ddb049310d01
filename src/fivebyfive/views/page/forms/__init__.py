"""What the page is sent of a step so that it can work the step out by itself: one file for each form, as in js/kinds/.

Each module here has a function ``sent(step)``: what belongs to the step, or None where it is not of this form. The
module's name is the form's. ``GENERAL`` ones are asked after all others, which know a step better; ``WRITTEN`` says
that the page sets the formula itself. ``OF_THE_PICTURE`` names the buffers that hang on the picture, by how their names
begin, and ``learned(step)`` gives what the page needs to make them anew, None where it cannot. A kind that names its
own form (`Kind.form`) needs nothing here.
"""

import functools
import importlib
import pkgutil
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fivebyfive.explain.kinds import home
from fivebyfive.views.guard import guarded
from fivebyfive.views.page.sent import Learned, Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.views.page.envelope import Buffers

NAMES = frozenset(module.name for module in pkgutil.iter_modules(__path__))
_KEPT: "WeakKeyDictionary[Step, tuple[str, Sent | None]]" = WeakKeyDictionary()


def form_of(step: "Step") -> str:
    """The form that fits the step; "" for none."""
    return _found(step)[0]


def attributes(step: "Step") -> dict[str, Any]:
    """What the structure tells of a step of one of these forms."""
    found = _found(step)[1]
    return {} if found is None else dict(found.attributes)


def buffers(steps: Iterable["Step"]) -> "Buffers":
    """The numbers of steps of these forms; another picture may have others."""
    result: Buffers = {}
    for step in steps:
        found = _found(step)[1]
        if found is not None:
            result |= {f"{name}/{step.index}": numbers for name, numbers in found.buffers.items()}
    return result


def lasting(steps: Iterable["Step"]) -> "Buffers":
    """Those of these numbers that are the same for every picture."""
    return {f"{name}/{step.index}": numbers for step in steps for name, numbers in _lasting(step).items()}


def _lasting(step: "Step") -> "Buffers":
    form, found = _found(step)
    changing = getattr(_module(form), "OF_THE_PICTURE", ()) if form in NAMES else ()
    return {} if found is None else {name: n for name, n in found.buffers.items() if not name.startswith(changing)}


def learned(step: "Step") -> "Learned | None":
    """What a step of a form whose buffers hang on the picture needs to make them anew; None for any other, and where
    that cannot be sent.
    """
    form = form_of(step)
    of = getattr(_module(form), "learned", None) if form in NAMES else None
    found: Learned | None = None if of is None else guarded(step, "What it has learned", of, lambda _: None)
    return found


def _found(step: "Step") -> tuple[str, Sent | None]:
    if step not in _KEPT:
        _KEPT[step] = guarded(step, "The form", _find, lambda _: ("", None))
    return _KEPT[step]


def is_written(form: str) -> bool:
    """Whether the page sets the formula of this form itself."""
    return form in NAMES and getattr(_module(form), "WRITTEN", False)


def _find(step: "Step") -> tuple[str, Sent | None]:
    if not step.output.numel() or (step.kind not in ("input", "output") and _is_shown_otherwise(step)):
        return "", None
    kind = home(step.op)
    if kind is not None and kind.form:
        return kind.form, None
    for name in _in_order():
        found: Sent | None = _module(name).sent(step)
        if found is not None:
            return name, found
    return "", None


def _is_shown_otherwise(step: "Step") -> bool:
    """Of complex numbers the page has the magnitudes alone, and quantized ones it would not round."""
    return any(s.output.is_complex() or s.output.is_quantized for s in (step, *step.origins))


@functools.cache
def _in_order() -> tuple[str, ...]:
    return tuple(sorted(NAMES, key=lambda name: (getattr(_module(name), "GENERAL", False), name)))


@functools.cache
def _module(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}")
