"""Attention of several heads with its projections, as `nn.MultiheadAttention` calls it: all in one step.

The step's inputs are what its matrices project. For fixed shares its output is linear in the value input, so that is
how a number of it is taken apart: each entry of the value input, times what the shares of its token and the two
matrices behind it make of it together. The shares themselves are the second result.

Source: https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from fivebyfive.explain import dimensions
from fivebyfive.explain.attending import Attended, as_scores, attended, expect_no_dropout, share_of
from fivebyfive.explain.fields import sequences
from fivebyfive.explain.figures import listed, short
from fivebyfive.explain.kind import Called, Index, Kind, Values, numbers_of, numel_of, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import weighted_sum
from fivebyfive.explain.terms import (
    MOST_TERMS,
    Doubles,
    added,
    doubles,
    in_double,
    listed_terms,
    places_of,
    tensor_of,
    which_input,
)

_OUTPUT = "O[q,c] = Σ_k Σ_j V[k,j] · Σ_h share_h[q,k] · (W_out·W_v)_h[c,j] + b[c]"
_SHARE = "share_h[q,k] = e^s[k] / Σ_j e^s[j],  s[k] = (W_q·Q[q])_h · (W_k·K[k])_h / √d"
_MEAN = "share[q,k] = Σ_h share_h[q,k] / heads,  share_h[q,k] = softmax_k((W_q·Q[q])_h · (W_k·K[k])_h / √d)"


@dataclass(frozen=True)
class _Projections:
    """The matrices [heads·d, features] and their biases, in double precision."""

    query: Doubles
    key: Doubles
    value: Doubles
    biases: Doubles


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    values = step.call.values
    expect_no_dropout(step, values["dropout_p"] if values.get("training", True) else 0.0)
    part = step.attributes.get("part", 0)
    batched = len(shape_of(values["query"])) == 3
    if part == 0:
        return _output(step, index[0], index[1] if batched else None, index[-1], position)
    batch = index[0] if batched else None
    heads = _heads(step, index[-2], batch)
    if values.get("average_attn_weights", True):
        return _average(heads, index[-1], position)
    head, key = index[-3], index[-1]
    return share_of(position, heads[head], key, _SHARE)


def _output(step: Step, query: int, batch: int | None, feature: int, position: Position) -> Arithmetic:
    """A value of the attention's output, as a sum over the entries of the value input."""
    values, heads = step.call.values, _heads(step, query, batch)
    matrices, count = _projections(step), len(heads)
    row = _numbers(step, values["out_proj_weight"])[feature].reshape(count, 1, -1)
    shares = np.stack([head.shares for head in heads])
    given = _tokens(step, values["value"], batch)
    mapped = (row @ matrices.value.reshape(count, row.shape[-1], -1))[:, 0]
    weights = shares[:, : len(given)].T @ mapped
    bias = float(((row[:, 0] * matrices.biases[2].reshape(count, -1)).sum(1) * shares[:, : len(given)].sum(1)).sum())
    if values.get("bias_v") is not None:
        added_value = _numbers(step, values["bias_v"]).reshape(count, -1)
        bias += float(((row[:, 0] * added_value).sum(1) * shares[:, len(given)]).sum())
    if values.get("out_proj_bias") is not None:
        bias += float(_numbers(step, values["out_proj_bias"])[feature])
    terms, remainder, rest = _largest(step, given, weights, batch)
    found = weighted_sum(position, terms, bias, _OUTPUT, "sum", remainder, rest)
    return replace(found, details=_looks(heads))


def every_head(step: Step) -> tuple[Doubles, Doubles]:
    """What all queries ask, and what they get before the last matrix.

    Returns:
        The shares, [heads, queries, keys], and what the heads give side by side, [queries, heads·d].

    Raises:
        InputError: shares are dropped at random.
    """
    values = step.call.values
    expect_no_dropout(step, values["dropout_p"] if values.get("training", True) else 0.0)
    shape = shape_of(values["query"])
    batch = 0 if len(shape) == 3 else None
    matrices = _projections(step)
    projected = _tokens(step, values["value"], batch) @ matrices.value.T + matrices.biases[2]
    if values.get("bias_v") is not None:
        projected = np.concatenate([projected, _numbers(step, values["bias_v"]).reshape(1, -1)])
    if values.get("add_zero_attn"):
        projected = np.concatenate([projected, np.zeros((1, projected.shape[1]))])
    asked = [_heads(step, query, batch) for query in range(shape[0])]
    shares = np.stack([np.stack([head.shares for head in heads]) for heads in asked], axis=1)
    split = projected.reshape(len(projected), len(shares), -1)
    return shares, np.einsum("hqk,khd->qhd", shares, split).reshape(shape[0], -1)


def _largest(step: Step, given: Doubles, weights: Doubles, batch: int | None) -> tuple[tuple[Term, ...], float, int]:
    """The entries of the value input with the largest products, and what the others add up to."""
    operand = step.call.values["value"]
    products = (given * weights).ravel()
    order = np.argsort(-np.abs(products), kind="stable")
    shown, rest = order[:MOST_TERMS], order[MOST_TERMS:]
    at = [(int(i) // given.shape[1], int(i) % given.shape[1]) for i in shown]
    places = places_of(
        operand, [(token, feature) if batch is None else (token, batch, feature) for token, feature in at]
    )
    terms = listed_terms(given.ravel()[shown], weights.ravel()[shown], places, np.zeros(len(shown), dtype=bool))
    which = which_input(step, operand)
    return tuple(replace(term, input=which) for term in terms), added(products[rest].tolist()), len(rest)


def _looks(heads: list[Attended]) -> dict[str, float | str | bool]:
    """Which key each head gives its largest share to."""
    best = [(head.order()[0], head) for head in heads]
    said = [f"head {h}: {short(float(head.shares[key]))} of key {key}" for h, (key, head) in enumerate(best)]
    return {"heads": len(heads), "largest shares": listed(said)}


def _average(heads: list[Attended], key: int, position: Position) -> Arithmetic:
    """The mean of the heads' shares of one key."""
    shares = [float(head.shares[key]) for head in heads]
    terms = tuple(
        Term(share, None, 1 / len(heads), share / len(heads), name=f"share of head {head}")
        for head, share in enumerate(shares)
    )
    total = added(term.product for term in terms)
    figures = f"({listed([short(share) for share in shares], ' + ')}) / {len(heads)} = {short(total)}"
    details = heads[0].details() if len(heads) == 1 else _looks(heads)
    return Arithmetic(position, "mean", terms, total, details=details, symbols=_MEAN, figures=figures)


def _heads(step: Step, query: int, batch: int | None) -> list[Attended]:
    """What each head makes of one query: its scores with all keys, and its shares."""
    values, matrices = step.call.values, _projections(step)
    count = int(values["num_heads"])
    asked = (_tokens(step, values["query"], batch)[query] @ matrices.query.T + matrices.biases[0]).reshape(count, -1)
    by_head = (asked[:, None] @ matrices.key.reshape(*asked.shape, -1))[:, 0]  # q·(W k) is (q W)·k, which is shorter
    scores = by_head @ _tokens(step, values["key"], batch).T
    scores += (asked * matrices.biases[1].reshape(asked.shape)).sum(1, keepdims=True)
    if values.get("bias_k") is not None:
        learned = _numbers(step, values["bias_k"]).reshape(asked.shape)
        scores = np.concatenate([scores, (asked * learned).sum(1, keepdims=True)], axis=1)
    if values.get("add_zero_attn"):
        scores = np.concatenate([scores, np.zeros((count, 1))], axis=1)
    scores = scores / math.sqrt(asked.shape[1]) + masks(values, query, batch, scores.shape)
    return [attended(row, safe=not values.get("need_weights", True)) for row in scores]


def masks(values: Values, query: int, batch: int | None, shape: tuple[int, ...]) -> Doubles:
    """What the masks add to the scores, [heads, keys]; nothing to the keys that stand behind the sequence."""
    made = np.zeros(shape)
    mask, padding = values.get("attn_mask"), values.get("key_padding_mask")
    if values.get("is_causal") and padding is None and not values.get("need_weights", True):
        made[:, query + 1 :] = -np.inf  # a hint, which takes the mask's place
        return made
    if mask is not None:
        tensor = tensor_of(mask)
        if tensor.dim() == 3:
            first = (batch or 0) * shape[0]
            rows = tensor[first : first + shape[0], query]
        else:
            rows = tensor[query][None]
        made[:, : rows.shape[1]] += _as_scores(rows)
    if padding is not None:
        tensor = tensor_of(padding)
        row = tensor if batch is None else tensor[batch]
        made[:, : len(row)] += _as_scores(row)
    return made


def _as_scores(mask: Tensor) -> Doubles:
    return as_scores(doubles(mask) if mask.is_floating_point() else mask.numpy(), keeps=False)


def _projections(step: Step) -> _Projections:
    values = step.call.values
    numbers = partial(_numbers, step)
    if values.get("use_separate_proj_weight"):
        query, key, value = (numbers(values[f"{name}_proj_weight"]) for name in "qkv")
    else:
        query, key, value = np.split(numbers(values["in_proj_weight"]), 3)
    bias = values.get("in_proj_bias")
    return _Projections(query, key, value, np.zeros((3, len(query))) if bias is None else numbers(bias).reshape(3, -1))


def _numbers(step: Step, value: Any) -> Doubles:
    """A tensor in double precision, rounded as it was multiplied."""
    numbers: Doubles = in_double(value, step).numpy()
    return numbers


def _tokens(step: Step, value: Any, batch: int | None) -> Doubles:
    """One sequence of a batch, [tokens, features]."""
    numbers = _numbers(step, value)
    return numbers if batch is None else numbers[:, batch]


def _words(step: Step) -> Iterator[str]:
    values = step.call.values
    heads, features = int(values["num_heads"]), shape_of(values["query"])[-1]
    keys = shape_of(values["key"])[0]
    if step.attributes.get("part") == 1:
        yield f"For each query, the shares that it gives to {counted(step.output_shape[-1], 'key')}: they add up to 1."
        if values.get("average_attn_weights", True) and heads > 1:
            yield f"They are the mean of {heads} heads."
        return
    yield f"Each query asks {counted(keys, 'key')}; what it gets is the mean of their values, weighed by how they fit."
    yield "How well: the product of query and key, scaled; softmax makes shares of it that add up to 1."
    yield (
        f"This is done by {counted(heads, 'head')}, each with queries, keys and values of {features // heads} numbers, "
        f"which learned matrices make of the {features} that come in."
    )
    yield f"What the heads found is put side by side, and one more matrix makes {features} numbers of it."
    yield from _variants(values)


def _variants(values: Values) -> Iterator[str]:
    """What is done beside the usual."""
    if values.get("attn_mask") is not None:
        hides = not tensor_of(values["attn_mask"]).is_floating_point()
        yield "A mask says which keys a query may not see." if hides else "A mask is added to the products."
    if values.get("key_padding_mask") is not None:
        yield "Another mask hides the keys that only fill the sequence up."
    if values.get("bias_k") is not None:
        yield "One more key and its value are learned, the same for every sequence."
    if values.get("add_zero_attn"):
        yield "One more key and its value are 0, for a query that no other key fits."
    if values.get("training", True) and values["dropout_p"]:
        yield f"Of the shares, {values['dropout_p']:.0%} are dropped at random."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    """The projections of queries, keys and values, each query with each key, their mean of values, the output's."""
    del output, learned
    values = called.values
    query, key = shape_of(values["query"]), shape_of(values["key"])  # the sequence first
    batch, depth = (query[1], query[2]) if len(query) == 3 else (1, query[1])
    keys = key[0] + (values.get("bias_k") is not None) + bool(values.get("add_zero_attn"))
    if values.get("use_separate_proj_weight"):
        wq, wk, wv = (numel_of(values.get(f"{name}_proj_weight")) for name in "qkv")
    else:
        wq = wk = wv = numel_of(values.get("in_proj_weight")) // 3
    bias = numel_of(values.get("in_proj_bias")) // 3
    projected = query[0] * (wq + bias) + key[0] * (wk + wv + 2 * bias)
    attended = 2 * query[0] * keys * depth
    out = query[0] * (numel_of(values.get("out_proj_weight")) + numel_of(values.get("out_proj_bias")))
    return int(batch * (projected + attended + out))


def _attributes(called: Called) -> dict[str, Any]:
    return numbers_of(called) | {"heads": called.values["num_heads"], "causal": bool(called.values.get("is_causal"))}


def _back(step: Step) -> Iterator[str]:
    values = step.call.values
    heads = counted(int(values["num_heads"]), "head")
    yield f"The gradient goes back through the last matrix, along the same weights, and is cut apart for {heads}."
    yield "In each head a value gets the gradient of each query times the share that the query gave it."
    yield (
        "Through the shares it reaches queries and keys: a key that would have helped more than the mean is drawn "
        "nearer."
    )
    yield (
        "Each matrix gets, for every place, the gradient behind it times what went in there, added up over all places."
    )


KIND = Kind(
    name="attention",
    operations={
        "multi_head_attention_forward": (
            "query key value embed_dim_to_check num_heads in_proj_weight in_proj_bias bias_k bias_v add_zero_attn "
            "dropout_p out_proj_weight out_proj_bias training key_padding_mask need_weights attn_mask "
            "use_separate_proj_weight q_proj_weight k_proj_weight v_proj_weight static_k static_v "
            "average_attn_weights is_causal"
        ),
    },
    attributes=_attributes,
    cost=_cost,
    axes=dimensions.whole_attention,
    field=sequences.attended_by_heads,
    sum=_sum,
    words=_words,
    back=_back,
    draws="multi_head_attention_forward",
)
