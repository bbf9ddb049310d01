"""Convolution: a window slides over the input, each value is a sum of products; transposed, it spreads values instead.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import dead_units
from fivebyfive.explain.fields import windows
from fivebyfive.explain.figures import affine
from fivebyfive.explain.kind import Called, Index, Kind, Values, numel_of, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import of_input, weighted_sum
from fivebyfive.explain.terms import (
    Doubles,
    Placed,
    as_multiplied,
    doubles,
    placing,
    rounded,
    tensor_of,
)
from fivebyfive.explain.window_words import each_part, four_numbers, geometry, times
from fivebyfive.explain.windows import (
    LETTERS,
    along,
    both_sides,
    directions,
    each_way,
    folded,
    our_window,
    outer,
    parts,
    room,
    taps,
    window_symbols,
    with_height,
)

Places = list[tuple[Position, Position | None, tuple[int, ...]]]


def _attributes(called: Called) -> dict[str, Any]:
    values = called.values
    return _our_convolution(called.op, values) if called.ours else _convolution(called.op, values)


def _convolution(op: str, values: Values) -> dict[str, Any]:
    weight = shape_of(values["weight"])
    spatial = len(weight) - 2
    kernel = tuple(weight[2:])
    stride, dilation = each_way(values.get("stride", 1), spatial), each_way(values.get("dilation", 1), spatial)
    transposed = "transpose" in op
    asked = values.get("padding", 0)
    if asked == "same":
        total = tuple(d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
        sides: tuple[tuple[int, int], ...] = tuple((t // 2, t - t // 2) for t in total)
        sides = ((0, 0), *sides) if spatial == 1 else sides
    else:
        sides = both_sides(each_way(0 if asked == "valid" else asked, spatial))
    found: dict[str, Any] = {
        "kernel": with_height(kernel, 1),
        "stride": with_height(stride, 1),
        "padding": sides,
        "padding_name": asked if isinstance(asked, str) else None,
        "padding_mode": "zeros",
        "dilation": with_height(dilation, 1),
        "groups": values.get("groups", 1),
    }
    if transposed:
        found |= {
            "transposed": True,
            "output_padding": with_height(each_way(values.get("output_padding", 0), spatial), 0),
        }
    return found


def _our_convolution(op: str, values: Values) -> dict[str, Any]:
    weight, image = shape_of(values["weight"]), shape_of(values["input"])
    transposed = op == "conv2d_transpose"
    size = values["output_shape"][1:3] if transposed else image[1:3]
    found = our_window(op, values, tuple(weight[:2]), size)
    if transposed:
        return found | {"padding_mode": "zeros", "groups": 1, "transposed": True, "output_padding": (0, 0)}
    return found | {"padding_mode": "zeros", "groups": image[3] // weight[2]}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    image, weight, channel, at, placed = _as_convolution(step, index)
    if step.attributes.get("transposed"):
        values, weights, places = _spread(image, weight, channel, at, step, placed)
    else:
        values, weights, places = _gathered(image, weight, channel, at, step, placed)
    values, weights = as_multiplied(step, values), as_multiplied(step, weights)
    bias = step.call.values.get("bias")
    b = None if bias is None else rounded(float(tensor_of(bias)[channel]), step)
    terms = tuple(
        Term(v, where, w, v * w, padding=origin is None or origin != where, origin=_known(origin, where), tap=tap)
        for v, w, (where, origin, tap) in zip(values.tolist(), weights.tolist(), places, strict=True)
    )
    return of_input(step, weighted_sum(position, terms, b, _symbols(step)))


def _as_convolution(step: Step, index: Index) -> tuple[Tensor, Tensor, int, Index, Placed]:
    """The part of the batch that `index` lies in, [C, …], weights as PyTorch has them, the output's channel and place.

    A line has height 1. The last result says where a place and channel of the part stand in the whole input.
    """
    image, weight = tensor_of(step.call.values["input"]), tensor_of(step.call.values["weight"])
    if "strides" in step.call.values:
        part, (y, x, channel) = index[0], index[1:]
        ours = placing(step, lambda place, q: (part, *place, q))
        return image[part].permute(2, 0, 1), weight.permute(3, 2, 0, 1), channel, (y, x), ours
    spatial = weight.dim() - 2
    lead, channel, at = index[: -spatial - 1], index[-spatial - 1], index[-spatial:]
    placed = placing(step, lambda place, q: (*lead, q, *place[-spatial:]))
    image = image[lead]
    if spatial == 1:
        return image[:, None, :], weight[:, :, None, :], channel, (0, *at), placed
    return image, weight, channel, at, placed


@dataclass(frozen=True)
class _Covered:
    """The part of an image under a window: its values and weights, [channels, …], and where they stand."""

    values: Doubles
    weights: Doubles
    rows: list[npt.NDArray[np.int64]]
    """In each direction the places under the window, beyond the edge too."""
    taken: list[npt.NDArray[np.int64]]
    """Where those values are read: −1 for a padding of zeros."""
    first: int
    """The first channel."""


def _covered(image: Tensor, weight: Tensor, channel: int, at: Index, found: Mapping[str, Any]) -> _Covered:
    """The window of `image` that filter `channel` covers at `at`."""
    deep = weight.shape[1]
    first = channel // (weight.shape[0] // found["groups"]) * deep
    rows = [
        o * s - before + d * np.arange(k)
        for o, s, (before, _), d, k in zip(
            at, found["stride"], found["padding"], found["dilation"], weight.shape[2:], strict=True
        )
    ]
    mode = found["padding_mode"]
    taken = [folded(axis, n, mode) for axis, n in zip(rows, image.shape[1:], strict=True)]
    window = image[first : first + deep]
    for d, axis in enumerate(taken):
        window = window.index_select(d + 1, torch.from_numpy(np.maximum(axis, 0)).to(image.device))
    inside = outer([axis >= 0 for axis in taken])
    return _Covered(np.where(inside, doubles(window), 0.0), doubles(weight[channel]), rows, taken, first)


def _gathered(
    image: Tensor, weight: Tensor, channel: int, at: Index, step: Step, placed: Placed
) -> tuple[Doubles, Doubles, Places]:
    """The window that filter `channel` covers at `at`: values, weights, and where each stands."""
    found = _covered(image, weight, channel, at, step.attributes)
    places: Places = []
    for q in range(weight.shape[1]):
        for tap in np.ndindex(*weight.shape[2:]):
            where = tuple(int(axis[t]) for axis, t in zip(found.rows, tap, strict=True))
            origin = tuple(int(axis[t]) for axis, t in zip(found.taken, tap, strict=True))
            source = None if min(origin) < 0 else placed(origin, found.first + q)
            places.append((placed(where, found.first + q), source, (*tap, q)))
    return found.values.ravel(), found.weights.ravel(), places


def strongest_product(step: Step, index: Index, direction: float) -> Position | None:
    """The place in the input of the product that adds most to a convolution's value, without the sum written out.

    Padding does not count; None where all products are 0, or are no numbers.

    Args:
        direction: 1.0 or −1.0, which way it adds; the largest of the others where none does.
    """
    image, weight, channel, at, placed = _as_convolution(step, index)
    found = _covered(image, weight, channel, at, step.attributes)
    inside = outer([taken == rows for taken, rows in zip(found.taken, found.rows, strict=True)])
    with np.errstate(all="ignore"):
        products = np.where(inside, direction * found.values * found.weights, 0.0)
    products[~np.isfinite(products)] = 0.0
    best = products.argmax() if products.max(initial=0.0) > 0 else np.abs(products).argmax()
    q, *tap = (int(i) for i in np.unravel_index(best, products.shape))
    if products[(q, *tap)] == 0:
        return None
    return placed(tuple(int(axis[t]) for axis, t in zip(found.rows, tap, strict=True)), found.first + q)


def _spread(
    image: Tensor, weight: Tensor, channel: int, at: Index, step: Step, placed: Placed
) -> tuple[Doubles, Doubles, Places]:
    """A transposed convolution: every input value whose spread reaches `at`."""
    found = step.attributes
    per_group = weight.shape[1]
    deep = weight.shape[0] // found["groups"]
    first = channel // per_group * deep
    values: list[float] = []
    weights: list[float] = []
    places: Places = []
    reached: list[list[tuple[int, int]]] = []
    for o, s, (before, _), d, k, n in zip(
        at, found["stride"], found["padding"], found["dilation"], weight.shape[2:], image.shape[1:], strict=True
    ):
        from_ = [(t, (o + before - d * t) // s) for t in range(k) if (o + before - d * t) % s == 0]
        reached.append([(t, i) for t, i in from_ if 0 <= i < n])
    for q in range(first, first + deep):
        for combination in _product(reached):
            tap, where = tuple(t for t, _ in combination), tuple(i for _, i in combination)
            values.append(float(image[(q, *where)]))
            weights.append(float(weight[(q, channel % per_group, *tap)]))
            place = placed(where, q)
            places.append((place, place, (*tap, q - first)))
    return np.array(values, dtype=np.float64), np.array(weights, dtype=np.float64), places


def _product(axes: list[list[tuple[int, int]]]) -> list[tuple[tuple[int, int], ...]]:
    combinations: list[tuple[tuple[int, int], ...]] = [()]
    for axis in axes:
        combinations = [(*c, entry) for c in combinations for entry in axis]
    return combinations


def _known(origin: Position | None, where: Position) -> Position | None:
    return None if origin == where else origin


def _symbols(step: Step) -> str:
    """O[n,i,j,k] = Σ … with this step's stride, dilation and padding in it."""
    b = " + b[k]" if step.bias is not None else ""
    letters, cells = ",".join(LETTERS[directions(step)]), taps(step)
    if not step.attributes.get("transposed"):
        q = "q" if step.attributes["groups"] == 1 else "q of the group"
        return f"O[n,{letters},k] = Σ_{{{cells},{q}}} I[n, {window_symbols(step)}, q] · W[{cells},q,k]{b}"
    from_ = {1: ("x",), 2: ("y", "x"), 3: ("t", "y", "x")}[directions(step)]
    ways = zip(along(step, "stride"), from_, along(step, "dilation"), along(step, "padding"), letters.split(","),
               strict=True)  # fmt: skip
    places = ", ".join(f"{o} = {affine(s, i, d, f'd{o}', before)}" for s, i, d, (before, _), o in ways)
    read = ",".join(from_)
    over = f"over all {', '.join([*from_, 'q', *cells.split(',')])} with {places}"
    return f"O[n,{letters},k] = Σ I[n,{read},q] · W[{cells},q,k]{b} {over}"


def _words(step: Step) -> Iterator[str]:
    found, inputs = step.attributes, room(step)
    count, deep = _filters(step)
    kernel, groups = along(step, "kernel"), found["groups"]
    filters = f"{counted(count, 'filter')} of {times(kernel)}×{deep}"
    slide = "slides" if count == 1 else "slide"
    what = {1: "line", 2: "map", 3: "volume"}[directions(step)]
    outputs = step.size[:2] if step.layout == "NHWC" else step.output_shape[-directions(step) :]
    if found.get("transposed"):
        yield from _transposed(step, filters)
        return
    over = {1: "along", 2: "over", 3: "through"}[directions(step)]
    whole = times(inputs) + (
        f"×{deep * groups}" if directions(step) > 2 or deep * groups > 1 or inputs != (1, 1) else ""
    )
    yield f"{filters} {slide} {over} {whole}, each gives one {what} of {times(outputs)}."
    yield from each_part(step)
    if deep == 1 and groups > 1:
        yield f"groups = {groups}: every channel has filters of its own, and no filter mixes channels (depthwise)."
    elif groups > 1:
        yield f"groups = {groups}: each filter goes through {deep} of the {deep * groups} channels, those of its group."
    elif deep > 1:
        yield f"Each filter goes through all {deep} channels of the input."
    products = math.prod(kernel) * deep
    yield f"One value is the sum of {'·'.join(map(str, (*kernel, deep)))} = {products} products: {_symbols(step)}."
    dilation = along(step, "dilation")
    if max(dilation) > 1:
        reach = times([d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)])
        yield f"dilation = {times(dilation)}: the filter's cells stand apart and reach over {reach} values."
    yield from geometry(step)
    yield from four_numbers(step, "strides")


def _filters(step: Step) -> tuple[int, int]:
    """How many filters there are, and through how many channels each goes."""
    weight, groups = shape_of(step.call.values["weight"]), step.attributes["groups"]
    if "strides" in step.call.values:
        return (weight[2], weight[3]) if step.attributes.get("transposed") else (weight[3], weight[2])
    return (weight[1] * groups, weight[0] // groups) if step.attributes.get("transposed") else (weight[0], weight[1])


def _transposed(step: Step, filters: str) -> Iterator[str]:
    yield f"{filters}, the other way around: every input value is spread over a window of the output, times the filter."
    outputs = step.size[:2] if step.layout == "NHWC" else step.output_shape[-directions(step) :]
    sizes = f"{times(room(step))} becomes {times(outputs)}"
    yield f"The windows lie {times(along(step, 'stride'))} apart and add up where they meet: {sizes}."
    yield from each_part(step)
    yield f"One value is a sum of products: {_symbols(step)}."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    """Weights and biases once for each output position; a transposed one's weights once for each of its input's."""
    del learned
    weight, bias = called.values["weight"], called.values.get("bias")
    if "transpose" in called.op:
        read = shape_of(weight)[-1 if called.ours else 0]
        given = numel_of(called.values["input"]) // max(read, 1)
        return numel_of(weight) * given + (0 if bias is None else output.numel())
    channels = output.shape[-1] if called.ours else output.shape[-len(shape_of(weight)) + 1]
    return (numel_of(weight) + numel_of(bias)) * (output.numel() // max(channels, 1))


def _back(step: Step) -> Iterator[str]:
    count, _ = _filters(step)
    places = step.output.numel() // max(count, 1)
    most, none = _met(step, count)
    if step.attributes.get("transposed"):
        yield (
            "The way back is an ordinary convolution with the same weights: each input value collects "
            f"{most:,} products at most, gradient times weight, from the window that it was spread over."
        )
        yield (
            "A weight met every input value of its channel once: its gradient is Σ gradient · input value, over "
            f"{_places_read(step)} places{_of_all(step)}."
        )
    else:
        yield (
            "The way back uses the same filters: each input value gets, from all windows that it was in, the gradient "
            f"there times the weight that it met there: {most:,} products at most."
        )
        if none:
            yield "The window skips some values altogether: those get nothing."
        yield (
            f"A weight met every window of its map once, {places:,} places in all: its gradient is the sum over "
            "them of the gradient there times the input value that it met."
        )
    if step.bias is not None:
        yield f"A bias gets the sum of its map's gradients, {places:,} numbers."
    yield from dead_units(step, "filter")


def _places_read(step: Step) -> str:
    """8 of a line, 4×4 = 16 of a map."""
    whole = f"{math.prod(room(step)):,}"
    return whole if directions(step) == 1 else f"{times(room(step))} = {whole}"


def _of_all(step: Step) -> str:
    return f" of each of {parts(step)} pictures" if parts(step) > 1 else ""


def _met(step: Step, count: int) -> tuple[int, bool]:
    """In how many products of the layer an input value is at most; and whether some values are in none."""
    found = step.attributes
    before, after = room(step), step.size[:2] if step.layout == "NHWC" else step.output_shape[-directions(step) :]
    most, none = count // found["groups"], False
    ways = zip(before, after, along(step, "kernel"), along(step, "stride"), along(step, "dilation"),
               along(step, "padding"), strict=True)  # fmt: skip
    for n, out, kernel, stride, dilation, (pad, _) in ways:
        if found.get("transposed"):
            reach = np.arange(n)[:, None] * stride - pad + dilation * np.arange(kernel)
            inside = ((reach >= 0) & (reach < out)).sum(1)
        else:
            reach = np.arange(out)[:, None] * stride - pad + dilation * np.arange(kernel)
            taken = folded(reach.ravel(), n, found["padding_mode"])
            inside = np.bincount(taken[taken >= 0], minlength=n)
        most, none = most * int(inside.max(initial=0)), none or bool((inside == 0).any())
    return most, none


KIND = Kind(
    name="convolution",
    operations={
        "conv1d conv2d conv3d": "input weight bias stride padding dilation groups",
        "conv_transpose1d conv_transpose2d conv_transpose3d": (
            "input weight bias stride padding output_padding groups dilation"
        ),
    },
    ours={
        "conv2d": "input weight strides padding dilations",
        "conv2d_transpose": "input weight output_shape strides padding dilations",
    },
    attributes=_attributes,
    cost=_cost,
    axes=dimensions.windowed,
    field=windows.convolved,
    sum=_sum,
    words=_words,
    back=_back,
)
