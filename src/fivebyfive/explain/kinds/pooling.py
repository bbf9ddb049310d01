"""Pooling: each window of a map is replaced by one value, its largest, its mean or its power mean.

Source of the definitions: https://pytorch.org/docs/stable/nn.functional.html#pooling-functions
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import out_of, with_ones
from fivebyfive.explain.fields import windows
from fivebyfive.explain.figures import listed, short
from fivebyfive.explain.kind import Called, Index, Kind, Values, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted, whole_map
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import extreme, function_of, of_input, place_of_extreme, weighted_sum
from fivebyfive.explain.terms import Doubles, Placed, added, doubles, listed_terms, placing, tensor_of
from fivebyfive.explain.window_words import four_numbers, geometry, times
from fivebyfive.explain.windows import (
    LETTERS,
    along,
    both_sides,
    directions,
    each_way,
    middle,
    our_window,
    outer,
    taps,
    window_symbols,
    with_height,
)


def _attributes(called: Called) -> dict[str, Any]:
    return _our_pooling(called.op, called.values) if called.ours else _pooling(called.op, called.values)


def _pooling(op: str, values: Values) -> dict[str, Any]:
    spatial = int(op[-2])
    pooling = "max" if "max" in op else "power" if "lp" in op else "mean"
    if "adaptive" in op:
        asked = values["output_size"]
        sizes = asked if isinstance(asked, Sequence) else (asked,) * spatial
        whole = tuple(shape_of(values["input"])[-spatial:])
        wanted = tuple(n if w is None else int(w) for w, n in zip(sizes, whole, strict=True))
        return {"pooling": pooling, "adaptive": True, "output_size": with_height(wanted, 1)}
    kernel = each_way(values["kernel_size"], spatial)
    stride = each_way(values.get("stride") or kernel, spatial)
    found: dict[str, Any] = {
        "kernel": with_height(kernel, 1),
        "stride": with_height(stride, 1),
        "padding": both_sides(each_way(values.get("padding", 0), spatial)),
        "padding_name": None,
        "padding_mode": "ignored" if pooling == "max" else "zeros",
        "dilation": with_height(each_way(values.get("dilation", 1), spatial), 1),
        "pooling": pooling,
        "adaptive": False,
        "ceil_mode": bool(values.get("ceil_mode", False)),
    }
    if pooling == "mean":
        found |= {
            "count_include_pad": bool(values.get("count_include_pad", True)),
            "divisor": values.get("divisor_override"),
        }
    if pooling == "power":
        found["power"] = float(values["norm_type"])
    return found


def _our_pooling(op: str, values: Values) -> dict[str, Any]:
    found = our_window(op, values, middle(values["ksize"]), shape_of(values["input"])[1:3])
    found |= {"padding_mode": "ignored", "pooling": "max", "ceil_mode": False, "adaptive": False}
    if op == "avg_pool":
        found |= {"padding_mode": "zeros", "pooling": "mean", "count_include_pad": False, "divisor": None}
    return found


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    found = step.attributes
    image, at, channel, placed = _as_pooled(step, index)
    sizes = image.shape
    if found["adaptive"]:
        spans = [
            (o * n // out, -(-(o + 1) * n // out)) for o, n, out in zip(at, sizes, found["output_size"], strict=True)
        ]
        axes = [np.arange(a, b) for a, b in spans]
        counted = math.prod(b - a for a, b in spans)
    else:
        ways = list(zip(at, sizes, found["stride"], found["padding"], found["kernel"], found["dilation"], strict=True))
        axes = [o * s - before + d * np.arange(k) for o, _, s, (before, _), k, d in ways]
        axes, counted = _within_padding(axes, ways, step)
    inside = outer([(axis >= 0) & (axis < n) for axis, n in zip(axes, sizes, strict=True)])
    picked = image
    for d, (axis, n) in enumerate(zip(axes, sizes, strict=True)):
        picked = picked.index_select(d, torch.from_numpy(np.clip(axis, 0, n - 1)).to(image.device))
    values = np.where(inside, doubles(picked), 0.0).ravel()
    flags = (~inside).ravel()
    places = [placed(tuple(int(a[t]) for a, t in zip(axes, tap, strict=True)), channel)
              for tap in np.ndindex(*inside.shape)]  # fmt: skip
    if found["pooling"] == "max":
        return of_input(step, _largest(step, position, values, places, flags, axes, sizes))
    if found["pooling"] == "power":
        return of_input(step, _power(step, position, values, places, flags, counted))
    weights = np.where(flags & (not found.get("count_include_pad", True)), 0.0, 1.0 / counted)
    terms = listed_terms(values, weights, places, flags)
    symbols = f"{_left(step)} = (1/{counted}) Σ_{{{taps(step)}}} I[n, {window_symbols(step)}, k]"
    return of_input(step, weighted_sum(position, terms, None, symbols, "mean"))


def _left(step: Step) -> str:
    """O[n,i,j,k]"""
    return f"O[n,{','.join(LETTERS[directions(step)])},k]"


def _largest(
    step: Step,
    position: Position,
    values: Doubles,
    places: Sequence[Position],
    out: npt.NDArray[np.bool_],
    axes: Sequence[npt.NDArray[np.int_]],
    sizes: Sequence[int],
) -> Arithmetic:
    symbols = f"{_left(step)} = max_{{{taps(step)}}} I[n, {window_symbols(step)}, k]"
    if step.attributes.get("part") != 1 or out.all():
        return extreme(position, values, places, out, "max", symbols)
    best = place_of_extreme(values, out, "max")  # the other result: where in its map the largest value stands
    tap = np.unravel_index(best, [len(axis) for axis in axes])
    place = np.ravel_multi_index([int(axis[t]) for axis, t in zip(axes, tap, strict=True)], tuple(sizes))
    terms = listed_terms(values, np.eye(len(values))[best], places, out)
    return function_of(position, terms, float(place), "the place of the max")


def _as_pooled(step: Step, index: Index) -> tuple[Tensor, Index, int, Placed]:
    """The one map that is pooled, [H, W] or [D, H, W], the output's place in it, its channel, and `placing`."""
    image = tensor_of(step.call.values["input"])
    if "strides" in step.call.values:
        part, (y, x, channel) = index[0], index[1:]
        return image[part, :, :, channel], (y, x), channel, placing(step, lambda place, q: (part, *place, q))
    spatial = int(step.op[-2])
    lead, place = index[:-spatial], index[-spatial:]
    image = image[lead]
    placed = placing(step, lambda at, _: (*lead, *at[-spatial:]))
    return (image[None], (0, *place), lead[-1], placed) if spatial == 1 else (image, place, lead[-1], placed)


def _within_padding(
    axes: list[npt.NDArray[np.int_]], geometry: Sequence[Any], step: Step
) -> tuple[list[npt.NDArray[np.int_]], int]:
    """Cells beyond the padding, which ceil_mode's last windows reach over, belong to no window; and the divisor."""
    found = step.attributes
    cut = [axis[axis < n + after] for axis, (_, n, _, (_, after), _, _) in zip(axes, geometry, strict=True)]
    count = math.prod(len(axis) for axis in cut)
    if not found.get("count_include_pad", True):
        count = math.prod(int(((axis >= 0) & (axis < n)).sum()) for axis, (_, n, *_) in zip(cut, geometry, strict=True))
    return cut, found.get("divisor") or count


def _power(
    step: Step,
    position: Position,
    values: Doubles,
    places: Sequence[Position],
    flags: npt.NDArray[np.bool_],
    counted: int,
) -> Arithmetic:
    p = step.attributes["power"]
    weight = math.prod(step.attributes["kernel"]) / counted
    terms = tuple(
        Term(v, place, weight, weight * v**p, bool(flag))
        for v, place, flag in zip(values.tolist(), places, flags, strict=True)
    )
    powers = added(t.product for t in terms)
    total = powers ** (1.0 / p) if powers >= 0 else math.nan  # a negative number has no such root
    symbols = f"{_left(step)} = (Σ_{{{taps(step)}}} I[n, {window_symbols(step)}, k]^{p:g})^(1/{p:g})"
    figures = f"({listed([f'{short(t.value)}^{p:g}' for t in terms], ' + ')})^(1/{p:g}) = {short(total)}"
    return Arithmetic(position, "power", terms, total, symbols=symbols, figures=figures)


def _words(step: Step) -> Iterator[str]:
    found = step.attributes
    what = {"max": "the largest value", "mean": "the mean", "power": "a power mean"}[found["pooling"]]
    if found["adaptive"] and directions(step) == 2:
        yield whole_map(step, what)
        return
    if found["adaptive"]:
        one = "line" if directions(step) == 1 else "volume"
        windows = times(step.output_shape[-directions(step) :])
        yield f"Each {one} is cut into {windows} windows, as even as they can be, and {what} of each is kept."
        return
    every = {1: "every line", 2: "every map", 3: "every volume"}[directions(step)]
    yield f"Each window of {times(along(step, 'kernel'))} values is replaced by {what} in it; {every} for itself."
    yield from geometry(step)
    if found["pooling"] == "max" and any(sum(side) for side in found["padding"]):
        yield "Padding never wins a maximum: only values of the map count."
    if found["pooling"] == "mean" and any(sum(side) for side in found["padding"]):
        counted = "count in the mean" if found["count_include_pad"] else "do not count in the mean"
        yield f"The cells of the padding {counted}."
    yield from four_numbers(step, "ksize and strides")
    yield "Nothing is learned here."


def _windows(kind: str) -> str:
    return " ".join(f"{kind}_pool{n}d" for n in (1, 2, 3))


def _back(step: Step) -> Iterator[str]:
    operand, found = step.call.values["input"], step.attributes
    if found["pooling"] == "max":
        yield "Only the winner of a window is paid: it gets the whole gradient of the output, all others get nothing."
        taken = with_ones(step, operand)
        if taken is None:
            return
        yield f"Here {out_of(int((taken != 0).sum()), taken.numel())} values won, and pass it on to what made them."
        twice = int((taken > 1).sum())
        if twice:
            yield f"{counted(twice, 'value')} won in several windows, and {'gets' if twice == 1 else 'get'} the sum."
    elif found["pooling"] == "mean":
        yield "Each output shares its gradient out evenly among the values of its window."
        share = _share(step)
        if share is not None:
            yield f"Here each value gets {short(share)} of what the output gets: 1 / {1 / share:.4g}."
        yield "So all values of a window are told the same; none is told that it was the one that mattered."
    else:
        p = found["power"]
        more = "all values get the same" if p == 1 else f"{'larger' if p > 1 else 'smaller'} values get more"
        yield f"The values of a window share the gradient by their value^{p - 1:g}: {more}."


def _share(step: Step) -> float | None:
    """Which part of its output's gradient each value gets, where each is in one window and all get the same."""
    found, shares = step.attributes, with_ones(step, step.call.values["input"])
    apart = found["adaptive"] or all(s >= k for s, k in zip(found["stride"], found["kernel"], strict=True))
    if shares is None or not apart or not shares.numel():
        return None
    least, most = float(shares.min()), float(shares.max())
    return most if 0 < most <= 1 and most - least <= 1e-9 else None


KIND = Kind(
    name="pooling",
    operations={
        _windows("max"): "input kernel_size stride padding dilation ceil_mode return_indices",
        _windows("avg"): "input kernel_size stride padding ceil_mode count_include_pad divisor_override",
        _windows("lp"): "input norm_type kernel_size stride ceil_mode",
        _windows("adaptive_avg"): "input output_size",
        _windows("adaptive_max"): "input output_size return_indices",
    },
    ours={"max_pool": "input ksize strides padding", "avg_pool": "input ksize strides padding"},
    aliases={
        f"{kind}_pool{n}d_with_indices": f"{kind}_pool{n}d" for kind in ("max", "adaptive_max") for n in (1, 2, 3)
    },
    attributes=_attributes,
    axes={
        """
        max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d lp_pool1d lp_pool2d lp_pool3d
        adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
        adaptive_max_pool3d
        """: dimensions.windowed,
    },
    field=windows.pooled,
    sum=_sum,
    words=_words,
    back=_back,
)
