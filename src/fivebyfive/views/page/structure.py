"""A trace without its numbers, as the page's own plain values: which lines, which steps, what each is computed from.

``attributes.form`` names what the page knows of a step, a file in js/kinds/ (``""``: nothing, it shows the step as it
is). ``relation`` says which maps a map is computed from where its form does not: each from its own, or all; ``runs``,
whether the page works the step out for whatever comes in.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fivebyfive.explain.source import split_lines
from fivebyfive.portable import network_name
from fivebyfive.views.guard import guarded
from fivebyfive.views.page import forms, highlight
from fivebyfive.views.page.runs import runs

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

MARGIN = 4
"""Lines of a file shown before the first line that matters, and after the last."""


def describe(trace: "Trace") -> dict[str, Any]:
    """The structure as plain JSON values."""
    names = list(trace.source_files)
    image = trace.image
    return {
        "network": network_name(trace.network),
        "classes": list(trace.classes),
        "image": None if image is None else _size(*image.shape),
        "files": [_file(trace, name) for name in names],
        "steps": [_step(step, names) for step in trace.steps],
    }


def _file(trace: "Trace", name: str) -> dict[str, Any]:
    text = trace.source_files[name]
    lines = split_lines(text)
    used = [s.line for step in trace.steps for s in _sources(step) if s.file == name]
    first = max(1, min(used, default=1) - MARGIN)
    last = min(len(lines), max(used, default=len(lines)) + MARGIN)
    while first < last and not lines[first - 1].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return {"name": Path(name).name, "first": first, "lines": [*highlight.lines(text)[first - 1 : last]]}


def _sources(step: "Step") -> list[Any]:
    return [s for s in (step.source, *step.chain, step.definition) if s is not None]


def _step(step: "Step", files: list[str]) -> dict[str, Any]:
    places = dict.fromkeys((files.index(s.file), s.line) for s in _sources(step) if s.file in files)
    return {
        "index": step.index,
        "name": step.name,
        "op": step.op,
        "kind": step.kind,
        "module": step.module,
        "lines": [{"file": file, "line": line} for file, line in places],
        "inputs": list(step.inputs),
        "shape": _size(*step.size),
        "parameters": step.parameters,
        "macs": step.macs,
        "relation": _relation(step),
        "runs": runs(step),
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
