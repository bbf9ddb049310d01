"""Attention: each query's value is a mean of values, weighed by how well their keys fit the query.

Attention with projections and heads in one call, as `nn.MultiheadAttention` makes it, has a file of its own:
`multi_head.py`.

Source: https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from torch import Tensor

from fivebyfive.explain import dimensions
from fivebyfive.explain.attending import Attended, as_scores, attended, expect_no_dropout, score_of, share_of
from fivebyfive.explain.fields import sequences
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import Called, Index, Kind, numbers_of, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import weighted_sum
from fivebyfive.explain.terms import Doubles, cut, doubles, in_double, places_of, tensor_of, which_input

_WEIGHTED = "O[q,c] = Σ_k softmax_k(Q[q]·K[k] · scale) · V[k,c]"
_SHARE = "share[q,k] = e^s[k] / Σ_j e^s[j],  s[k] = Q[q]·K[k] · scale"
_LOGARITHM = "O[q] = ln Σ_k e^(Q[q]·K[k] · scale)"


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    values = step.call.values
    expect_no_dropout(step, values.get("dropout_p") or 0.0)
    if step.attributes.get("part", 0) == 1:
        return _second(step, index, position)
    found = _attended(step, index[:-1])
    keys = found.seen
    value = values["value"]
    batch = _batch(step, index[:-1], value)
    places = [(*batch, int(key), index[-1]) for key in keys]
    tensor = in_double(value, step)
    terms = tuple(
        Term(entry := float(tensor[place]), where, share := float(found.shares[key]), entry * share)
        for key, place, where in zip(keys, places, places_of(value, places), strict=True)
    )
    return _of_values(step, position, terms, found)


def _of_values(step: Step, position: Position, terms: tuple[Term, ...], found: Attended) -> Arithmetic:
    which = which_input(step, step.call.values["value"])
    terms = tuple(Term(t.value, t.position, t.weight, t.product, input=which) for t in terms)
    made = weighted_sum(position, terms, None, _WEIGHTED + _masked(step))
    return Arithmetic(position, "sum", terms, made.total, details={"scale": _scale(step), **found.details()},
                      symbols=made.symbols, figures=made.figures)  # fmt: skip


def _second(step: Step, index: Index, position: Position) -> Arithmetic:
    """The second result of PyTorch's own variants: the shares, or the logarithm of the softmax's denominator."""
    if step.op == "scaled_dot_product_attention_math":
        return share_of(position, _attended(step, index[:-1]), index[-1], _SHARE)
    found = _attended(step, index)
    total = found.largest + math.log(found.denominator)
    terms = tuple(score_of(int(key), found.scores, 1.0, float(found.scores[key])) for key in found.seen)
    return Arithmetic(position, "function", terms, total, details=found.details(), symbols=_LOGARITHM,
                      figures=f"{short(found.largest)} + ln {short(found.denominator)} = {short(total)}")  # fmt: skip


def _masked(step: Step) -> str:
    has = step.call.values.get("attn_mask") is not None
    return ", with what the mask adds to each product" if has else ", over k ≤ q" if _is_causal(step) else ""


def _attended(step: Step, place: Index) -> Attended:
    """The query at `place` (parts of the batch, heads, query) and its keys."""
    values = step.call.values
    query, keys = (in_double(values[name], step).numpy() for name in ("query", "key"))
    asked = query[(*_batch(step, place, values["query"]), place[-1])]
    scores = keys[_batch(step, place, values["key"])] @ asked * _scale(step)
    if values.get("attn_mask") is not None:
        scores = scores + _row_of_mask(values["attn_mask"], place)
    if _is_causal(step):
        scores[place[-1] + 1 :] = -np.inf
    return attended(scores, safe=True)


def _row_of_mask(mask: Any, place: Index) -> Doubles:
    tensor = tensor_of(mask)
    leading = tensor.shape[:-1]
    row = tensor[cut(place[len(place) - len(leading) :], leading)]
    return as_scores(row.numpy() if not row.dtype.is_floating_point else doubles(row), keeps=True)


def _batch(step: Step, place: Index, operand: Any) -> Index:
    """Which part of the batch, and which head, of an operand belongs to the output's `place`."""
    shape = shape_of(operand)[:-2]
    if not shape:
        return ()
    part = place[len(place) - 1 - len(shape) : -1]
    if step.call.values.get("enable_gqa"):
        shared = step.output.shape[-3] // shape[-1]
        part = (*part[:-1], part[-1] // shared)
    return cut(part, shape)


def _scale(step: Step) -> float:
    scale = step.call.values.get("scale")
    return 1.0 / math.sqrt(shape_of(step.call.values["query"])[-1]) if scale is None else float(scale)


def _is_causal(step: Step) -> bool:
    return bool(step.call.values.get("is_causal"))


def _words(step: Step) -> Iterator[str]:
    values = step.call.values
    (queries, depth), keys = shape_of(values["query"])[-2:], shape_of(values["key"])[-2]
    asking = "The one query asks" if queries == 1 else f"Each of {queries:,} queries asks"
    yield f"{asking} {counted(keys, 'key')}; what it gets is the mean of their values, weighed by how they fit."
    yield (
        f"How well: the product of query and key, of {counted(depth, 'number')} each, times {short(_scale(step))}; "
        "softmax makes shares of it that add up to 1."
    )
    if _is_causal(step):
        yield "It is causal: a query sees the keys up to its own place, and none behind."
    mask = values.get("attn_mask")
    if mask is not None:
        hides = not tensor_of(mask).is_floating_point()
        yield "A mask says which keys a query sees." if hides else "A mask is added to the products before softmax."
    if values.get("enable_gqa"):
        heads, shared = shape_of(values["query"])[-3], shape_of(values["key"])[-3]
        yield f"{counted(heads, 'head')} of queries share {counted(shared, 'head')} of keys and values."
    if values.get("dropout_p"):
        yield f"Of the shares, {values['dropout_p']:.0%} are dropped at random."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    """Each query with each key, and the weighted mean of the values."""
    del learned
    keys, depth = shape_of(called.values["key"])[-2:]
    return output.numel() // max(output.shape[-1], 1) * keys * (depth + output.shape[-1])


def _attributes(called: Called) -> dict[str, Any]:
    query = shape_of(called.values["query"])
    heads = {"heads": query[-3]} if len(query) > 3 else {}
    return numbers_of(called) | heads | {"causal": bool(called.values.get("is_causal"))}


def _back(step: Step) -> Iterator[str]:
    keys = shape_of(step.call.values["key"])[-2]
    yield (
        "A value gets from every query the gradient there times the share that the query gave it: who was listened to "
        "learns most."
    )
    yield (
        f"Through softmax each of the {counted(keys, 'key')} gets its share times how much its value would have helped "
        "more than the mean of them; what all have in common goes away."
    )
    yield (
        "From there it goes to the query, times the key, and to the key, times the query, both times "
        f"{short(_scale(step))}."
    )


KIND = Kind(
    name="attention",
    operations={
        "scaled_dot_product_attention": "query key value attn_mask dropout_p is_causal scale enable_gqa",
        "scaled_dot_product_attention_math": "query key value attn_mask dropout_p is_causal dropout_mask",
        "scaled_dot_product_flash_attention_for_cpu": "query key value dropout_p is_causal",
    },
    attributes=_attributes,
    cost=_cost,
    axes={
        "scaled_dot_product_attention scaled_dot_product_flash_attention_for_cpu": dimensions.attention,
    },
    field={
        """
        scaled_dot_product_attention scaled_dot_product_attention_math scaled_dot_product_flash_attention_for_cpu
        """: sequences.attended,
    },
    sum=_sum,
    words=_words,
    back=_back,
    draws="scaled_dot_product_attention scaled_dot_product_attention_math scaled_dot_product_flash_attention_for_cpu",
)
