"""How many multiply-accumulates a step costs for one image, or that they are not counted.

The rule is torchinfo's (`Step.macs`): weights and products of matrices cost, what has neither costs nothing
(activations, pooling, interpolation, sums of maps, values that move). What is in none of the tables here is not
counted, such as a Fourier transform, which computes by an algorithm of its own: None, never 0.

Source: https://github.com/TylerYep/torchinfo (layer_info.py, calculate_macs); of attention, Vaswani et al.,
Attention Is All You Need, https://arxiv.org/abs/1706.03762, table 1.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from fivebyfive.explain import operations
from fivebyfive.explain.operations import Values, numel_of, shape_of


def macs_of(op: str, values: Values, output: Tensor, learned: Callable[[Any], bool]) -> int | None:
    """Multiply-accumulates for one image; None where they are not counted.

    Args:
        values: the arguments by name; {} where the call is not understood.
        learned: whether a value is one of the network's parameters.
    """
    if not values:
        return None
    weight, bias = values.get("weight"), values.get("bias")
    if op in operations.CONVOLUTIONS:
        out_channels = output.shape[-1] if "strides" in values else output.shape[-len(shape_of(weight)) + 1]
        return (numel_of(weight) + numel_of(bias)) * (output.numel() // max(out_channels, 1))
    if op == "linear":
        return (numel_of(weight) + numel_of(bias)) * (output.numel() // max(output.shape[-1], 1))
    if op in operations.PRODUCTS or op == "addbmm":
        if _is_sparse(values["input"]) or _is_sparse(values["other"]):
            return None  # only what is not 0 is multiplied
        pairs = shape_of(values["input"])[0] if op == "addbmm" else 1
        return output.numel() * shape_of(values["input"])[-1] * pairs + (output.numel() if learned(bias) else 0)
    if op in operations.RECURRENT:  # every weight once a step; a packed sequence gives its lengths before the weights
        params = next((v for v in (values.get("params"), values.get("has_biases")) if isinstance(v, (list, tuple))), ())
        return sum(map(numel_of, params)) * math.prod(shape_of(values["input"])[:-1])
    if op in operations.RECURRENT_CELLS:
        weights = (values.get(name) for name in ("w_ih", "w_hh", "b_ih", "b_hh"))
        return sum(map(numel_of, weights)) * math.prod(shape_of(values["input"])[:-1])
    if op in operations.NORMALIZATIONS or op == "prelu":
        return numel_of(weight) + numel_of(bias)
    if op in ("add", "sub", "mul", "div", "bias_add"):
        return output.numel() if learned(values.get("other")) or learned(values.get("input")) else 0
    if op == "scaled_dot_product_attention":
        keys, depth = shape_of(values["key"])[-2:]
        return output.numel() // max(output.shape[-1], 1) * keys * (depth + output.shape[-1])
    if op == "multi_head_attention_forward":
        return _multi_head_attention(values)
    if op == "einsum":
        return _einsum(values)
    return 0 if op in _FREE else None


_FREE = (
    operations.POOLINGS
    | operations.DROPOUTS
    | operations.ACTIVATIONS
    | operations.FUNCTIONS
    | operations.REARRANGEMENTS
    | operations.JOININGS
    | operations.HANDED_ON
    | operations.REDUCTIONS
    | operations.BINARY
    | operations.COMPARISONS
    | operations.names(
        """
        interpolate grid_sample fold cumsum cumprod where masked_fill copy assign fill zero norm std var std_mean
        var_mean prod logsumexp argmax argmin all any count_nonzero embedding one_hot masked_select triu tril take diag
        diag_embed fliplr flipud hsplit vsplit dsplit lerp fmax fmin addcmul addcdiv nonzero argwhere unique
        unique_consecutive and or xor invert logical_and logical_or logical_xor logical_not isnan isinf isfinite
        nan_to_num topk sort argsort median kthvalue cummax cummin aminmax scatter index_fill index_copy masked_scatter
        scatter_add index_add index_put select_scatter slice_scatter max_unpool1d max_unpool2d max_unpool3d
        fractional_max_pool2d fractional_max_pool3d bernoulli uniform normal meshgrid broadcast_tensors atan2
        hypot logaddexp float_power
        """
    )
)
"""Neither weights nor products of matrices."""


def _is_sparse(value: Any) -> bool:
    return isinstance(value, Tensor) and value.layout != torch.strided


def _multi_head_attention(values: Values) -> int | None:
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


def _einsum(values: Values) -> int | None:
    """Of one operand nothing, of two a product for each combination of their letters; of more it is not counted."""
    equation, operands = values.get("input"), values.get("operands")
    if not isinstance(equation, str) or not isinstance(operands, Sequence):
        return None
    terms = equation.replace(" ", "").partition("->")[0].split(",")
    if len(operands) == 1:
        return 0
    if len(operands) != 2 or "." in equation:
        return None
    sizes: dict[str, int] = {}
    for letters, operand in zip(terms, operands, strict=True):
        for letter, n in zip(letters, shape_of(operand), strict=True):
            sizes[letter] = max(n, sizes.get(letter, 1))
    return math.prod(sizes.values())
