"""A trace without its numbers, as the page's own plain values: which lines, which steps, what each is computed from.

``attributes.form`` names what the page knows of a step, a file in js/kinds/ (``""``: nothing, it shows the step as it
is). ``relation`` says which maps a map is computed from where its form does not: each from its own, or all;
``computable``, whether the page works the step out for whatever comes in; ``runs``, of functions and of their
statements, that it was in.
"""

import math
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fivebyfive.portable import network_name
from fivebyfive.views.guard import guarded
from fivebyfive.views.page import code, forms
from fivebyfive.views.page.computable import computable

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace


def describe(trace: "Trace") -> dict[str, Any]:
    """The structure as plain JSON values."""
    names = list(trace.source_files)
    image = trace.image
    return {
        "network": network_name(trace.network),
        "classes": list(trace.classes),
        "image": None if image is None else _size(*image.shape),
        "code": code.title(trace),
        "files": [code.file(trace, name) for name in names],
        "steps": [_step(step, names) | {"runs": runs} for step, runs in zip(trace.steps, _runs(trace), strict=True)],
    }


def _runs(trace: "Trace") -> list[list[int]]:
    """For each step what it ran in, from outside in, as numbers of their own: a run of a function, a statement of it.

    Steps in a row that have one number in common are one block of the big picture.
    """
    known: dict[tuple[Any, ...], int] = {}
    runs: list[list[int]] = []
    for step in trace.steps:
        frames = step.frames or (0,) * len(step.chain)
        inside = [(frame, *at) for frame, s in zip(frames, step.chain, strict=True) for at in ((), (s.file, s.first))]
        runs.append([known.setdefault(key, len(known)) for key in inside])
    return runs


def _step(step: "Step", files: list[str]) -> dict[str, Any]:
    return {
        "index": step.index,
        "name": step.name,
        "op": step.op,
        "kind": step.kind,
        "module": step.module,
        "lines": code.lines(step, files),
        "inputs": list(step.inputs),
        "shape": _size(*step.size),
        "parameters": step.parameters,
        "macs": step.macs,
        "relation": _relation(step),
        "computable": computable(step),
        "attributes": attributes_of(step),
    }


def _size(height: int, width: int, channels: int) -> dict[str, Any]:
    return {"channels": channels, "height": height, "width": width, "flat": height == width == 1}


def form_of(step: "Step") -> str:
    """What the page knows of this step; "" for nothing, and where that cannot be told."""
    form: str = attributes_of(step)["form"]
    return form


_ATTRIBUTES: "WeakKeyDictionary[Step, dict[str, Any]]" = WeakKeyDictionary()
"""What was found out once: whether a sum is one place by place takes a look at every value."""


def attributes_of(step: "Step") -> dict[str, Any]:
    """What the page needs to work a step out, its form among it: whatever a file leaves out follows from these."""
    if step not in _ATTRIBUTES:
        told = guarded(step, "The form", _attributes, lambda _: {"form": ""})
        _ATTRIBUTES[step] = told
    return _ATTRIBUTES[step]


def symbols(step: "Step") -> str:
    """The formula of a step in symbols, where the page does not set it itself; "" where there is none."""
    if forms.is_written(form_of(step)) or not step.output.numel():
        return ""
    return step.arithmetic(0, 0, 0).symbols


def _relation(step: "Step") -> str:
    channels = {o.size[2] for o in step.origins}
    kept = channels <= {1, step.size[2]} and step.op not in ("linear", "matmul")
    return "each" if kept and step.kind in ("joining", "other", "output", "reshaping", "dropout") else "all"


def _attributes(step: "Step") -> dict[str, Any]:
    attributes = {name: _plain(value) for name, value in step.attributes.items()}
    if "padding" in attributes:
        (top, bottom), (left, right) = step.attributes["padding"][-2:]
        attributes["padding"] = {"top": top, "bottom": bottom, "left": left, "right": right}
    return attributes | {"form": forms.form_of(step)} | forms.attributes(step)


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for infinity
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
