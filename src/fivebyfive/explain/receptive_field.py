"""Which part of the image an output value depends on: its window, followed back step by step to the image.

A region is the first and last row and column of a step's feature maps. Each operation says which region of its inputs
a region of its output is computed from; branches are followed each for itself and united where they meet.

Source: Araujo, Norris, Sim, Computing Receptive Fields of Convolutional Neural Networks, https://distill.pub/2019/
computing-receptive-fields
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from fivebyfive.explain import moved, operations
from fivebyfive.explain.layout import Position, index_of, position_of
from fivebyfive.explain.step import ReceptiveField, Step, Window

Span = tuple[int, int]
"""First and last row, or column; the last is before the first where there is none."""

FAR = 16
"""Jumps are measured over so many values, for those that are no whole numbers."""


@dataclass(frozen=True)
class Region:
    """Rows and columns of feature maps; ``known`` is False behind an operation that is not understood."""

    rows: Span
    columns: Span
    known: bool = True


def window(step: Step, position: Position, *, clipped: bool) -> Window | None:
    """The part of the image that the value at `position` depends on; see `Step.window`."""
    step, position = _followed(step, position)
    y, x, channel = position
    picture = step.attributes.get("picture")
    if picture is not None:  # the flat list of a picture's values: height, width, channels
        y, x = channel // (picture[1] * picture[2]), channel // picture[2] % picture[1]
    region = _on_image(step, Region((y, y), (x, x)), clipped)
    if region is None or not region.known:
        return None
    rows, columns = region.rows, region.columns
    if rows[1] < rows[0] or columns[1] < columns[0]:
        return Window(0, 0, 0, 0)  # padding: no part of the image
    return Window(rows[0], rows[1] + 1, columns[0], columns[1] + 1)


def receptive_field(step: Step) -> ReceptiveField | None:
    """How much of the image one value of `step` depends on; see `ReceptiveField`."""
    if not step.output.numel():
        return None
    height, width, channels = step.size
    image = _picture(step)
    corners = [window(step, p, clipped=True) for p in ((0, 0, 0), (height - 1, width - 1, channels - 1))]
    if image is None or corners[0] is None or corners[1] is None:
        return None
    whole = Window(0, image[0], 0, image[1])
    if corners[0] == corners[1] == whole:
        return ReceptiveField(image[0], image[1], (0.0, 0.0), True)
    y, x = height // 2, width // 2
    here, far = (window(step, (y + d, x + d, channels // 2), clipped=False) for d in (0, FAR))
    if here is None or far is None:
        return None
    flat = height == width == 1 and step.layout == "flat"
    jump = (0.0, 0.0) if flat else ((far.y0 - here.y0) / FAR, (far.x0 - here.x0) / FAR)
    sizes = (here.y1 - here.y0, here.x1 - here.x0)
    down, right = (n if flat or moves else min(n, most) for n, moves, most in zip(sizes, jump, image, strict=True))
    return ReceptiveField(down, right, jump, False)


def _followed(step: Step, position: Position) -> tuple[Step, Position]:
    """Through steps that only hand on or move single values of a list, to where the value has a place on a map."""
    while step.layout == "flat" and step.origins and step.kind != "input":
        if step.op in operations.REARRANGEMENTS | operations.HANDED_ON | {"output"} and step.op != "pad":
            if position[2] >= step.size[2] or position[0] or position[1]:
                return step, position
            found = moved.origin(
                step, index_of(position, step.output_shape, step.layout), [step.call.values.get("input")]
            )
            if found is None or not isinstance(found[0], Step):
                return step, position
            step, place = found[0], found[1]
            position = position_of(place, step.output_shape, step.layout)
        elif len(step.origins) == 1 and _is_elementwise(step) and step.origins[0].output_shape == step.output_shape:
            step = step.origins[0]
        else:
            return step, position
    return step, position


def _picture(step: Step) -> tuple[int, int] | None:
    """Height and width of the image that `step` comes from; None where the input is no picture."""
    while step.kind != "input":
        if not step.origins:
            return None
        step = min(step.origins, key=lambda origin: origin.index)
    return _picture_of(step)


def _picture_of(image: Step) -> tuple[int, int] | None:
    picture = image.attributes.get("picture")
    if picture is not None:
        return picture[0], picture[1]
    return None if image.layout == "flat" else image.size[:2]


def _on_image(step: Step, region: Region, clipped: bool) -> Region | None:
    """Follow `region` back, newest step first, uniting what several steps need of one."""
    wanted: dict[int, tuple[Step, Region]] = {step.index: (step, region)}
    while wanted:
        step, region = wanted.pop(max(wanted))
        if step.kind == "input":
            return region if _picture_of(step) is not None else None
        for origin, needed in _needed(step, region, clipped):
            if clipped:
                needed = _clipped(needed, origin)
            seen = wanted.get(origin.index)
            wanted[origin.index] = (origin, needed if seen is None else _united(seen[1], needed))
    return None


def _clipped(region: Region, step: Step) -> Region:
    picture = _picture_of(step) if step.kind == "input" else None
    height, width = picture or step.size[:2]
    return Region(_cut(region.rows, height), _cut(region.columns, width), region.known)


def _cut(span: Span, n: int) -> Span:
    first, last = max(span[0], 0), min(span[1], n - 1)
    return (first, last) if first <= last else (0, -1)


def _united(a: Region, b: Region) -> Region:
    return Region(_joined(a.rows, b.rows), _joined(a.columns, b.columns), a.known and b.known)


def _joined(a: Span, b: Span) -> Span:
    if a[1] < a[0]:
        return b
    return a if b[1] < b[0] else (min(a[0], b[0]), max(a[1], b[1]))


def _needed(step: Step, region: Region, clipped: bool) -> list[tuple[Step, Region]]:
    """The region of each input that `region` of the step's output is computed from."""
    if region.rows[1] < region.rows[0] or region.columns[1] < region.columns[0]:
        return [(origin, region) for origin in step.origins]
    return [(origin, _of(step, origin, region, clipped)) for origin in step.origins]


def _of(step: Step, origin: Step, region: Region, clipped: bool) -> Region:
    op = step.op
    if not region.known or not (step.call.values or step.kind == "output"):
        return _whole(origin, known=False)
    if op in operations.CONVOLUTIONS or op in operations.POOLINGS:
        return _windowed(step, origin, region, clipped)
    if op == "interpolate":
        return _interpolated(step, origin, region)
    if op in operations.REARRANGEMENTS | operations.JOININGS or op == "assign":
        return _rearranged(step, origin, region)
    if op in operations.PRODUCTS:
        two = sum(1 for o in step.origins if _picture(o) is not None) > 1
        keeps = not two and step.layout == origin.layout and "W" in step.layout + origin.layout.replace("L", "W")
        return region if keeps else _whole(origin)
    if op in operations.REDUCTIONS | {"softmax", "log_softmax", "softmin", "glu", "normalize"}:
        return _along(origin, region, step.call.values.get("dim", 1 if op == "normalize" else None), op)
    if op in operations.NORMALIZATIONS:
        return _normalized(step, origin, region)
    if _is_elementwise(step) or step.kind == "output":
        return _same(step, origin, region)
    return _whole(origin, known=False)


def _is_elementwise(step: Step) -> bool:
    single = operations.ACTIVATIONS | operations.FUNCTIONS | operations.BINARY | operations.COMPARISONS
    other = operations.DROPOUTS | operations.HANDED_ON | operations.names(
        "bias_add where lerp fmax fmin addcmul addcdiv triu tril"
    )  # fmt: skip
    return step.op in (single | other) - {"softmax", "log_softmax", "softmin", "glu"} or step.kind == "output"


def _whole(origin: Step, known: bool = True) -> Region:
    picture = _picture_of(origin) if origin.kind == "input" else None
    height, width = picture or origin.size[:2]
    return Region((0, height - 1), (0, width - 1), known)


def _same(step: Step, origin: Step, region: Region) -> Region:
    """The same places; a direction that the origin repeats has one row only."""
    whole = _whole(origin)
    (height, width, _), (h, w, _) = step.size, origin.size
    rows = region.rows if h == height else (0, 0) if h == 1 else whole.rows
    columns = region.columns if w == width else (0, 0) if w == 1 else whole.columns
    if origin.kind == "input" and origin.layout == "flat":
        return whole
    return Region(rows, columns, region.known)


# --- windows --------------------------------------------------------------------------------------------------------


def _windowed(step: Step, origin: Step, region: Region, clipped: bool) -> Region:
    found = step.attributes
    if step.op[-2:] == "3d":
        return _whole(origin)
    spans = []
    for axis, span in enumerate((region.rows, region.columns)):
        n = origin.size[axis]
        if found.get("adaptive"):
            out = found["output_size"][axis]
            spans.append((span[0] * n // out, -(-(span[1] + 1) * n // out) - 1))
            continue
        k, s, d = (found[name][axis] for name in ("kernel", "stride", "dilation"))
        before, after = found["padding"][axis]
        if found.get("transposed"):
            spans.append(_reaching(span, k, s, d, before))
            continue
        first, last = span[0] * s - before, span[1] * s - before + d * (k - 1)
        outside = first < 0 or last >= n
        if clipped and outside and found.get("padding_mode") in ("reflect", "replicate", "circular"):
            first, last = _folded(first, last, n, found["padding_mode"], d if span[0] == span[1] else 1)
        del after
        spans.append((first, last))
    return Region(spans[0], spans[1])


def _reaching(span: Span, k: int, s: int, d: int, before: int) -> Span:
    """The input values of a transposed convolution whose spread reaches the span."""
    reached: Span = (0, -1)
    for tap in range(k):
        first, last = -(-(span[0] + before - d * tap) // s), (span[1] + before - d * tap) // s
        if first <= last:
            reached = _joined(reached, (first, last))
    return reached


def _folded(first: int, last: int, n: int, mode: str, step: int) -> Span:
    """From where padding that repeats the image takes its values, together with what lies inside."""
    places = range(first, last + 1, step)
    if mode == "circular":
        folded = [i % n for i in places]
    elif mode == "replicate":
        folded = [min(max(i, 0), n - 1) for i in places]
    else:
        folded = [abs(i) if abs(i) < n else 2 * (n - 1) - abs(i) for i in places]
    return min(folded), max(folded)


def _interpolated(step: Step, origin: Step, region: Region) -> Region:
    found, values = step.attributes, step.call.values
    mode = str(found.get("mode", "nearest"))
    if values.get("antialias") or mode == "nearest-exact" or len(step.output_shape) != 4:
        return _whole(origin)
    scales = found.get("scale_factor")
    scales = scales if isinstance(scales, Sequence) else (scales, scales)
    spans = []
    for axis, span in enumerate((region.rows, region.columns)):
        n, out, factor = origin.size[axis], step.size[axis], scales[axis]
        scale = 1.0 / factor if factor and not values.get("recompute_scale_factor") else n / out
        if mode == "area":
            spans.append((span[0] * n // out, -(-(span[1] + 1) * n // out) - 1))
        elif mode == "nearest":
            spans.append((math.floor(span[0] * scale), math.floor(span[1] * scale)))
        else:
            spans.append(_between(span, n, out, scale, bool(found.get("align_corners")), mode == "bicubic"))
    return Region(spans[0], spans[1])


def _between(span: Span, n: int, out: int, scale: float, align_corners: bool, cubic: bool) -> Span:
    """The pixels on both sides of where the span's ends fall."""
    if align_corners:
        first, last = (i * (n - 1) / max(out - 1, 1) for i in span)
    else:
        first, last = ((i + 0.5) * scale - 0.5 for i in span)
        if not cubic and span[0] >= 0:
            first, last = max(first, 0.0), max(last, 0.0)
    wider = 1 if cubic else 0
    return math.floor(first) - wider, math.ceil(last) + wider


# --- statistics, rearrangements -------------------------------------------------------------------------------------


def _along(origin: Step, region: Region, dim: Any, op: str) -> Region:
    """Whole along the dimensions that are summed over, the same along the others."""
    letters = "NC" if origin.layout == "flat" else origin.layout
    whole = _whole(origin)
    if letters == "other" or (origin.kind == "input" and origin.layout == "flat"):
        return whole
    if dim is None or isinstance(dim, Tensor):
        dims: Sequence[int] = (1,) if "softm" in op else range(len(letters))
    else:
        dims = dim if isinstance(dim, Sequence) else (dim,)
    gone = {letters[d] for d in dims}
    return Region(
        whole.rows if "H" in gone else region.rows, whole.columns if gone & {"W", "L"} else region.columns, region.known
    )


def _normalized(step: Step, origin: Step, region: Region) -> Region:
    if step.op == "local_response_norm":
        return region
    if step.op == "batch_norm" or step.op == "instance_norm":
        running = not step.attributes["training"] and step.call.values.get("running_mean") is not None
        return _same(step, origin, region) if running else _whole(origin)
    if step.op in ("layer_norm", "rms_norm"):
        rank = len(step.attributes["norm_shape"])
        return _along(origin, region, tuple(range(-rank, 0)), step.op)
    return _whole(origin)


def _rearranged(step: Step, origin: Step, region: Region) -> Region:
    op, found = step.op, step.attributes
    picture = origin.attributes.get("picture") if origin.kind == "input" else None
    if picture is not None:
        restored = op in ("reshape", "view", "unflatten") and step.size == tuple(picture)
        restored = restored and (step.layout == "NHWC" or picture[2] == 1)
        return region if restored else _whole(origin)
    if op in ("pixel_shuffle", "pixel_unshuffle"):
        return _shuffled(region, found["factor"], op == "pixel_unshuffle")
    if op == "pad":
        return _padded(step, origin, region)
    if op == "index":
        return _sliced(step, origin, region)
    spatial = "".join(letter for letter in step.layout if letter in "HWL")
    before = "".join(letter for letter in origin.layout if letter in "HWL")
    same_size = step.size[:2] == origin.size[:2]
    if op in ("cat", "chunk", "split", "split_with_sizes", "tensor_split", "narrow", "index_select"):
        letters = "NC" if origin.layout == "flat" else origin.layout
        dim = step.call.values.get("dim", 0)
        kept = letters != "other" and isinstance(dim, int) and letters[dim] == "C"
        return region if kept else _whole(origin)
    if op in ("permute", "transpose", "movedim") and sorted(spatial) == sorted(before) and step.layout != "other":
        return region
    if op in ("channel_shuffle", "squeeze", "unsqueeze", "assign") and same_size:
        return region if origin is step.origins[0] or op != "assign" else _whole(origin)
    if op in ("reshape", "view", "unflatten", "flatten", "transpose") and same_size:
        tail = step.output_shape[-2:] == origin.output_shape[-2:] == step.size[:2]
        leading = op != "transpose" or _swaps_leading(step)
        if tail and leading and {step.layout, origin.layout} <= {"NCHW", "CHW", "other"}:
            return region
    if op in ("expand", "expand_as", "broadcast_to"):
        return _same(step, origin, region)
    return _whole(origin)


def _swaps_leading(step: Step) -> bool:
    rank = len(step.output_shape)
    return all(step.call.values[name] % rank < rank - 2 for name in ("dim0", "dim1"))


def _shuffled(region: Region, factor: int, gathered: bool) -> Region:
    def span(s: Span) -> Span:
        return (s[0] * factor, s[1] * factor + factor - 1) if gathered else (s[0] // factor, s[1] // factor)

    return Region(span(region.rows), span(region.columns))


def _padded(step: Step, origin: Step, region: Region) -> Region:
    pad = list(step.call.values["pad"]) + [0] * 4
    if step.layout not in ("NCHW", "CHW") or step.call.values.get("mode", "constant") not in ("constant", None):
        return _whole(origin)
    left, top = pad[0], pad[2]
    return Region((region.rows[0] - top, region.rows[1] - top), (region.columns[0] - left, region.columns[1] - left))


def _sliced(step: Step, origin: Step, region: Region) -> Region:
    """Through slices with a positive step; a whole number, an index tensor or None may come from anywhere."""
    letters = "NC" if origin.layout == "flat" else origin.layout
    index = step.call.values["index"]
    parts = list(index) if isinstance(index, tuple) else [index]
    if letters == "other" or not all(isinstance(p, slice) or p is ... for p in parts):
        return _whole(origin)
    if ... in parts:
        at = parts.index(...)
        parts[at : at + 1] = [slice(None)] * (len(letters) - len(parts) + 1)
    parts += [slice(None)] * (len(letters) - len(parts))
    spans = []
    for letter, span, n in zip("HW", (region.rows, region.columns), origin.size[:2], strict=True):
        part = parts[letters.index(letter)] if letter in letters else slice(None)
        start, _, stride = part.indices(n)
        spans.append((start + span[0] * stride, start + span[1] * stride))
    return Region(spans[0], spans[1])
