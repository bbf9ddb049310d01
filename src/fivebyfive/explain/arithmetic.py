"""One output value → the sum behind it, computed once more from the captured inputs, in double precision.

Every function here takes a step and a place in its output tensor, and finds the input values, their weights and the
total by the operation's definition; nothing is read from the output itself (but which units dropout dropped).

Source of the definitions: https://pytorch.org/docs/stable/nn.functional.html
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain import functions, operations, origins
from fivebyfive.explain.trace import Arithmetic, Operation, Position, Step, Term, index_of, position_of

Doubles = npt.NDArray[np.float64]
Index = tuple[int, ...]

MOST_TERMS = 32
"""A fully connected layer's terms: the largest so many are listed, the others are one remainder."""
MOST_WINDOW = 16384
"""A window's terms are all listed, up to so many."""
SHOWN = 6
"""So many products are written out in a formula with numbers."""
HALVES = (torch.float16, torch.bfloat16)
ROUNDING = 0.05
"""What rounding makes of a sum is less than this part of its terms, in bfloat16 even and over thousands of them."""


def arithmetic(step: Step, position: Position) -> Arithmetic:
    """How the output value at `position` came about.

    Raises:
        InputError: the operation has no arithmetic here, or a weight has changed since the trace was made.
    """
    for tensor, version in step.call.versions:
        if tensor._version != version:
            raise InputError(
                f"a tensor that {step.name} uses has been changed since this trace was made; explain the image again"
            )
    if any(found.output.is_complex() for found in (step, *step.origins)):
        raise InputError(f"{step.name} ({step.op}) computes with complex numbers; their arithmetic is not known here")
    index = index_of(position, step.output_shape, step.layout)
    find = _find(step)
    if find is None:
        raise InputError(
            f"the arithmetic of {step.name} ({step.op}) is not known here; its output is in the trace all the same"
        )
    try:
        with np.errstate(all="ignore"):  # infinities and what is not a number are values like others
            found = find(step, index, position)
    except InputError:
        raise
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{step.name} calls {step.op} in a way whose arithmetic is not known here") from error
    if not _agrees(step, found, float(step.output[index])):
        raise InputError(f"{step.name} ({step.op}) computes what the arithmetic known here does not explain")
    return _in_its_precision(step, _named(step, found) if find in _OF_ONE else found)


def _agrees(step: Step, found: Arithmetic, value: float) -> bool:
    """Whether the total can be the network's value at all: rounding makes the two differ, but never by so much."""
    total = float(torch.tensor(found.total, dtype=torch.float64).to(step.output.dtype))
    if not math.isfinite(value) or not math.isfinite(total):
        return total == value or math.isnan(total) == math.isnan(value)
    parts = [abs(term.product) for term in found.terms if math.isfinite(term.product)]
    size = max(abs(value), abs(total), abs(found.remainder), abs(found.bias or 0.0), _added(parts))
    return abs(total - value) <= ROUNDING * size + float(np.finfo(np.float32).tiny)


def _in_its_precision(step: Step, found: Arithmetic) -> Arithmetic:
    """Said of half precision alone, where sums are visibly not exact."""
    if step.output.dtype not in HALVES or found.operation not in ("sum", "mean"):
        return found
    name = str(step.output.dtype).removeprefix("torch.")
    return replace(found, figures=f"{found.figures} (added up in {name})", details={**found.details, "precision": name})


def _named(step: Step, found: Arithmetic) -> Arithmetic:
    """All terms of an operation on one tensor belong to that tensor, whichever of the step's inputs it is."""
    which = _which(step, step.call.values["input"])
    return replace(found, terms=tuple(replace(term, input=which) for term in found.terms)) if which else found


def _which(step: Step, operand: Any) -> int:
    """Which of the step's inputs `operand` is; a constant stands behind them all."""
    return next((i for i, origin in enumerate(step.origins) if origin is operand), len(step.origins))


def _find(step: Step) -> Callable[[Step, Index, Position], Arithmetic] | None:
    op = step.op
    if step.kind == "input":
        return _input
    if step.kind == "output":
        return _moved
    if not step.origins and not step.call.versions:
        return _made_by_code
    if not step.call.values:
        return None
    if op.endswith("_like"):
        return _made_by_code
    if op == "interpolate" and str(step.call.values.get("mode", "nearest")).startswith("nearest"):
        return _moved
    if op in ("max", "min") and "other" in step.call.values:
        return _binary
    if op.startswith("clamp") and any(isinstance(step.call.values.get(n), (Step, Tensor)) for n in ("min", "max")):
        return _clamped
    for names, find in _FAMILIES:
        if op in names:
            return find
    return None


# --- convolution ----------------------------------------------------------------------------------------------------


def _convolution(step: Step, index: Index, position: Position) -> Arithmetic:
    image, weight, channel, at, placed = _as_convolution(step, index)
    if step.attributes.get("transposed"):
        values, weights, places = _spread(image, weight, channel, at, step, placed)
    else:
        values, weights, places = _gathered(image, weight, channel, at, step, placed)
    values, weights = _multiplied(step, values), _multiplied(step, weights)
    bias = step.call.values.get("bias")
    b = None if bias is None else _rounded(float(_tensor(bias)[channel]), step)
    terms = tuple(
        Term(v, where, w, v * w, padding=origin is None or origin != where, origin=_known(origin, where), tap=tap)
        for v, w, (where, origin, tap) in zip(values.tolist(), weights.tolist(), places, strict=True)
    )
    return _sum(position, terms, b, convolution_symbols(step))


def _as_convolution(step: Step, index: Index) -> tuple[Tensor, Tensor, int, Index, "Placed"]:
    """The part of the batch that `index` lies in, [C, …], weights as PyTorch has them, the output's channel and place.

    A line has height 1. The last result says where a place and channel of the part stand in the whole input.
    """
    image, weight = _tensor(step.call.values["input"]), _tensor(step.call.values["weight"])
    if "strides" in step.call.values:
        part, (y, x, channel) = index[0], index[1:]
        ours = _placed(step, lambda place, q: (part, *place, q))
        return image[part].permute(2, 0, 1), weight.permute(3, 2, 0, 1), channel, (y, x), ours
    spatial = weight.dim() - 2
    lead, channel, at = index[: -spatial - 1], index[-spatial - 1], index[-spatial:]
    placed = _placed(step, lambda place, q: (*lead, q, *place[-spatial:]))
    image = image[lead]
    if spatial == 1:
        return image[:, None, :], weight[:, :, None, :], channel, (0, *at), placed
    return image, weight, channel, at, placed


Placed = Callable[[Index, int], Position]


def _placed(step: Step, indexed: Callable[[Index, int], Index]) -> Placed:
    """From (place, channel) within one part of the batch to the position in the step's input."""
    operand = step.call.values["input"]
    shape = tuple(_tensor(operand).shape)
    layout = operand.layout if isinstance(operand, Step) else operations.by_rank(len(shape))
    return lambda place, q: position_of(indexed(place, q), shape, layout)


Places = list[tuple[Position, Position | None, tuple[int, ...]]]


def _gathered(
    image: Tensor, weight: Tensor, channel: int, at: Index, step: Step, placed: Placed
) -> tuple[Doubles, Doubles, Places]:
    """The window of `image` that filter `channel` covers at `at`: values, weights, and where each stands."""
    found = step.attributes
    deep = weight.shape[1]
    first = channel // (weight.shape[0] // found["groups"]) * deep
    rows = [
        o * s - before + d * np.arange(k)
        for o, s, (before, _), d, k in zip(
            at, found["stride"], found["padding"], found["dilation"], weight.shape[2:], strict=True
        )
    ]
    mode = found["padding_mode"]
    folded = [_folded(axis, n, mode) for axis, n in zip(rows, image.shape[1:], strict=True)]
    window = image[first : first + deep]
    for d, axis in enumerate(folded):
        window = window.index_select(d + 1, torch.from_numpy(np.maximum(axis, 0)).to(image.device))
    inside = _outer([axis >= 0 for axis in folded])
    values = np.where(inside, _double(window), 0.0)
    places: Places = []
    for q in range(deep):
        for tap in np.ndindex(*weight.shape[2:]):
            where = tuple(int(axis[t]) for axis, t in zip(rows, tap, strict=True))
            origin = tuple(int(axis[t]) for axis, t in zip(folded, tap, strict=True))
            source = None if min(origin) < 0 else placed(origin, first + q)
            places.append((placed(where, first + q), source, (*tap, q)))
    return values.ravel(), _double(weight[channel]).ravel(), places


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


def _folded(axis: npt.NDArray[np.int_], n: int, mode: str) -> npt.NDArray[np.int_]:
    """Where coordinates outside of 0 … n − 1 take their values from; −1 for a zero."""
    if mode == "circular":
        return axis % n
    if mode == "replicate":
        return np.clip(axis, 0, n - 1)
    if mode == "reflect":
        axis = np.abs(axis)
        return np.where(axis >= n, 2 * (n - 1) - axis, axis)
    return np.where((axis >= 0) & (axis < n), axis, -1)


def _outer(masks: Sequence[npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    result = np.ones((), dtype=bool)
    for mask in masks:
        result = result[..., None] & mask
    return result


def _known(origin: Position | None, where: Position) -> Position | None:
    return None if origin == where else origin


def convolution_symbols(step: Step) -> str:
    """O[n,i,j,k] = Σ … with this step's stride, dilation and padding in it."""
    found = step.attributes
    b = " + b[k]" if step.bias is not None else ""
    if len(found["kernel"]) == 3:
        window = "I[n, s·z+dz, s·i+di, s·j+dj, q]"
        return f"O[n,z,i,j,k] = Σ_{{dz,di,dj,q}} {window} · W[dz,di,dj,q,k]{b}, less the padding"
    (s, t), (d, e), ((top, _), (left, _)) = found["stride"], found["dilation"], found["padding"]
    if found.get("transposed"):
        row, column = _affine(s, "y", d, "di", top), _affine(t, "x", e, "dj", left)
        return f"O[n,i,j,k] = Σ I[n,y,x,q] · W[di,dj,q,k]{b} over all y, x, q, di, dj with i = {row}, j = {column}"
    q = "q" if found["groups"] == 1 else "q of the group"
    row, column = _affine(s, "i", d, "di", top), _affine(t, "j", e, "dj", left)
    return f"O[n,i,j,k] = Σ_{{di,dj,{q}}} I[n, {row}, {column}, q] · W[di,dj,q,k]{b}"


def _affine(stride: int, place: str, dilation: int, tap: str, before: int) -> str:
    """2·i+di−1, with what changes nothing left out."""
    first = place if stride == 1 else f"{stride}·{place}"
    second = tap if dilation == 1 else f"{dilation}·{tap}"
    return f"{first}+{second}" + (f"−{before}" if before else "")


# --- pooling --------------------------------------------------------------------------------------------------------


def _pooling(step: Step, index: Index, position: Position) -> Arithmetic:
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
        geometry = list(
            zip(at, sizes, found["stride"], found["padding"], found["kernel"], found["dilation"], strict=True)
        )
        axes = [o * s - before + d * np.arange(k) for o, _, s, (before, _), k, d in geometry]
        axes, counted = _within_padding(axes, geometry, step)
    inside = _outer([(axis >= 0) & (axis < n) for axis, n in zip(axes, sizes, strict=True)])
    picked = image
    for d, (axis, n) in enumerate(zip(axes, sizes, strict=True)):
        picked = picked.index_select(d, torch.from_numpy(np.clip(axis, 0, n - 1)).to(image.device))
    values = np.where(inside, _double(picked), 0.0).ravel()
    flags = (~inside).ravel()
    places = [placed(tuple(int(a[t]) for a, t in zip(axes, tap, strict=True)), channel)
              for tap in np.ndindex(*inside.shape)]  # fmt: skip
    if found["pooling"] == "max":
        return _winner(step, position, values, places, flags, "max")
    if found["pooling"] == "power":
        return _power(step, position, values, places, flags, counted)
    weights = np.where(flags & (not found.get("count_include_pad", True)), 0.0, 1.0 / counted)
    terms = _terms(values, weights, places, flags)
    symbols = f"O[n,i,j,k] = (1/{counted}) Σ_{{di,dj}} I[n, {_window_symbols(step)}, k]"
    return _sum(position, terms, None, symbols, "mean")


def _as_pooled(step: Step, index: Index) -> tuple[Tensor, Index, int, Placed]:
    """The one map that is pooled, [H, W] or [D, H, W], the output's place in it, its channel, and `_placed`."""
    image = _tensor(step.call.values["input"])
    if "strides" in step.call.values:
        part, (y, x, channel) = index[0], index[1:]
        return image[part, :, :, channel], (y, x), channel, _placed(step, lambda place, q: (part, *place, q))
    spatial = int(step.op[-2])
    lead, place = index[:-spatial], index[-spatial:]
    image = image[lead]
    placed = _placed(step, lambda at, _: (*lead, *at[-spatial:]))
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


def _winner(
    step: Step,
    position: Position,
    values: Doubles,
    places: Sequence[Position | None],
    flags: npt.NDArray[np.bool_],
    operation: Operation,
) -> Arithmetic:
    sign = 1.0 if operation == "max" else -1.0
    best = int(np.argmax(np.where(flags, -np.inf, sign * values)))
    weights = np.zeros(len(values))
    if flags.all():  # nothing but padding, which never wins
        terms = _terms(values, weights, places, flags)
        return Arithmetic(position, operation, terms, -math.inf, symbols=f"O = {operation} of nothing", figures="−∞")
    weights[best] = 1.0
    terms = _terms(values, weights, places, flags)
    total = float(values[best])
    if step.attributes.get("part") == 1:  # the other result of a maximum: where it stood
        return _function(position, terms, _place_of(step, places[best]), f"the place of the {operation}")
    inside = [float(v) for v, outside in zip(values, flags, strict=True) if not outside]
    figures = f"{operation}({_listed([_n(v) for v in inside])}) = {_n(total)}"
    symbols = f"O[n,i,j,k] = {operation}_{{di,dj}} I[n, {_window_symbols(step)}, k]"
    return Arithmetic(position, operation, terms, total, winner=best, symbols=symbols, figures=figures)


def _place_of(step: Step, place: Position | None) -> float:
    assert place is not None
    shape = _tensor(step.call.values["input"]).shape
    if step.op in operations.POOLINGS:
        spatial = int(step.op[-2]) if step.op[-1] == "d" else 2
        layout = step.origins[0].layout if step.origins else operations.by_rank(len(shape))
        return float(np.ravel_multi_index(index_of(place, shape, layout)[-spatial:], tuple(shape)[-spatial:]))
    dim: int = step.call.values["dim"]
    return float(index_of(place, shape, step.origins[0].layout)[dim])


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
    powers = _added(t.product for t in terms)
    total = powers ** (1.0 / p) if powers >= 0 else math.nan  # a negative number has no such root
    symbols = f"O[n,i,j,k] = (Σ_{{di,dj}} I[n, {_window_symbols(step)}, k]^{p:g})^(1/{p:g})"
    figures = f"({_listed([f'{_n(t.value)}^{p:g}' for t in terms], ' + ')})^(1/{p:g}) = {_n(total)}"
    return Arithmetic(position, "power", terms, total, symbols=symbols, figures=figures)


def _window_symbols(step: Step) -> str:
    found = step.attributes
    if "stride" not in found or len(found["stride"]) != 2:
        return "y, x in the window" if step.op in operations.POOLINGS else "y, x"
    (s, t), (d, e), ((top, _), (left, _)) = found["stride"], found["dilation"], found["padding"]
    return f"{_affine(s, 'i', d, 'di', top)}, {_affine(t, 'j', e, 'dj', left)}"


def _reduction(step: Step, index: Index, position: Position) -> Arithmetic:
    """Mean, sum, maximum or minimum along dimensions: global pooling as many write it."""
    flat, places, dims = _along_dimensions(step, index)
    if not len(flat) and step.op != "sum":
        raise InputError(f"{step.name} is taken over no values at all, so there is nothing that could be shown")
    op = "max" if "max" in step.op else "min" if "min" in step.op else step.op
    if op in ("max", "min"):
        none = np.zeros(len(flat), dtype=bool)
        return _winner(step, position, flat, places, none, "max" if op == "max" else "min")
    weights = np.full(len(flat), 1.0 / len(flat) if op == "mean" else 1.0)
    terms, remainder, count = _largest(flat, weights, places, MOST_WINDOW)
    symbols = f"O = (1/{len(flat)}) Σ I" if op == "mean" else "O = Σ I"
    return _sum(position, terms, None, f"{symbols} over {_dimensions(dims)}",
                "mean" if op == "mean" else "sum", remainder, count)  # fmt: skip


def _along_dimensions(step: Step, index: Index) -> tuple[Doubles, list[Position], list[int]]:
    """The values that become the one at `index`, their places, and the dimensions that they lie along."""
    operand = step.call.values["input"]
    values = _tensor(operand)
    dim = step.call.values.get("dim")
    rank = values.dim()
    dims = range(rank) if dim is None or dim == () else dim if isinstance(dim, Sequence) else (dim,)
    gone = {d % rank for d in dims}
    kept = list(index)
    if values.dim() != len(index):
        left = iter(index)
        kept = [0 if d in gone else next(left) for d in range(rank)]
    picked = values[tuple(slice(None) if d in gone else i for d, i in enumerate(kept))]
    layout = operand.layout if isinstance(operand, Step) else operations.by_rank(rank)
    ranges = [range(values.shape[d]) if d in gone else range(i, i + 1) for d, i in enumerate(kept)]
    return _double(picked).ravel(), [position_of(p, values.shape, layout) for p in _grid(ranges)], sorted(gone)


def _dimensions(dims: Sequence[int]) -> str:
    return f"dimension{'s' * (len(dims) > 1)} {', '.join(map(str, dims))}"


def _statistic(step: Step, index: Index, position: Position) -> Arithmetic:
    """One number about all the values along dimensions: their spread, their length, the place of the largest."""
    flat, places, dims = _along_dimensions(step, index)
    symbols, function = _STATISTICS[step.op]
    with np.errstate(all="ignore"):
        total = float(function(flat, step.call.values))
    terms, remainder, count = _largest(flat, np.ones(len(flat)), places, MOST_WINDOW)
    symbols = f"{symbols} over {_dimensions(dims)}"
    return Arithmetic(position, "function", terms, total, remainder=remainder, remainder_count=count,
                      symbols=f"O = {symbols}", figures=f"{symbols}, {len(flat)} values = {_n(total)}")  # fmt: skip


def _variance(values: Doubles, given: Mapping[str, Any]) -> float:
    less = given.get("correction", given.get("unbiased", True))
    return float(((values - values.mean()) ** 2).sum() / max(len(values) - (1 if less is None else less), 0))


def _norm(values: Doubles, given: Mapping[str, Any]) -> float:
    p = given.get("p")
    return float(np.linalg.norm(values, 2 if p is None or p == "fro" else p))


def _log_of_sum(values: Doubles, _: Mapping[str, Any]) -> float:
    return float(values.max() + np.log(np.exp(values - values.max()).sum()))


_STATISTICS: dict[str, tuple[str, Callable[[Doubles, Mapping[str, Any]], float]]] = {
    "var": ("the variance of I", _variance),
    "std": ("the standard deviation of I", lambda values, given: math.sqrt(_variance(values, given))),
    "norm": ("‖I‖", _norm),
    "prod": ("the product of I", lambda values, _: float(values.prod())),
    "logsumexp": ("ln Σ e^I", _log_of_sum),
    "argmax": ("the place of the largest I", lambda values, _: float(values.argmax())),
    "argmin": ("the place of the smallest I", lambda values, _: float(values.argmin())),
}


def _grid(ranges: Sequence[range]) -> list[Index]:
    places: list[Index] = [()]
    for axis in ranges:
        places = [(*place, i) for place in places for i in axis]
    return places


# --- fully connected ------------------------------------------------------------------------------------------------


def _product_sum(step: Step, index: Index, position: Position) -> Arithmetic:
    values = step.call.values
    left, right = values["input"], values["weight" if step.op == "linear" else "other"]
    row, left_places = _row(left, index, right)
    column, right_places = _column(right, index, step.op, left)
    row, column = _multiplied(step, row), _multiplied(step, column)
    alpha = float(values.get("alpha", 1.0)) if step.op in ("addmm", "addmv", "baddbmm") else 1.0
    bias = None
    if values.get("bias") is not None:
        beta = float(values.get("beta", 1.0))
        bias = beta * _broadcast(values["bias"], index)
    swapped = not isinstance(left, Step) and isinstance(right, Step)
    data, weights, places = (column, alpha * row, right_places) if swapped else (row, alpha * column, left_places)
    terms, remainder, count = _largest(data, weights, places, MOST_TERMS)
    which = _which(step, right if swapped else left)
    terms = tuple(replace(term, input=which) for term in terms)
    symbols = "O[n,k] = Σ_q I[n,q] · W[q,k]" + (" + b[k]" if bias is not None else "")
    return _sum(position, terms, bias, symbols, "sum", remainder, count)


def _row(operand: Any, index: Index, right: Any) -> tuple[Doubles, list[Position | None]]:
    """The row of the left factor that the output at `index` is made of."""
    tensor = _tensor(operand)
    lead = tensor.dim() - 1
    outer = index[:-1] if _tensor(right).dim() > 1 else index
    place = _cut(outer[len(outer) - lead :], tensor.shape[:-1])
    return _double(tensor[place]), _along(operand, [(*place, q) for q in range(tensor.shape[-1])])


def _column(operand: Any, index: Index, op: str, left: Any) -> tuple[Doubles, list[Position | None]]:
    tensor = _tensor(operand)
    if op == "linear":
        if tensor.dim() == 1:
            return _double(tensor), _along(operand, [(q,) for q in range(tensor.shape[0])])
        return _double(tensor[index[-1]]), _along(operand, [(index[-1], q) for q in range(tensor.shape[1])])
    if tensor.dim() == 1:
        return _double(tensor), _along(operand, [(q,) for q in range(tensor.shape[0])])
    lead = tensor.dim() - 2
    batch = index[: len(index) - (1 if _tensor(left).dim() == 1 else 2)]
    place = _cut(batch[len(batch) - lead :], tensor.shape[:-2])
    column = tensor[place][..., index[-1]]
    return _double(column), _along(operand, [(*place, q, index[-1]) for q in range(tensor.shape[-2])])


def _cut(index: Index, shape: Sequence[int]) -> Index:
    """`index` where a dimension of size 1 is repeated."""
    return tuple(0 if n == 1 else i for i, n in zip(index, shape, strict=True))


def _along(operand: Any, places: Sequence[Index]) -> list[Position | None]:
    if not isinstance(operand, Step):
        return [None] * len(places)
    return [position_of(place, operand.output_shape, operand.layout) for place in places]


# --- activation, normalization, dropout -----------------------------------------------------------------------------


def _elementwise(step: Step, index: Index, position: Position) -> Arithmetic:
    """A function of the one value at the same place."""
    numbers = dict(step.attributes)
    if step.op == "prelu":
        slopes = _tensor(step.call.values["weight"])
        numbers["slope"] = float(slopes.reshape(-1)[index[1] if slopes.numel() > 1 else 0])
    if step.op == "rrelu":
        if numbers.get("training"):
            raise InputError(f"{step.name} draws its slopes at random while training; its arithmetic is not known")
        numbers["slope"] = (numbers.get("lower", 1 / 8) + numbers.get("upper", 1 / 3)) / 2
    term = _same_place(step, "input", index)
    try:
        total = functions.FUNCTIONS[step.op].value(term.value, numbers)
    except (ValueError, ZeroDivisionError, OverflowError):
        total = float(step.output[index])  # not a number, or infinite: no formula says more than that
    symbols = functions.formula(step.op, numbers)
    figures = f"x = {_n(term.value)}: {symbols} = {_n(total)}"
    return Arithmetic(position, "function", (term,), total, symbols=f"O[n,i,j,k] = {symbols}, x = I[n,i,j,k]",
                      figures=figures)  # fmt: skip


def _softmax(step: Step, index: Index, position: Position) -> Arithmetic:
    operand = step.call.values["input"]
    values = _tensor(operand)
    dim = step.call.values.get("dim")
    dim = (0 if values.dim() in (0, 1, 3) else 1) if dim is None else dim % values.dim()
    row = _line(values, index, dim)
    signed = -row if step.op == "softmin" else row
    powers = np.exp(signed - signed.max())
    shares = powers / powers.sum()
    own = index[dim]
    order = [own, *(int(i) for i in np.argsort(-shares, kind="stable") if i != own)]
    listed = order[:MOST_TERMS]
    places = _along(operand, [(*index[:dim], i, *index[dim + 1 :]) for i in listed])
    terms = tuple(
        Term(float(row[i]), place, float(shares[i] / row[i]) if row[i] else 0.0, float(shares[i]))
        for i, place in zip(listed, places, strict=True)
    )
    logarithm = step.op == "log_softmax"
    denominator = float(powers.sum())
    total = float(signed[own] - signed.max() - math.log(denominator)) if logarithm else float(shares[own])
    minus = "−" if step.op == "softmin" else ""
    symbols = f"O[n,k] = e^({minus}I[n,k]) / Σ_q e^({minus}I[n,q])"
    symbols = "O[n,k] = ln(e^I[n,k] / Σ_q e^I[n,q])" if logarithm else symbols
    written = [f"e^{_n(float(signed[i]))}" for i in order]
    figures = f"{written[0]} / ({_listed(written, ' + ')}) = {_n(float(shares[own]))}"
    figures = f"ln({figures.split(' = ')[0]}) = {_n(total)}" if logarithm else figures
    rest = float(sum(shares[i] for i in order[MOST_TERMS:]))
    return Arithmetic(position, "softmax", terms, total, remainder=rest, remainder_count=len(order) - len(listed),
                      details={"denominator": denominator, "largest": float(signed.max())},
                      symbols=symbols, figures=figures)  # fmt: skip


def _glu(step: Step, index: Index, position: Position) -> Arithmetic:
    operand = step.call.values["input"]
    values = _tensor(operand)
    dim = step.call.values.get("dim", -1) % values.dim()
    gate_index = (*index[:dim], index[dim] + values.shape[dim] // 2, *index[dim + 1 :])
    places = _along(operand, [index, gate_index])
    x, gate = float(values[index]), float(values[gate_index])
    opened = functions.FUNCTIONS["sigmoid"].value(gate, {})
    terms = (Term(x, places[0], opened, x * opened), Term(gate, places[1], 0.0, 0.0))
    return _function(position, terms, x * opened, "a · 1 / (1 + e⁻ᵇ)")


def _normalization(step: Step, index: Index, position: Position) -> Arithmetic:
    values = step.call.values
    tensor = _tensor(values["input"])
    op = step.op
    channel = index[1] if len(index) > 1 else index[0]
    over = _normalized_with(step, tensor, index)
    eps = float(step.attributes["eps"] if step.attributes["eps"] is not None else torch.finfo(tensor.dtype).eps)
    if over is None:
        mean, variance = float(_tensor(values["running_mean"])[channel]), float(_tensor(values["running_var"])[channel])
    else:
        mean, variance = float(over.mean()), float(over.var())
    if op == "rms_norm":
        assert over is not None
        mean, variance = 0.0, float((over**2).mean())
    gamma, beta = (_own(values.get(name), step, index, channel) for name in ("weight", "bias"))
    scale = (1.0 if gamma is None else gamma) / math.sqrt(variance + eps)
    shift = (0.0 if beta is None else beta) - mean * scale
    term = _same_place(step, "input", index, scale)
    total = term.product + shift
    g, b = ("" if gamma is None else f"{_n(gamma)} · "), ("" if beta is None else f" + {_n(beta)}")
    root = f"√({_n(variance)} + {eps:g})"
    less = "" if op == "rms_norm" else f" − {_n(mean)}"
    fraction = "I / √(mean I² + ε)" if op == "rms_norm" else "(I − μ) / √(σ² + ε)"
    symbols = f"O[n,i,j,k] = {'γ · ' * (gamma is not None)}{fraction}{' + β' * (beta is not None)}"
    details = {"mean": mean, "variance": variance, "eps": eps, "gamma": 1.0 if gamma is None else gamma,
               "beta": 0.0 if beta is None else beta, "own_statistics": over is not None}  # fmt: skip
    return Arithmetic(position, "sum", (term,), total, shift, details=details, symbols=symbols,
                      figures=f"{g}({_n(term.value)}{less}) / {root}{b} = {_n(total)}")  # fmt: skip


def _normalized_with(step: Step, tensor: Tensor, index: Index) -> Doubles | None:
    """The values that share their mean and variance with the one at `index`; None where running statistics do."""
    if step.op in ("layer_norm", "rms_norm"):
        return _double(tensor[index[: tensor.dim() - len(step.attributes["norm_shape"])]])
    if step.op == "group_norm":
        per_group = tensor.shape[1] // step.attributes["norm_groups"]
        first = index[1] // per_group * per_group
        return _double(tensor[index[0], first : first + per_group])
    if not step.attributes["training"] and _has(step, "running_mean"):
        return None
    return _double(tensor[index[0], index[1]] if step.op == "instance_norm" else tensor[:, index[1]])


def _has(step: Step, name: str) -> bool:
    return step.call.values.get(name) is not None


def _own(parameter: Any, step: Step, index: Index, channel: int) -> float | None:
    """The scale or shift of this value: one a channel, or one for each place that is normalized."""
    if parameter is None:
        return None
    tensor = _tensor(parameter)
    return float(tensor[index[-tensor.dim() :]] if step.op in ("layer_norm", "rms_norm") else tensor[channel])


def _response_norm(step: Step, index: Index, position: Position) -> Arithmetic:
    found, tensor = step.attributes, _tensor(step.call.values["input"])
    size, k = found["size"], index[1]
    first, last = max(k - size // 2, 0), min(k + (size - 1) // 2, tensor.shape[1] - 1)
    near = _line(tensor, index, 1)[first : last + 1]
    divisor = (found["k"] + found["alpha"] / size * float((near**2).sum())) ** found["beta"]
    term = _same_place(step, "input", index, 1.0 / divisor)
    return _function(position, (term,), term.product, "I / (k + α/size · Σ I² over the near channels)^β")


def _unit_norm(step: Step, index: Index, position: Position) -> Arithmetic:
    found, tensor = step.attributes, _tensor(step.call.values["input"])
    dim = found["dim"] % tensor.dim()
    row = _line(tensor, index, dim)
    norm = max(float(np.linalg.norm(row, found["p"])), found["eps"])
    term = _same_place(step, "input", index, 1.0 / norm)
    return _function(position, (term,), term.product, "I / ‖I‖")


def _dropout(step: Step, index: Index, position: Position) -> Arithmetic:
    keep = step.attributes["keep_prob"]
    if "alpha" in step.op and keep < 1.0:
        raise InputError(f"{step.name} draws what it drops and shifts the rest; its arithmetic is known only when off")
    value = _same_place(step, "input", index).value
    kept = keep == 1.0 or (keep > 0.0 and (float(step.output[index]) != 0.0 or value == 0.0))
    scale = 1.0 / keep if kept else 0.0
    term = _same_place(step, "input", index, scale)
    symbols = f"O = I / {_n(keep)} if it is kept (probability {_n(keep)}), else 0"
    figures = f"{_n(value)} / {_n(keep)} = {_n(term.product)}" if kept else f"dropped: {_n(value)} becomes 0"
    return Arithmetic(position, "sum", (term,), term.product, details={"kept": kept, "scale": scale},
                      symbols=symbols, figures=figures)  # fmt: skip


# --- arithmetic of two operands, and values that move ---------------------------------------------------------------

_BINARY: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "div": ("a / b", lambda a, b: a / b),
    "pow": ("a ^ b", lambda a, b: a**b),
    "floor_divide": ("a / b, rounded down", lambda a, b: float(a // b)),
    "fmod": ("the remainder of a / b", math.fmod),
    "remainder": ("the remainder of a / b", lambda a, b: a % b),
    "eq": ("1 if a = b, else 0", lambda a, b: float(a == b)),
    "ne": ("1 if a ≠ b, else 0", lambda a, b: float(a != b)),
    "lt": ("1 if a < b, else 0", lambda a, b: float(a < b)),
    "le": ("1 if a ≤ b, else 0", lambda a, b: float(a <= b)),
    "gt": ("1 if a > b, else 0", lambda a, b: float(a > b)),
    "ge": ("1 if a ≥ b, else 0", lambda a, b: float(a >= b)),
    "and": ("a and b, bit by bit", lambda a, b: float(int(a) & int(b))),
    "or": ("a or b, bit by bit", lambda a, b: float(int(a) | int(b))),
    "xor": ("a or b but not both, bit by bit", lambda a, b: float(int(a) ^ int(b))),
}


def _binary(step: Step, index: Index, position: Position) -> Arithmetic:
    a, b = _same_place(step, "input", index), _same_place(step, "other", index)
    op = step.op
    if op in ("add", "sub", "bias_add"):
        return _addition(step, position, a, b)
    if op == "mul":
        total = a.value * b.value
        return Arithmetic(position, "product", (a, b), total, symbols="O[n,i,j,k] = a · b",
                          figures=f"{_n(a.value)} · {_bracketed(b.value)} = {_n(total)}")  # fmt: skip
    if op in ("maximum", "minimum", "max", "min", "fmax", "fmin"):
        values = np.array([a.value, b.value])
        beaten = np.isnan(values) if op in ("fmax", "fmin") and not np.isnan(values).all() else np.zeros(2, dtype=bool)
        found = _winner(step, position, values, [a.position, b.position], beaten, "max" if "max" in op else "min")
        pair = zip(found.terms, (a, b), strict=True)
        return replace(found, terms=tuple(replace(term, input=own.input, padding=False) for term, own in pair))
    if op == "div" and step.attributes.get("rounding_mode"):
        raise InputError(f"{step.name} rounds what it divides; its arithmetic is not known here")
    symbols, function = _BINARY[op]
    try:
        total = function(a.value, b.value)
    except (ZeroDivisionError, OverflowError, ValueError):
        total = float(step.output[index])
    if isinstance(total, complex):
        total = math.nan
    return _function(position, (a, b), total, symbols)


def _addition(step: Step, position: Position, a: Term, b: Term) -> Arithmetic:
    sign = (-1.0 if step.op == "sub" else 1.0) * float(step.call.values.get("alpha") or 1.0)
    b = Term(b.value, b.position, sign, sign * b.value, input=b.input)
    constant = isinstance(step.call.values.get("other"), Tensor)
    symbols = "O[n,i,j,k] = I[n,i,j,k] + b[k]" if constant else f"O[n,i,j,k] = a {'−' if sign < 0 else '+'} b"
    if constant:
        return _sum(position, (a,), b.product, symbols)
    if isinstance(step.call.values.get("input"), Tensor):
        return _sum(position, (b,), a.product, symbols)
    return _sum(position, (a, b), None, symbols)


def _clamped(step: Step, index: Index, position: Position) -> Arithmetic:
    """Between bounds that are tensors themselves, each place with its own."""
    values = step.call.values
    bounds = {name: _same_place(step, name, index) for name in ("min", "max") if values.get(name) is not None}
    term = _same_place(step, "input", index)
    held = [term.value, *(bound.value for bound in bounds.values())]
    total = math.nan if any(map(math.isnan, held)) else functions.clamped(term.value, *(
        bounds[name].value if name in bounds else None for name in ("min", "max")))  # fmt: skip
    symbols = "x, " + " and ".join(f"at {'least' if name == 'min' else 'most'} its {name}" for name in bounds)
    named = ", ".join(f"{name} = {_n(bound.value)}" for name, bound in bounds.items())
    return Arithmetic(position, "function", (term, *bounds.values()), total, symbols=f"O = {symbols}",
                      figures=f"x = {_n(term.value)}, {named}: {_n(total)}")  # fmt: skip


def _lerp(step: Step, index: Index, position: Position) -> Arithmetic:
    share = _broadcast(step.call.values["weight"], index)
    terms = (_same_place(step, "input", index, 1.0 - share), _same_place(step, "other", index, share))
    return _sum(position, terms, None, "O = (1 − w) · a + w · b")


def _added_product(step: Step, index: Index, position: Position) -> Arithmetic:
    """``addcmul`` and ``addcdiv``: a product, or a quotient, is added to what there is."""
    factor = float(step.call.values.get("value", 1.0))
    second = _broadcast(step.call.values["tensor2"], index)
    weight = factor * second if step.op == "addcmul" else factor / second if second else math.nan
    terms = (_same_place(step, "input", index), _same_place(step, "tensor1", index, weight))
    return _sum(position, terms, None, f"O = a + {factor:g} · b {'·' if step.op == 'addcmul' else '/'} c")


def _sum_of_products(step: Step, index: Index, position: Position) -> Arithmetic:
    """``addbmm``: the products of all pairs of matrices added up, and a matrix."""
    values = step.call.values
    left, right = values["input"], values["other"]
    rows, columns = _tensor(left)[:, index[0]], _tensor(right)[:, :, index[1]]
    alpha, beta = float(values.get("alpha", 1.0)), float(values.get("beta", 1.0))
    from_left = isinstance(left, Step) or not isinstance(right, Step)
    places = [(b, index[0], q) if from_left else (b, q, index[1]) for b, q in np.ndindex(*rows.shape)]
    row, column = (_multiplied(step, _double(t).ravel()) for t in (rows, columns))
    data, weights, operand = (row, alpha * column, left) if from_left else (column, alpha * row, right)
    terms, remainder, count = _largest(data, weights, _along(operand, places), MOST_TERMS)
    terms = tuple(replace(term, input=_which(step, operand)) for term in terms)
    bias = beta * _broadcast(values["bias"], index)
    return _sum(position, terms, bias, "O[n,k] = Σ_{b,q} I[b,n,q] · W[b,q,k] + b[n,k]", "sum", remainder, count)


_NO_SUM = {
    "nonzero": "lists the places of the values that are not 0; a place is no sum of values",
    "argwhere": "lists the places of the values that are not 0; a place is no sum of values",
    "unique": "lists the values that there are, each once; which they are is no sum of values",
    "unique_consecutive": "lists the values that there are, without repetitions; which they are is no sum of values",
}


def _no_sum(step: Step, index: Index, position: Position) -> Arithmetic:
    del index, position
    raise InputError(f"{step.name} {_NO_SUM[step.op]}")


def _where(step: Step, index: Index, position: Position) -> Arithmetic:
    if "other" not in step.call.values:
        raise InputError(f"{step.name} lists the places where its condition holds; a place is no sum of values")
    condition = _broadcast(step.call.values["condition"], index)
    term = _same_place(step, "input" if condition else "other", index)
    held = "holds" if condition else "does not hold"
    return Arithmetic(position, "copy", (term,), term.value, details={"condition": bool(condition)},
                      symbols="O = a where the condition holds, else b",
                      figures=f"the condition {held}: {_n(term.value)}")  # fmt: skip


def _masked(step: Step, index: Index, position: Position) -> Arithmetic:
    masked = bool(_broadcast(step.call.values["mask"], index))
    term = _same_place(step, "value" if masked else "input", index)
    return Arithmetic(position, "copy", (term,), term.value, details={"masked": masked},
                      symbols="O = the value put in where the mask holds, else I",
                      figures=f"the mask {'holds' if masked else 'does not hold'}: {_n(term.value)}")  # fmt: skip


def _copied(step: Step, index: Index, position: Position) -> Arithmetic:
    term = _same_place(step, "other", index)
    return Arithmetic(position, "copy", (term,), term.value, symbols="O = the value copied in", figures=_n(term.value))


def _moved(step: Step, index: Index, position: Position) -> Arithmetic:
    """The one value that came here, from wherever it was."""
    found = origins.origin(step, index)
    if found is None:
        return _moved_in(step, position)
    operand, place = found
    value = float(_tensor(operand)[place])
    (where,) = _along(operand, [place])
    which = step.origins.index(operand) if isinstance(operand, Step) and operand in step.origins else 0
    term = Term(value, where, 1.0, value, input=which)
    name = operand.name if isinstance(operand, Step) else "a constant"
    at = "" if where is None else f"[{where[0]}, {where[1]}, {where[2]}]"
    total = _rounded(value, step)  # .half(), .int() … round it
    if total != value and not math.isnan(value):
        kind = str(step.output.dtype).removeprefix("torch.")
        return Arithmetic(position, "function", (term,), total, symbols=f"O = I as a {kind}",
                          figures=f"{name}{at} = {value:g} as a {kind}: {total:g}")  # fmt: skip
    return Arithmetic(position, "copy", (term,), value, symbols=_moved_symbols(step),
                      figures=f"{name}{at} = {_n(value)}")  # fmt: skip


def _moved_in(step: Step, position: Position) -> Arithmetic:
    """A number that stands where no value of the input moved to."""
    assigned = step.op == "assign"
    value = float(step.call.values.get("other" if assigned else "value") or 0.0)
    name = "the number assigned" if assigned else _FILLED.get(step.op, "the padding's value")
    term = Term(value, None, 1.0, value, padding=not assigned)
    return Arithmetic(position, "copy", (term,), value, symbols=f"O = {name}", figures=f"{name}: {_n(value)}")


_FILLED = {
    "triu": "0, below the diagonal",
    "tril": "0, above the diagonal",
    "diag": "0, beside the diagonal",
    "diag_embed": "0, beside the diagonal",
}


def _moved_symbols(step: Step) -> str:
    if step.op in ("reshape", "view", "flatten", "unflatten", "ravel"):
        return "the same values in the same order: O[m] = I[m], m counting along the last dimension first"
    return "O = the input's value at the place that moved here"


def _linear(step: Step, index: Index, position: Position) -> Arithmetic:
    """A weighted sum of the operand that the operation is linear in; the weights are its own derivatives there."""
    call = step.call
    if call.values.get("dropout_p"):
        raise InputError(f"{step.name} drops weights at random; its arithmetic is known only without")
    held: dict[int | str, Any] = dict(enumerate(_operands(step))) | dict(call.keywords)
    held.pop("out", None)
    key = next(key for key in _linear_in(step, held) if key in held)
    doubles = {name: _in_double(value, step) for name, value in held.items()}
    source = doubles[key] = doubles[key].requires_grad_()
    assert call.function is not None
    with torch.enable_grad():
        result = call.function(
            *(doubles[k] for k in held if isinstance(k, int)), **{k: doubles[k] for k in held if isinstance(k, str)}
        )
        (gradient,) = torch.autograd.grad(result[index], source)
    used = gradient.nonzero()
    places = [tuple(int(i) for i in place) for place in used]
    weights = np.array([float(gradient[place]) for place in places])
    values = np.array([float(source[place].detach()) for place in places])
    terms, remainder, count = _largest(values, weights, _along(held[key], places), MOST_WINDOW)
    which = _which(step, held[key])
    terms = tuple(replace(term, input=which) for term in terms)
    return _sum(position, terms, None, _LINEAR[step.op], "sum", remainder, count)


_LINEAR = {
    "interpolate": "O[n,i,j,k] = Σ weight · I[n,y,x,k] over the nearest pixels",
    "grid_sample": "O[n,i,j,k] = Σ weight · I[n,y,x,k] over the pixels nearest to the grid's place",
    "fold": "O = Σ of the blocks' values that fall on this place",
    "cumsum": "O = Σ I up to this place",
    "einsum": "O = Σ a · the product of the other operands, over the letters that the result lacks",
    "scaled_dot_product_attention": "O[q] = Σ_k softmax_k(Q[q]·K[k] · scale) · V[k]",
}


def _operands(step: Step) -> list[Any]:
    """The arguments in order; einsum's operands may be given as one list."""
    first, *others = step.call.arguments or (None,)
    if step.op == "einsum" and others and isinstance(others[0], (list, tuple)):
        others = list(others[0])
    return [first, *others] if step.call.arguments else []


def _linear_in(step: Step, held: Mapping[int | str, Any]) -> Sequence[int | str]:
    if step.op == "scaled_dot_product_attention":
        return 2, "value"
    if step.op == "einsum":
        return [k for k, v in held.items() if isinstance(v, Step)] or [1]
    return 0, "input"


def _in_double(value: Any, step: Step) -> Any:
    if not isinstance(value, (Step, Tensor)):
        return value
    tensor = _tensor(value)
    if not tensor.is_floating_point():
        return tensor
    return tensor.to(step.output.dtype if step.output.dtype in HALVES else tensor.dtype).double()


def _input(step: Step, index: Index, position: Position) -> Arithmetic:
    value = float(step.output[index])
    return Arithmetic(position, "copy", (), value, symbols="a value of the image", figures=_n(value))


def _made_by_code(step: Step, index: Index, position: Position) -> Arithmetic:
    value = float(step.output[index])
    return Arithmetic(position, "copy", (), value, symbols="a constant that the code makes", figures=_n(value))


# --- parts ----------------------------------------------------------------------------------------------------------


def _tensor(value: Any) -> Tensor:
    tensor: Tensor = value.output if isinstance(value, Step) else value
    if tensor.layout != torch.strided:
        tensor = tensor.clone().to_dense()  # a copy, because one made in inference mode is not unpacked itself
    return tensor.detach()


def _double(tensor: Tensor) -> Doubles:
    array: Doubles = tensor.detach().to("cpu", torch.float64).numpy()
    return array


def _multiplied(step: Step, values: Doubles) -> Doubles:
    """The values as they were multiplied: ``autocast`` rounds them to the precision of the result before."""
    if step.output.dtype not in HALVES:
        return values
    return _double(torch.from_numpy(np.ascontiguousarray(values)).to(step.output.dtype))


def _rounded(value: float, step: Step) -> float:
    """One number in the precision of the result, which may be half or a whole number."""
    return float(torch.tensor(value, dtype=torch.float64).to(step.output.dtype))


def _line(tensor: Tensor, index: Index, dim: int) -> Doubles:
    """The values along one dimension, at the place of `index` in the others."""
    place: tuple[int | slice, ...] = (*index[:dim], slice(None), *index[dim + 1 :])
    return _double(tensor[place])


def _broadcast(operand: Any, index: Index) -> float:
    """The value of an operand, a number or a tensor with repeated dimensions, that belongs to the output's `index`."""
    if isinstance(operand, (bool, int, float)):
        return float(operand)
    tensor = _tensor(operand)
    return float(tensor[_cut(index[len(index) - tensor.dim() :], tensor.shape)])


def _same_place(step: Step, name: str, index: Index, weight: float = 1.0) -> Term:
    """The value of operand `name` that belongs to the output's `index`, as a term."""
    operand = step.call.values[name if name in step.call.values else "exponent"]
    value = _broadcast(operand, index)
    if not isinstance(operand, Step):
        return Term(value, None, weight, value * weight, input=len(step.origins))
    place = _cut(index[len(index) - operand.output.dim() :], operand.output_shape)
    where = position_of(place, operand.output_shape, operand.layout)
    return Term(value, where, weight, value * weight, input=_which(step, operand))


def _terms(
    values: Doubles, weights: Doubles, places: Sequence[Position | None], flags: npt.NDArray[np.bool_]
) -> tuple[Term, ...]:
    return tuple(
        Term(v, place, w, v * w, bool(flag))
        for v, w, place, flag in zip(values.tolist(), weights.tolist(), places, flags, strict=True)
    )


def _largest(
    values: Doubles, weights: Doubles, places: Sequence[Position | None], most: int
) -> tuple[tuple[Term, ...], float, int]:
    """The terms with the largest products, largest first; the sum and the number of the others."""
    products = values * weights
    order = np.argsort(-np.abs(products), kind="stable") if most == MOST_TERMS else np.arange(len(products))
    listed, rest = order[:most], order[most:]
    terms = _terms(values[listed], weights[listed], [places[i] for i in listed], np.zeros(len(listed), dtype=bool))
    return terms, _added(products[rest].tolist()), len(rest)


def _sum(
    position: Position,
    terms: tuple[Term, ...],
    bias: float | None,
    symbols: str,
    operation: Operation = "sum",
    remainder: float = 0.0,
    count: int = 0,
) -> Arithmetic:
    total = _added([*(t.product for t in terms), remainder, bias or 0.0])
    figures = _sum_figures(terms, bias, total, remainder, count)
    return Arithmetic(position, operation, terms, total, bias, remainder, count, symbols=symbols, figures=figures)


def _sum_figures(terms: Sequence[Term], bias: float | None, total: float, remainder: float, count: int) -> str:
    """The products written out: all of a few, the largest of many and what the others add up to."""
    used = [t for t in terms if not t.padding]
    padding = len(terms) - len(used)
    if len(used) > SHOWN:
        ordered = sorted(used, key=lambda t: -abs(t.product))
        used, rest = ordered[:SHOWN], ordered[SHOWN:]
        remainder, count = remainder + _added(t.product for t in rest), count + len(rest)
    parts = [_bracketed(t.value) if t.weight == 1.0 else f"{_bracketed(t.value)}·{_bracketed(t.weight)}" for t in used]
    if count:
        parts.append(f"{_bracketed(remainder)} from {count} more")
    if padding and not any(t.padding and t.product for t in terms):
        parts.append(f"0 from {padding} of padding")
    if bias is not None:
        parts.append(f"{_bracketed(bias)} (bias)")
    return f"{' + '.join(parts) or '0'} = {_n(total)}"


def _function(position: Position, terms: tuple[Term, ...], total: float, symbols: str) -> Arithmetic:
    named = ", ".join(f"{name} = {_n(t.value)}" for name, t in zip("ab", terms, strict=False))
    named = named if len(terms) > 1 else f"I = {_n(terms[0].value)}"
    figures = f"{named}: {symbols} = {_n(total)}" if len(terms) <= 2 else f"{symbols} = {_n(total)}"
    return Arithmetic(position, "function", terms, total, symbols=f"O = {symbols}", figures=figures)


def _listed(parts: Sequence[str], between: str = ", ") -> str:
    shown = list(parts[: SHOWN + 3])
    return between.join(shown + (["…"] if len(parts) > len(shown) else []))


def _n(value: float) -> str:
    if math.isfinite(value):
        return f"{value:.4g}"
    return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"


def _added(values: Iterable[float]) -> float:
    """`math.fsum`; where infinities of both signs meet, or the sum grows beyond all bounds, as floats add."""
    listed = list(values)
    try:
        return math.fsum(listed)
    except (ValueError, OverflowError):
        return sum(listed)


def _bracketed(value: float) -> str:
    return f"({_n(value)})" if value < 0 else _n(value)


_MOVERS = operations.REARRANGEMENTS | operations.HANDED_ON | operations.JOININGS | operations.names(
    """
    assign embedding masked_select triu tril take diag diag_embed fliplr flipud hsplit vsplit dsplit
    """
)  # fmt: skip
_FAMILIES: tuple[tuple[Any, Callable[[Step, Index, Position], Arithmetic]], ...] = (
    (operations.CONVOLUTIONS, _convolution),
    (operations.POOLINGS, _pooling),
    (operations.PRODUCTS, _product_sum),
    (operations.DROPOUTS, _dropout),
    (frozenset({"local_response_norm"}), _response_norm),
    (frozenset({"normalize"}), _unit_norm),
    (operations.NORMALIZATIONS, _normalization),
    (frozenset({"softmax", "log_softmax", "softmin"}), _softmax),
    (frozenset({"glu"}), _glu),
    (frozenset(functions.FUNCTIONS), _elementwise),
    (frozenset({"mean", "sum", "amax", "amin", "max", "min"}), _reduction),
    (operations.BINARY | operations.COMPARISONS | {"bias_add", "fmax", "fmin"}, _binary),
    (frozenset({"lerp"}), _lerp),
    (frozenset({"addcmul", "addcdiv"}), _added_product),
    (frozenset({"addbmm"}), _sum_of_products),
    (frozenset(_NO_SUM), _no_sum),
    (frozenset({"where"}), _where),
    (frozenset({"masked_fill"}), _masked),
    (frozenset({"copy"}), _copied),
    (frozenset(_STATISTICS), _statistic),
    (frozenset(_LINEAR), _linear),
    (_MOVERS, _moved),
)
_OF_ONE = (_convolution, _pooling, _reduction, _statistic, _softmax, _glu)
"""Their terms are all values of the one tensor ``input``."""
