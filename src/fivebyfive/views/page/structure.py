"""A trace without its numbers, as the page's own plain values: which lines, which steps, what each is computed from.

``attributes.form`` names what the page knows of a step, a file in js/kinds/ (``""``: nothing, it shows the step as it
is). ``relation`` says which maps a map is computed from where its form does not: each from its own, or all.
"""

import math
import operator
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch

from fivebyfive.explain.kinds import home
from fivebyfive.explain.layout import position_of
from fivebyfive.explain.source import split_lines
from fivebyfive.portable import network_name
from fivebyfive.views.guard import guarded
from fivebyfive.views.page import forms, highlight
from fivebyfive.views.page.functions import formulas, is_function

if TYPE_CHECKING:
    from torch import Tensor

    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

MARGIN = 4
"""Lines of a file shown before the first line that matters, and after the last."""
SAME_ORDER = {"reshape", "reshape_as", "view", "view_as", "flatten", "unflatten", "squeeze", "unsqueeze", "ravel"}
SAME_ORDER |= {"index"}  # as in x[:, :, None, None]
WRITTEN = {"bias", "convolution", "transposed", "maximum", "mean", "matrix", "activation", "softmax", "normalization"}
WRITTEN |= {"sum", "product", "multi_head"}
"""Forms whose formula the page sets itself; of any other step it is sent what `Step.arithmetic` says in symbols."""


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
        told = guarded(step, "The form", lambda s: _attributes(s, _form(s)), lambda _: {"form": ""})
        _ATTRIBUTES[step] = told
    return _ATTRIBUTES[step]


def _form(step: "Step") -> str:
    ends = step.kind in ("input", "output")
    if not step.output.numel() or (not ends and any(_is_shown_otherwise(s.output) for s in (step, *step.origins))):
        return ""
    ways: dict[str, Callable[[], str]] = {
        "input": lambda: "input",
        "output": lambda: "output",
        "convolution": lambda: _convolution(step),
        "pooling": lambda: _pooling(step),
        "fully connected": lambda: _matrix(step),
        "activation": lambda: _softmax(step),
        "normalization": lambda: _normalization(step),
        "dropout": lambda: "dropout",
        "joining": lambda: _joining(step),
        "reshaping": lambda: "reshape" if order_of(step) else "",
    }
    form = "activation" if is_function(step) else ways.get(step.kind, lambda: _of_kind(step))()
    if form in OF_ONE_PICTURE and step.op not in OF_A_LINE and not _of_one_picture(step):
        form = ""
    return form or forms.form_of(step)


def _of_kind(step: "Step") -> str:
    kind = home(step.op)
    return "" if kind is None else kind.form


def _is_shown_otherwise(tensor: "Tensor") -> bool:
    """Of complex numbers the page has the magnitudes alone, and quantized ones it would not round."""
    return tensor.is_complex() or tensor.is_quantized


OF_ONE_PICTURE = ("convolution", "transposed", "maximum", "mean", "normalization", "matrix")
"""What the page computes on the maps of one picture, where each channel is a channel and nothing else."""
OF_A_LINE = ("layer_norm", "rms_norm")
"""These take values together that the page finds whatever the channels are."""


def _of_one_picture(step: "Step") -> bool:
    """Whether no part of the picture, and no depth, stands among the channels."""
    return all(s.layout == "flat" or {"N", "C"} <= set(s.layout) for s in (step, *step.origins))


def symbols(step: "Step") -> str:
    """The formula of a step in symbols, where the page does not set it itself; "" where there is none."""
    if form_of(step) in WRITTEN or not step.output.numel():
        return ""
    return step.arithmetic(0, 0, 0).symbols


def _convolution(step: "Step") -> str:
    if step.weight is None:
        return _bias(step)
    if step.weight.dim() > 4 or len(step.origins) != 1:
        return ""
    transposed = bool(step.attributes.get("transposed"))
    # The filter's channels are the input's, or the input's layout is another than it seems.
    inputs = step.weight.shape[2 if step.layout == "NHWC" else 0 if transposed else 1]
    groups = 1 if transposed else step.attributes.get("groups", 1)
    if inputs * groups != step.origins[0].size[2]:
        return ""
    return "transposed" if transposed else "convolution"


def _bias(step: "Step") -> str:
    adds = step.op in ("add", "bias_add") and step.attributes.get("alpha", 1) == 1
    return "bias" if adds and step.bias is not None and step.bias.numel() == step.size[2] else ""


def _pooling(step: "Step") -> str:
    if len(step.origins) != 1 or step.size[2] != step.origins[0].size[2]:
        return ""
    pooling = step.attributes.get("pooling") or {"mean": "mean", "amax": "max"}.get(step.op)
    return {"max": "maximum", "mean": "mean"}.get(pooling or "", "")


def _matrix(step: "Step") -> str:
    if step.weight is None:
        return _bias(step)
    lists = step.size[:2] == (1, 1) and len(step.origins) == 1 and step.origins[0].size[:2] == (1, 1)
    return "matrix" if lists and step.weight.dim() == 2 else ""


def _softmax(step: "Step") -> str:
    return "softmax" if step.op in ("softmax", "log_softmax", "softmin") and together(step) else ""


def _normalization(step: "Step") -> str:
    if len(step.origins) != 1 or step.size != step.origins[0].size:
        return ""
    return "normalization" if by_its_training(step) or together(step) else ""


def by_its_training(step: "Step") -> bool:
    """Whether a normalization uses statistics that it has learned, and not those of its input."""
    own = step.op in ("batch_norm", "instance_norm") and not step.attributes.get("training")
    return own and step.call.values.get("running_mean") is not None


def together(step: "Step") -> dict[str, Any] | None:
    """Which values a softmax divides among, or a normalization averages, as the page's `Together`; None where the
    page's channels, rows and columns cannot say it.
    """
    shape, rank = step.output_shape, len(step.output_shape)
    if len(step.origins) != 1 or step.origins[0].layout != step.layout or not rank:
        return None
    counts = _counts(step)
    if counts is None:
        return None
    y, x, channel = position_of([count - 1 for count in counts], shape, step.layout)
    height, width, channels = step.size
    whole = (y + 1) * (x + 1) * (channel + 1) == math.prod(counts) and channels % (channel + 1) == 0
    if not whole or y + 1 not in (1, height) or x + 1 not in (1, width):
        return None
    return {"channels": channel + 1, "rows": y + 1 == height, "columns": x + 1 == width}


def _counts(step: "Step") -> list[int] | None:
    """How many values along each dimension belong together."""
    shape, rank = step.output_shape, len(step.output_shape)
    if step.op in ("softmax", "log_softmax", "softmin"):
        dim = step.call.values.get("dim")
        along = {(0 if rank in (1, 3) else 1) if dim is None else dim % rank}
    elif step.op in ("layer_norm", "rms_norm"):
        along = set(range(rank - len(step.attributes["norm_shape"]), rank))
    elif step.op == "group_norm":
        return [1, shape[1] // step.attributes["norm_groups"], *shape[2:]]
    elif step.op in ("batch_norm", "instance_norm"):
        along = set(range(rank)) - ({1} if step.op == "batch_norm" else {0, 1})
    else:
        return None
    return [n if d in along else 1 for d, n in enumerate(shape)]


def _joining(step: "Step") -> str:
    if step.op in ("cat", "concat"):
        sizes = [o.size for o in step.origins]
        along = all(s[:2] == step.size[:2] for s in sizes) and sum(s[2] for s in sizes) == step.size[2]
        return "concatenation" if along else ""
    join = {"add": operator.add, "mul": operator.mul}.get(step.op)
    if join is None or step.attributes.get("alpha", 1) != 1 or len(step.origins) != 2:
        return ""
    return {"add": "sum", "mul": "product"}[step.op] if _place_by_place(step, join) else ""


def _place_by_place(step: "Step", join: Callable[[Any, Any], Any]) -> bool:
    """Whether the maps joined place by place, an only row, column or map lent to all, are the step's maps."""
    a, b = (origin.maps for origin in step.origins)
    whole = step.maps.shape
    if any(n not in (1, size) for maps in (a, b) for n, size in zip(maps.shape, whole, strict=True)):
        return False
    joined: Tensor = join(a, b).to(step.output.dtype)
    return joined.shape == whole and torch.allclose(joined, step.maps, rtol=1e-5, atol=0, equal_nan=True)


def order_of(step: "Step") -> str:
    """The layout in whose row-by-row order a reshaping leaves the numbers as they were; "" where it moves them."""
    if step.op not in SAME_ORDER or len(step.origins) != 1:
        return ""
    before, after = step.origins[0].maps, step.maps
    return next((o for o in ("NHWC", "NCHW") if _rolled(before, o).equal(_rolled(after, o)) and _fits(step, o)), "")


def _fits(step: "Step", order: str) -> bool:
    layouts = {s.layout for s in (step, step.origins[0]) if s.size[:2] != (1, 1)}
    return (layouts <= {"NHWC"}) if order == "NHWC" else "NHWC" not in layouts


def _rolled(maps: "Tensor", order: str) -> "Tensor":
    return (maps.permute(1, 2, 0) if order == "NHWC" else maps).reshape(-1)


def _relation(step: "Step") -> str:
    channels = {o.size[2] for o in step.origins}
    kept = channels <= {1, step.size[2]} and step.op not in ("linear", "matmul")
    return "each" if kept and step.kind in ("joining", "other", "output", "reshaping", "dropout") else "all"


def _attributes(step: "Step", form: str) -> dict[str, Any]:
    attributes = {name: _plain(value) for name, value in step.attributes.items()} | {"form": form}
    if "padding" in attributes:
        (top, bottom), (left, right) = step.attributes["padding"][-2:]
        attributes["padding"] = {"top": top, "bottom": bottom, "left": left, "right": right}
    if form in ("maximum", "mean") and "kernel" not in attributes:
        attributes |= {"adaptive": True, "pooling": "max" if form == "maximum" else "mean"}
    if form in forms.NAMES:
        attributes |= forms.attributes(step)
    if form == "reshape":
        attributes["order"] = order_of(step)
    if form == "activation":
        attributes["formulas"] = formulas(step)
    if form == "softmax" or (form == "normalization" and not by_its_training(step)):
        attributes["over"] = together(step)
    if form == "normalization" and attributes["eps"] is None:
        attributes["eps"] = torch.finfo(step.output.dtype).eps
    return attributes


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for infinity
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
