"""Operations that work out each value from its own place, or from all along some dimensions."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from fivebyfive.explain.fields.arguments import Spans, argument, dimensions, shape_of, span_of
from fivebyfive.explain.fields.spans import NOWHERE, Span, everything, nothing, squeezed, united, unsqueezed, whole
from fivebyfive.explain.kind import names
from fivebyfive.explain.step import Step

NO_WEIGHT = 1e-20
"""A share that is smaller adds nothing to any number: a mask has shut it out."""


def same(step: Step, spans: Spans) -> Span:
    """Value by value: each depends on what the operands' values at its place do."""
    rank = len(step.output_shape)
    return united([_lifted(spans[origin], rank) for origin in step.origins if origin in spans])


def _lifted(span: Span, rank: int) -> Span:
    """With dimensions of size 1 in front, as broadcasting adds them."""
    missing = (None,) * (rank - span.first.dim())
    return Span(span.first[(*missing, ...)], span.last[(*missing, ...)], span.line)


def handed_on(step: Step, spans: Spans) -> Span:
    """The same values in the type, or at the place, of another tensor, which gives none of its own."""
    return span_of(step.call.values["input"], spans)


def constant(step: Step, spans: Spans) -> Span:
    """A tensor made in the shape of another: it takes no value of it."""
    del spans
    return nothing(len(step.output_shape))


def of_all(step: Step, spans: Spans) -> Span:
    """Each value depends on all values of every input."""
    rank = len(step.output_shape)
    return united([everything(spans[o], rank, o.output_shape) for o in step.origins if o in spans])


# --- along dimensions -----------------------------------------------------------------------------------------------


def _along(step: Step, spans: Spans, dims: Collection[int]) -> Span:
    """Whole along `dims`, which may be gone in the result, and the same along the others."""
    parts = []
    for origin in (o for o in step.origins if o in spans):
        shape, rank = origin.output_shape, len(step.output_shape)
        span = whole(spans[origin], dims, shape)
        if rank < len(shape):
            span = squeezed(span, dims, len(shape))
        parts.append(span)
    return united(parts)


def reduced(step: Step, spans: Spans) -> Span:
    """Sums, means, the largest, what is sorted: along the dimensions that were asked for, else all."""
    shape = shape_of(step.call.values["input"])
    return _along(step, spans, dimensions(_asked(step), len(shape)))


def _asked(step: Step) -> Any:
    default, place = _DEFAULTS.get(step.op, (None, 1))
    dim = argument(step, "dim", place, default)
    return default if dim is None or isinstance(dim, (Step, Tensor)) else dim


_DEFAULTS: dict[str, tuple[Any, int]] = {
    "sort": (-1, 1), "argsort": (-1, 1), "topk": (-1, 2), "kthvalue": (-1, 2), "mode": (-1, 1), "median": (None, 1),
    "norm": (None, 2), "linalg_norm": (None, 2), "linalg_vector_norm": (None, 2), "quantile": (None, 2),
    "normalize": (1, 2), "renorm": (None, 2), "cosine_similarity": (1, 2), "gumbel_softmax": (-1, 4),
    "diff": (-1, 2), "fft_fft": (-1, 2), "fft_ifft": (-1, 2), "fft_rfft": (-1, 2), "fft_irfft": (-1, 2),
    "fft_hfft": (-1, 2), "fft_ihfft": (-1, 2), "fft_fft2": ((-2, -1), 2), "fft_ifft2": ((-2, -1), 2),
    "fft_rfft2": ((-2, -1), 2), "fft_irfft2": ((-2, -1), 2), "fft_fftn": (None, 2), "fft_ifftn": (None, 2),
    "fft_rfftn": (None, 2), "fft_irfftn": (None, 2), "fft_fftshift": (None, 1), "fft_ifftshift": (None, 1),
}  # fmt: skip
"""Which dimensions it is where none are named, and the argument's place."""


def softmax(step: Step, spans: Spans) -> Span:
    """A share depends on all that share with it, but not on what a mask has shut out."""
    origin = step.call.values["input"]
    shape, span = shape_of(origin), span_of(origin, spans)
    asked = argument(step, "dim", 1)
    dim = (0 if len(shape) in (0, 1, 3) else 1) if asked is None else int(asked)
    if step.op != "softmax" or not shape:
        return whole(span, [dim], shape)
    shares = step.output >= NO_WEIGHT
    if bool(shares.all()) or span.first.dim() != shares.dim():
        return whole(span, [dim], shape)
    first = torch.where(shares, span.first, NOWHERE).amin(dim, keepdim=True)
    return Span(first, torch.where(shares, span.last, -1).amax(dim, keepdim=True))


def running(step: Step, spans: Spans) -> Span:
    """Sums up to each place, along one dimension."""
    origin = step.call.values["input"]
    dim = int(argument(step, "dim", 1)) % max(len(step.output_shape), 1)
    return _running(span_of(origin, spans), dim)


def _running(span: Span, dim: int) -> Span:
    if span.first.shape[dim] == 1:
        return span
    return Span(span.first.cummin(dim).values, span.last.cummax(dim).values)


def gated(step: Step, spans: Spans) -> Span:
    """`glu`: one half of a dimension times a function of the other."""
    span = span_of(step.call.values["input"], spans)
    dim = int(argument(step, "dim", 1, -1)) % len(step.output_shape) - len(step.output_shape)
    if span.first.shape[dim] == 1:
        return span
    lows, highs = span.first.chunk(2, dim), span.last.chunk(2, dim)
    kept = span.line if span.line is None or span.line.dim != dim else None
    return Span(torch.minimum(*lows), torch.maximum(*highs), kept)


def normalized(step: Step, spans: Spans) -> Span:
    """With statistics of its own, every value depends on all that they are taken of."""
    found, shape = step.attributes, shape_of(step.call.values["input"])
    running_ones = step.call.values.get("running_mean") is not None
    spatial = list(range(2, len(shape)))
    if step.op == "batch_normalization":
        dims = []
    elif step.op in ("batch_norm", "instance_norm"):
        own = found["training"] or not running_ones
        dims = [] if not own else [0, *spatial] if step.op == "batch_norm" else spatial
    elif step.op == "group_norm":
        dims = [1, *spatial]
    elif step.op == "local_response_norm":
        dims = [1]
    else:
        dims = list(range(-len(found["norm_shape"]), 0))
    parts = []
    for origin in (o for o in step.origins if o in spans):
        if origin.output_shape == tuple(shape):
            parts.append(whole(spans[origin], dims, shape))
        else:
            parts.append(everything(spans[origin], len(shape), origin.output_shape))
    return united(parts)


# --- products -------------------------------------------------------------------------------------------------------


def linear(step: Step, spans: Spans) -> Span:
    """Every unit takes the whole last dimension; weights that come from the image are taken whole."""
    image = step.call.values["input"]
    parts = [whole(span_of(image, spans), [-1], shape_of(image))] if image in spans else []
    rank = len(step.output_shape)
    others = [everything(spans[o], rank, o.output_shape) for o in step.origins if o in spans and o is not image]
    return united([*parts, *others])


def multiplied(step: Step, spans: Spans) -> Span:
    """A matrix product: a row of the first times a column of the second, and what is added to it."""
    values = step.call.values
    a, b = values["input"], values["other"]
    found = product(span_of(a, spans), shape_of(a), span_of(b, spans), shape_of(b), _shares(a))
    rank = len(step.output_shape)
    if step.op == "addbmm":
        found = squeezed(whole(found, [0], (shape_of(a)[0], *step.output_shape)), [0], rank + 1)
    added = values.get("bias")
    return united([found, _lifted(spans[added], rank)]) if isinstance(added, Step) and added in spans else found


def product(a: Span, a_shape: Sequence[int], b: Span, b_shape: Sequence[int], shares: Tensor | None = None) -> Span:
    """The span of [… n, k] times [… k, m]; `shares` tells which of the first's values are no zeros."""
    vector_first, vector_last = len(a_shape) == 1, len(b_shape) == 1
    if vector_first:
        a, a_shape = unsqueezed(a, 0), (1, *a_shape)
    if vector_last:
        b, b_shape = unsqueezed(b, 1), (*b_shape, 1)
    rank = max(len(a_shape), len(b_shape))
    right = whole(b, [-2], b_shape)
    if shares is not None and b.first.shape[-2] > 1 and not vector_first:
        right = _shared(b, shares)
    found = united([_lifted(whole(a, [-1], a_shape), rank), _lifted(right, rank)])
    gone = [*([rank - 2] if vector_first else []), *([rank - 1] if vector_last else [])]
    return squeezed(found, gone, rank) if gone else found


def _shared(b: Span, shares: Tensor) -> Span:
    """Each row takes of the columns only where it has a share: [… n, k] and [… k, m] make [… n, m]."""
    parts = []
    for first, last in zip(b.first.unbind(-1), b.last.unbind(-1), strict=True):
        parts.append((
            torch.where(shares, first[..., None, :], NOWHERE).amin(-1),
            torch.where(shares, last[..., None, :], -1).amax(-1),
        ))  # fmt: skip
    firsts, lasts = zip(*parts, strict=True)
    return Span(torch.stack(firsts, -1), torch.stack(lasts, -1))


def _shares(value: Any) -> Tensor | None:
    """Where the rows of a softmax's result, handed on by whatever step, are not zero; None where all count."""
    step = value
    while isinstance(step, Step) and step.op in _HANDS_ON and step.origins:
        step = step.origins[0]
    if not isinstance(step, Step) or step.op != "softmax":
        return None
    shares = value.output >= NO_WEIGHT
    return None if bool(shares.all()) else shares


_HANDS_ON = names("dropout reshape view to type_as float half contiguous identity expand clone")


def paired(step: Step, spans: Spans) -> Span:
    """`cdist`: each row of the first with each row of the second."""
    a, b = argument(step, "x1", 0), argument(step, "x2", 1)
    turned = span_of(b, spans)
    turned = Span(turned.first.mT, turned.last.mT)
    return product(span_of(a, spans), shape_of(a), turned, (*shape_of(b)[:-2], *shape_of(b)[:-3:-1]))


def summed(step: Step, spans: Spans) -> Span:
    """`einsum`: an operand's letters that are not in the result are summed over."""
    equation, operands = step.call.values["input"].replace(" ", ""), step.call.values["operands"]
    taken, arrow, result = equation.partition("->")
    terms = taken.split(",")
    shapes = [shape_of(operand) for operand in operands]
    free = max(len(shape) - len(term.replace("...", "")) for shape, term in zip(shapes, terms, strict=True))
    dots = "".join(chr(0x100 + i) for i in range(free))
    terms = [
        term.replace("...", dots[free - (len(shape) - len(term.replace("...", ""))) :])
        for shape, term in zip(shapes, terms, strict=True)
    ]
    if not arrow:
        letters = "".join(terms)
        result = dots + "".join(sorted(c for c in set(letters) - set(dots) if letters.count(c) == 1))
    result = result.replace("...", dots)
    parts = [
        _arranged(spans[operand], shape, term, result)
        for operand, shape, term in zip(operands, shapes, terms, strict=True)
        if isinstance(operand, Step) and operand in spans
    ]
    return united(parts)


def _arranged(span: Span, shape: Sequence[int], term: str, result: str) -> Span:
    """An operand with the result's letters in their order."""
    repeated = {c for c in term if term.count(c) > 1}
    gone = [i for i, c in enumerate(term) if c not in result or c in repeated]
    span = squeezed(whole(span, gone, shape), gone, len(shape))
    kept = [c for i, c in enumerate(term) if i not in gone]
    order = sorted(range(len(kept)), key=lambda i: result.index(kept[i]))
    line = span.line
    if line is not None and line.dim is not None:
        line = replace(line, dim=result.index(kept[line.dim]) - len(result))
    present = [kept[i] for i in order]
    index = tuple(slice(None) if c in present else None for c in result)
    return Span(span.first.permute(order)[index], span.last.permute(order)[index], line)
