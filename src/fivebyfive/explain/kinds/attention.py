"""Attention: each query's value is a mean of values, weighed by how well their keys fit the query.

Source: Vaswani et al., Attention Is All You Need, https://arxiv.org/abs/1706.03762
"""

from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import sequences
from fivebyfive.explain.kind import Called, Index, Kind, Values, numel_of, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.sums import arguments_of, linear_in


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op != "scaled_dot_product_attention":
        raise InputError(f"the arithmetic of {step.name} ({step.op}) is not known here")
    if step.call.values.get("dropout_p"):
        raise InputError(f"{step.name} drops weights at random; its arithmetic is known only without")
    held = arguments_of(step)
    symbols = "O[q] = Σ_k softmax_k(Q[q]·K[k] · scale) · V[k]"
    return linear_in(step, 2 if 2 in held else "value", symbols, held, index, position)


def _words(step: Step) -> Iterator[str]:
    keys = shape_of(step.call.values["key"])[-2 if step.op == "scaled_dot_product_attention" else 0]
    yield f"Each query asks {counted(keys, 'key')}; what it gets is the mean of their values, weighed by how they fit."
    yield "How well: the product of query and key, scaled; softmax makes shares of it that add up to 1."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    """Each query with each key, and the weighted mean of the values (table 1 of the paper)."""
    del learned
    if called.op == "multi_head_attention_forward":
        return _multi_head(called.values)
    keys, depth = shape_of(called.values["key"])[-2:]
    return output.numel() // max(output.shape[-1], 1) * keys * (depth + output.shape[-1])


def _multi_head(values: Values) -> int:
    """The projections of queries, keys and values, each query with each key, their mean of values, the output's."""
    query, key = shape_of(values["query"]), shape_of(values["key"])  # the sequence first
    batch, depth = (query[1], query[2]) if len(query) == 3 else (1, query[1])
    keys = key[0] + (values.get("bias_k") is not None) + bool(values.get("add_zero_attn"))
    if values.get("use_separate_proj_weight"):
        names = ("q_proj_weight", "k_proj_weight", "v_proj_weight")
        wq, wk, wv = (numel_of(values.get(name)) for name in names)
    else:
        wq = wk = wv = numel_of(values.get("in_proj_weight")) // 3
    bias = numel_of(values.get("in_proj_bias")) // 3
    projected = query[0] * (wq + bias) + key[0] * (wk + wv + 2 * bias)
    attended = 2 * query[0] * keys * depth
    out = query[0] * (numel_of(values.get("out_proj_weight")) + numel_of(values.get("out_proj_bias")))
    return int(batch * (projected + attended + out))


KIND = Kind(
    name="attention",
    operations={
        "scaled_dot_product_attention": "query key value attn_mask dropout_p is_causal scale enable_gqa",
        "multi_head_attention_forward": (
            "query key value embed_dim_to_check num_heads in_proj_weight in_proj_bias bias_k bias_v add_zero_attn "
            "dropout_p out_proj_weight out_proj_bias training key_padding_mask need_weights attn_mask "
            "use_separate_proj_weight q_proj_weight k_proj_weight v_proj_weight"
        ),
    },
    cost=_cost,
    axes={
        "scaled_dot_product_attention": dimensions.attention,
        "multi_head_attention_forward": dimensions.whole_attention,
    },
    field={
        "scaled_dot_product_attention": sequences.attended,
        "multi_head_attention_forward": sequences.attended_by_heads,
    },
    sum=_sum,
    words=_words,
)
